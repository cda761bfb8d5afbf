//! How long segments stay: by age, by total size, by free space. Always the oldest go first, whichever table has them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use nix::sys::statvfs::statvfs;
use tracing::{info, warn};

use crate::rollup::{self, RollupFile};
use crate::segment::{self, GIVEN_UP, Segment};
use crate::store::Work;
use crate::{Store, StoreConfig, StoreError, ballast};

/// Files stay this long after they were dropped, for readers that have a list with them.
const GRACE_NS: i64 = 60_000_000_000;
/// With less free space than this, a commit that failed did so for want of space.
const NO_SPACE: u64 = 4 << 20;
const GIB: u64 = 1 << 30;

/// Room on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) total: u64,
    pub(crate) available: u64,
}

impl Space {
    /// Of the file system that holds a path.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let found = statvfs(path)?;
        let unit = found.fragment_size();
        Ok(Self { total: found.blocks() * unit, available: found.blocks_available() * unit })
    }
}

/// Room on the disk that holds a data directory, and how much of it retention leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Size of the file system.
    pub total: u64,
    /// Free for this user.
    pub free: u64,
    /// Below this the oldest segments go.
    pub min_free: u64,
    /// Above this size of all segments the oldest go.
    pub max_size: u64,
}

impl Disk {
    /// Looks at the file system of a directory.
    pub fn of(dir: &Path, config: &StoreConfig) -> io::Result<Self> {
        let space = Space::of(dir)?;
        let limits = Limits::new(config, space);
        Ok(Self {
            total: space.total,
            free: space.available,
            min_free: limits.min_free,
            max_size: limits.max_size,
        })
    }
}

/// What retention did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retained {
    /// Segments that were taken off the list.
    pub dropped: usize,
    /// Rows in them.
    pub rows: u64,
    /// Files that were removed, dropped now or before.
    pub removed: usize,
}

/// The limits in bytes and nanoseconds, defaults filled in.
#[derive(Debug, Clone, Copy)]
struct Limits {
    max_age_ns: i64,
    rollup_max_age_ns: i64,
    max_size: u64,
    min_free: u64,
}

impl Limits {
    fn new(config: &StoreConfig, space: Space) -> Self {
        Self {
            max_age_ns: config.max_age.as_ns(),
            rollup_max_age_ns: config.rollup_max_age.as_ns(),
            max_size: config.max_size.map_or(space.total / 2, |size| size.0),
            min_free: config.min_free.map_or((space.total / 20).min(2 * GIB), |size| size.0),
        }
    }
}

/// How many of the oldest segments are to go. `pending` bytes of dropped files will be free soon; `rollups` bytes stay.
fn excess<'a>(
    segments: impl Iterator<Item = &'a Segment> + Clone,
    now_ns: i64,
    limits: Limits,
    space: Space,
    pending: u64,
    rollups: u64,
) -> usize {
    let mut size: u64 = rollups + segments.clone().map(|segment| segment.bytes).sum::<u64>();
    let mut free = space.available + pending;
    let goes = |segment: &&Segment| {
        let too_old = now_ns.saturating_sub(segment.created_ns) > limits.max_age_ns;
        let goes = too_old || size > limits.max_size || free < limits.min_free;
        size -= segment.bytes;
        free += segment.bytes;
        goes
    };
    segments.take_while(goes).count()
}

/// Drops segments that are too old or too many, oldest first, and removes the files of those dropped more than a
/// minute ago (at once when the disk is nearly full). Collection never stops for it.
///
/// The stores are the tables of one data directory: the limits hold for all of them together.
pub fn enforce_retention(stores: &[&Store]) -> Result<Retained, StoreError> {
    let Some(first) = stores.first() else { return Ok(Retained::default()) };
    let now_ns = first.clock.now_ns();
    let space = (first.space)(&first.dir).map_err(|source| StoreError::io("look at", &first.dir, source))?;
    let limits = Limits::new(&first.config, space);
    let mut pending = 0;
    for store in stores {
        pending += store.work().manifest.dropped()?.iter().map(|dropped| dropped.bytes).sum::<u64>();
    }
    let lists: Vec<_> = stores.iter().map(|store| store.segments()).collect();
    let mut all: Vec<(usize, &Segment)> = lists
        .iter()
        .enumerate()
        .flat_map(|(store, list)| list.iter().map(move |segment| (store, segment.as_ref())))
        .collect();
    all.sort_by_key(|(_, segment)| segment.created_ns);
    let sums: Vec<_> = stores.iter().map(|store| store.rollups()).collect();
    let rollups = sums.iter().flat_map(|list| list.iter()).map(|file| file.bytes).sum();
    let count = all.len();
    all.truncate(excess(all.iter().map(|(_, segment)| *segment), now_ns, limits, space, pending, rollups));
    // Roll-ups go for want of room only where nothing else is left.
    let freed = pending + all.iter().map(|(_, segment)| segment.bytes).sum::<u64>();
    let no_room =
        all.len() == count && (rollups > limits.max_size || space.available + freed < limits.min_free);
    let mut retained = Retained::default();
    for (place, store) in stores.iter().enumerate() {
        let leaving: Vec<&Segment> =
            all.iter().filter(|(store, _)| *store == place).map(|(_, segment)| *segment).collect();
        let mut work = store.work();
        let too_old = |file: &RollupFile| now_ns.saturating_sub(file.created_ns) > limits.rollup_max_age_ns;
        // A quarter at a time: whether that is enough shows the next time.
        let first = if no_room { sums[place].len().div_ceil(4) } else { 0 };
        let old = sums[place].iter().enumerate().filter(|(number, file)| *number < first || too_old(file));
        let old: Vec<&str> = old.map(|(_, file)| file.path.as_str()).collect();
        if !old.is_empty() {
            ballast::with_room(&store.dir, || work.manifest.drop_rollups(&old, now_ns))?;
            store.remove_rollups(&old);
            (work.rollups_published, work.unpublished) = (false, true);
        }
        if !leaving.is_empty() {
            store.drop_segments(&mut work, &leaving, now_ns)?;
            retained.dropped += leaving.len();
            retained.rows += leaving.iter().map(|segment| segment.rows).sum::<u64>();
        }
        // Where there is no room for a new list, removing comes before it, and makes some.
        let published = if work.unpublished { store.publish(&mut work) } else { Ok(()) };
        let grace_ns = if space.available < limits.min_free / 4 { 0 } else { GRACE_NS };
        retained.removed += store.remove_dropped(&mut work, now_ns, grace_ns)?;
        if published.is_err() {
            store.publish(&mut work)?;
        }
    }
    let mut free = space.available.saturating_sub(limits.min_free);
    for store in stores {
        let size = ballast::size_for(store.work().published_bytes);
        if free > size {
            ballast::hold(&store.dir, size);
            free -= size;
        }
    }
    Ok(retained)
}

impl Store {
    /// [`enforce_retention`] where there is no other table.
    pub fn enforce_retention(&self) -> Result<Retained, StoreError> {
        enforce_retention(&[self])
    }

    /// Free space that is left alone.
    pub(crate) fn min_free(&self, space: Space) -> u64 {
        Limits::new(&self.config, space).min_free
    }

    fn drop_segments(&self, work: &mut Work, leaving: &[&Segment], now_ns: i64) -> Result<(), StoreError> {
        let ids: Vec<u64> = leaving.iter().map(|segment| segment.id).collect();
        let dropped = ballast::with_room(&self.dir, || work.manifest.drop_segments(&ids, now_ns));
        match (dropped, leaving.first()) {
            (Err(error), Some(oldest)) if error.is_disk_full() && self.is_out_of_space() => {
                self.give_up(oldest)?;
                work.manifest.drop_segments(&ids, now_ns)?;
            }
            (dropped, _) => dropped?,
        }
        work.unpublished = true;
        self.remove_segments(&ids);
        info!(
            dir = %self.dir.display(),
            segments = ids.len(),
            rows = leaving.iter().map(|segment| segment.rows).sum::<u64>(),
            first = ids.first(),
            last = ids.last(),
            "oldest segments dropped"
        );
        Ok(())
    }

    fn is_out_of_space(&self) -> bool {
        (self.space)(&self.dir).is_ok_and(|space| space.available < NO_SPACE)
    }

    /// Empties the file of a segment that cannot even be taken off the list for want of space. Its name says so to the
    /// next start, should the list not be changed before that.
    fn give_up(&self, segment: &Segment) -> Result<(), StoreError> {
        let path = self.dir.join(&segment.path);
        warn!(path = %path.display(), rows = segment.rows, "there is no space at all, giving up the oldest segment");
        self.remove_segments(&[segment.id]);
        let given_up = self.dir.join(format!("{}{GIVEN_UP}", segment.path));
        let emptied = fs::rename(&path, &given_up)
            .and_then(|()| OpenOptions::new().write(true).truncate(true).open(&given_up));
        emptied.map(drop).map_err(|source| StoreError::io("empty", &path, source))
    }

    fn remove_dropped(&self, work: &mut Work, now_ns: i64, grace_ns: i64) -> Result<usize, StoreError> {
        let mut gone = Vec::new();
        let mut removed = 0;
        for dropped in work.manifest.dropped()? {
            if now_ns.saturating_sub(dropped.since_ns) < grace_ns {
                continue;
            }
            let path = self.dir.join(&dropped.path);
            // Of a segment that was given up, there is only the empty file.
            let _ = fs::remove_file(self.dir.join(format!("{}{GIVEN_UP}", dropped.path)));
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    warn!(path = %path.display(), %error, "cannot remove a dropped segment, will try again");
                    continue;
                }
            }
            gone.push(dropped.path);
        }
        if gone.is_empty() {
            return Ok(removed);
        }
        // A file that a power failure brings back must still be known.
        for name in [segment::FOLDER, rollup::FOLDER] {
            let folder = self.dir.join(name);
            if folder.exists() {
                let synced = File::open(&folder).and_then(|folder| folder.sync_all());
                synced.map_err(|source| StoreError::io("sync", &folder, source))?;
            }
        }
        for path in gone {
            work.manifest.forget(&path)?;
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn segments(count: u64) -> Vec<Arc<Segment>> {
        let segment = |id| Segment {
            id,
            path: Segment::path_of(id),
            rows: 1,
            bytes: 100,
            created_ns: id as i64 * 10,
            min_time: 0,
            max_time: 0,
            order: crate::Order::Time,
            crc32c: None,
            filters: None,
            row_groups: Vec::new(),
        };
        (0..count).map(|id| Arc::new(segment(id))).collect()
    }

    fn leaving(segments: &[Arc<Segment>], now_ns: i64, limits: Limits, space: Space, pending: u64) -> usize {
        excess(segments.iter().map(AsRef::as_ref), now_ns, limits, space, pending, 0)
    }

    const SPACE: Space = Space { total: 10_000, available: 5_000 };
    const LIMITS: Limits =
        Limits { max_age_ns: i64::MAX, rollup_max_age_ns: i64::MAX, max_size: u64::MAX, min_free: 0 };

    #[test]
    fn drops_by_age_by_size_and_by_free_space() {
        let segments = segments(10);
        assert_eq!(leaving(&segments, 95, LIMITS, SPACE, 0), 0);
        assert_eq!(leaving(&segments, 95, Limits { max_age_ns: 60, ..LIMITS }, SPACE, 0), 4);
        assert_eq!(leaving(&segments, 95, Limits { max_size: 750, ..LIMITS }, SPACE, 0), 3);
        assert_eq!(leaving(&segments, 95, Limits { min_free: 5_150, ..LIMITS }, SPACE, 0), 2);
        assert_eq!(leaving(&segments, 95, Limits { min_free: 5_150, ..LIMITS }, SPACE, 100), 1);
        assert_eq!(leaving(&segments, 95, Limits { min_free: u64::MAX, ..LIMITS }, SPACE, 0), 10);
    }

    #[test]
    fn the_defaults_leave_room_on_any_disk() {
        let config = StoreConfig::default();
        let small = Limits::new(&config, Space { total: 10 * GIB, available: 0 });
        assert_eq!((small.max_size, small.min_free), (5 * GIB, GIB / 2));
        assert_eq!(Limits::new(&config, Space { total: 1000 * GIB, available: 0 }).min_free, 2 * GIB);
    }
}
