//! The writer's side: hot batches, sealing them into segments, snapshots.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use arrow_array::RecordBatch;
use serde::Serialize;
use tracing::{debug, info, warn};
use weir_journal::Position;
use weir_telemetry::{Clock, chain};

use crate::hot::Hot;
use crate::lock::DirLock;
use crate::manifest::Manifest;
use crate::merge::merge;
use crate::published::Publisher;
use crate::read::Files;
use crate::replace::Replacement;
use crate::retention::Space;
use crate::rollup::{self, RollupFile};
use crate::segment::{self, Order, Segment};
use crate::write::{Written, write_segment};
use crate::{Snapshot, StoreConfig, StoreError, ballast, startup};

/// So many small batches in a row are put together: a quiet site makes several a second, of a few rows each.
const SMALL_BATCHES: usize = 64;
/// A batch below this is small.
const SMALL_ROWS: usize = 4096;

/// The store of a data directory, open for writing. One process at a time has it.
pub struct Store {
    pub(crate) dir: PathBuf,
    pub(crate) config: StoreConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) space: fn(&Path) -> io::Result<Space>,
    state: RwLock<State>,
    pub(crate) work: Mutex<Work>,
    pub(crate) files: Arc<Files>,
    /// One compaction at a time. It has the numbers of the segments that cannot be put together with others.
    pub(crate) compacting: Mutex<HashSet<u64>>,
    _lock: DirLock,
    #[cfg(test)]
    pub(crate) stop_at: Mutex<Option<Step>>,
}

/// What snapshots are made of. A change of the hot batches and the segments together happens under one lock.
struct State {
    hot: Vec<Arc<Hot>>,
    /// The first so many hot batches are being written to a segment.
    sealing: usize,
    segments: Arc<Vec<Arc<Segment>>>,
    rollups: Arc<Vec<Arc<RollupFile>>>,
    /// Up to where the segments hold the journal.
    committed: Position,
    /// The same, as far as other processes know.
    published: Position,
}

/// What one thread at a time works on.
pub(crate) struct Work {
    pub(crate) manifest: Manifest,
    pub(crate) next_segment: u64,
    /// A segment that is written, and that the manifest may have or not: an error of a commit does not say.
    written: Option<WrittenSegment>,
    /// The last change is not published yet.
    pub(crate) unpublished: bool,
    /// Size of the published list.
    pub(crate) published_bytes: u64,
    publisher: Publisher,
    /// The list of roll-ups has not changed since it was published.
    pub(crate) rollups_published: bool,
    /// A compacted segment of which it is not known whether the manifest has it.
    pub(crate) replacing: Option<Replacement>,
}

struct WrittenSegment {
    segment: Segment,
    /// The first so many hot batches are in it.
    batches: usize,
    /// The position of the last of them.
    cursor: Position,
}

/// The steps of making a segment, after each of which the process may die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Written,
    Named,
    /// The roll-ups of a compacted segment are written.
    Summed,
    Committed,
    Switched,
    Published,
}

/// Numbers for health pages and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StoreStats {
    /// Segments.
    pub segments: u64,
    /// Rows in segments.
    pub rows: u64,
    /// Bytes of all segments.
    pub bytes: u64,
    /// Segments that are sorted by address.
    pub sorted_segments: u64,
    /// Segments that were found damaged since the store was opened.
    pub damaged_segments: u64,
    /// Rows in memory that are not in a segment yet.
    pub hot_rows: u64,
    /// Memory that they take.
    pub hot_bytes: u64,
    /// Earliest `time` of all rows.
    pub oldest: Option<i64>,
    /// Latest `time` of all rows.
    pub newest: Option<i64>,
}

impl Store {
    /// Opens the store of a data directory, which is made if it is not there. What a process that died left half done
    /// is removed. Afterwards append what the journal holds after [`Store::cursor`].
    pub fn open(dir: &Path, config: StoreConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let unusable = |source| StoreError::Directory { path: dir.to_owned(), source };
        startup::create_directory(dir).map_err(unusable)?;
        let lock = DirLock::take(dir)?;
        startup::create_directory(&dir.join(segment::FOLDER)).map_err(unusable)?;
        let now_ns = clock.now_ns();
        let (mut manifest, published) = startup::open_manifest(dir)?;
        startup::tidy(dir, &mut manifest, now_ns)?;
        let oldest_ns = now_ns.saturating_sub(config.max_age.as_ns());
        let segments = startup::present(dir, &mut manifest, oldest_ns, now_ns)?;
        let rollups = startup::rollups(dir, &mut manifest)?;
        let found = manifest.state()?;
        let store = Self {
            dir: dir.to_owned(),
            config,
            clock,
            space: Space::of,
            state: RwLock::new(State {
                hot: Vec::new(),
                sealing: 0,
                segments: Arc::new(segments.into_iter().map(Arc::new).collect()),
                rollups: Arc::new(rollups.into_iter().map(Arc::new).collect()),
                committed: found.cursor,
                // Until there is a new list, other processes have the last one.
                published: published.map_or(Position::START, |published| published.cursor),
            }),
            work: Mutex::new(Work {
                manifest,
                next_segment: found.next_segment,
                written: None,
                unpublished: true,
                published_bytes: 0,
                publisher: Publisher::default(),
                rollups_published: false,
                replacing: None,
            }),
            files: Arc::new(Files::new(dir.to_owned())),
            compacting: Mutex::default(),
            _lock: lock,
            #[cfg(test)]
            stop_at: Mutex::default(),
        };
        store.first_publish()?;
        Ok(store)
    }

    /// Publishes what opening found. A full disk is no reason not to start: what collection then needs is made first.
    fn first_publish(&self) -> Result<(), StoreError> {
        let published = self.publish(&mut self.work());
        match published {
            Err(error) if error.is_disk_full() => {
                warn!(error = %chain(&error), "the disk is full, removing the oldest segments");
            }
            published => return published,
        }
        let retained = self.enforce_retention();
        if let Err(error) = retained.and_then(|_| self.publish(&mut self.work())) {
            warn!(error = %chain(&error), "the disk is still full, other processes see an old list of segments");
        }
        Ok(())
    }

    /// The journal's position up to which segments hold everything, as published: before it the journal may be
    /// retired, after it the journal is to be replayed when the store was opened.
    pub fn cursor(&self) -> Position {
        self.read().published
    }

    /// Adds a batch that the journal holds at a position. Snapshots see it at once. Positions must grow; one that the
    /// segments already hold is ignored.
    pub fn append_hot(&self, batch: RecordBatch, at: Position) {
        if batch.num_rows() == 0 {
            return;
        }
        let hot = Arc::new(Hot::new(batch, at, self.clock.now_ns()));
        let mut state = self.write();
        let last = state.hot.last().map_or(state.committed, |last| last.position);
        if at <= last {
            debug!(%at, %last, "batch is stored already");
            return;
        }
        state.hot.push(hot);
        state.join_small_batches();
    }

    /// All rows at this moment.
    pub fn snapshot(&self) -> Snapshot {
        let state = self.read();
        Snapshot {
            hot: state.hot.clone(),
            segments: Arc::clone(&state.segments),
            rollups: Arc::clone(&state.rollups),
            files: Arc::clone(&self.files),
        }
    }

    /// Rows, bytes and bounds.
    pub fn stats(&self) -> StoreStats {
        let snapshot = self.snapshot();
        let bounds = snapshot.time_bounds();
        StoreStats {
            segments: snapshot.segments.len() as u64,
            rows: snapshot.segments.iter().map(|segment| segment.rows).sum(),
            bytes: snapshot.segments.iter().map(|segment| segment.bytes).sum(),
            sorted_segments: snapshot
                .segments
                .iter()
                .filter(|segment| segment.order == Order::Address)
                .count() as u64,
            damaged_segments: self.files.damaged().len() as u64,
            hot_rows: snapshot.hot.iter().map(|hot| hot.batch.num_rows() as u64).sum(),
            hot_bytes: snapshot.hot.iter().map(|hot| hot.bytes as u64).sum(),
            oldest: bounds.as_ref().map(|bounds| *bounds.start()),
            newest: bounds.as_ref().map(|bounds| *bounds.end()),
        }
    }

    /// Memory of the rows that are not in a segment yet.
    pub fn hot_bytes(&self) -> u64 {
        self.read().hot_bytes()
    }

    /// Whether the rows that are not in a segment yet take as much memory as they may: append more only once some are
    /// in a segment.
    pub fn is_full(&self) -> bool {
        self.hot_bytes() >= self.config.hot_memory.0
    }

    /// Whether half of that memory is used: work that can wait had better do so.
    pub fn is_half_full(&self) -> bool {
        self.hot_bytes() >= self.config.hot_memory.0 / 2
    }

    /// Writes a segment if enough rows wait, or one waits long enough. Returns whether it did; then another one may be
    /// due.
    pub fn seal_if_due(&self) -> Result<bool, StoreError> {
        {
            let mut work = self.work();
            if work.unpublished {
                self.publish(&mut work)?;
            }
        }
        if self.is_due() { self.seal_next() } else { Ok(false) }
    }

    fn is_due(&self) -> bool {
        let state = self.read();
        let oldest_ns = state.hot.first().map(|hot| self.clock.now_ns().saturating_sub(hot.since_ns));
        state.hot_rows() >= self.config.segment_rows
            || state.hot_bytes() >= self.config.segment_memory.0.min(self.config.hot_memory.0)
            || oldest_ns.is_some_and(|age_ns| age_ns >= self.config.segment_age.as_ns())
    }

    /// Writes everything that waits now to segments. Returns whether anything did. After an error the rows are still
    /// there, and in the journal.
    pub fn seal_all(&self) -> Result<bool, StoreError> {
        let Some(until) = self.read().hot.last().map(|last| last.position) else {
            return Ok(false);
        };
        let mut sealed = false;
        // Batches that came meanwhile may have been put together with those of then.
        while self.seal_next()? {
            sealed = true;
            if self.read().hot.first().is_none_or(|first| first.position > until) {
                break;
            }
        }
        Ok(sealed)
    }

    /// Writes the oldest of what waits to a segment: as much as one holds.
    fn seal_next(&self) -> Result<bool, StoreError> {
        let mut work = self.work();
        if work.written.is_none() {
            work.written = self.write_next(&mut work)?;
        }
        match work.written.take() {
            Some(written) => self.commit(&mut work, written).map(|()| true),
            None => Ok(false),
        }
    }

    fn write_next(&self, work: &mut Work) -> Result<Option<WrittenSegment>, StoreError> {
        let batches = {
            let mut state = self.write();
            state.sealing = state.segment_batches(&self.config);
            state.hot[..state.sealing].to_vec()
        };
        let Some(last) = batches.last() else {
            return Ok(None);
        };
        let id = work.next_segment;
        work.next_segment += 1;
        let path = self.dir.join(Segment::path_of(id));
        let made = self.make_segment(id, &path, &batches).inspect_err(|error| {
            clean_up(&path, error);
            self.write().sealing = 0;
        });
        Ok(Some(WrittenSegment { segment: made?, batches: batches.len(), cursor: last.position }))
    }

    /// Commits a segment that is written. After an error the file stays, and the next seal commits it again: whether
    /// the manifest has it, and will still have it after a power failure, cannot be told.
    fn commit(&self, work: &mut Work, written: WrittenSegment) -> Result<(), StoreError> {
        work.unpublished = true;
        if let Err(error) = work.manifest.add(&written.segment, written.cursor)
            && !work.manifest.state().is_ok_and(|found| found.cursor == written.cursor)
        {
            work.written = Some(written);
            return Err(error);
        }
        self.step(Step::Committed)?;
        let WrittenSegment { segment, batches, cursor } = written;
        info!(id = segment.id, rows = segment.rows, bytes = segment.bytes, "segment written");
        {
            let mut state = self.write();
            state.hot.drain(..batches);
            state.sealing = 0;
            Arc::make_mut(&mut state.segments).push(Arc::new(segment));
            state.committed = cursor;
        }
        self.step(Step::Switched)?;
        self.publish(work)?;
        self.step(Step::Published)
    }

    /// Writes the file, under a name that says it is unfinished until it is.
    fn make_segment(&self, id: u64, path: &Path, batches: &[Arc<Hot>]) -> Result<Segment, StoreError> {
        let unfinished = unfinished(path);
        let written = write_segment(&unfinished, &batches.iter().map(|hot| &hot.batch).collect::<Vec<_>>())?;
        self.step(Step::Written)?;
        self.name_segment(&unfinished, path)?;
        self.step(Step::Named)?;
        let created_ns = self.clock.now_ns();
        Ok(self.listed(id, written, created_ns, Order::Time))
    }

    /// Gives a finished file its name, durably.
    pub(crate) fn name_segment(&self, unfinished: &Path, path: &Path) -> Result<(), StoreError> {
        fs::rename(unfinished, path).map_err(|source| StoreError::io("name", path, source))?;
        let folder = self.dir.join(segment::FOLDER);
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| StoreError::io("sync", &folder, source))
    }

    /// What the list says of a segment that was written. Its filters stay in memory.
    pub(crate) fn listed(&self, id: u64, written: Written, created_ns: i64, order: Order) -> Segment {
        let groups = &written.row_groups;
        if written.place.is_some() {
            self.files.filters.put(id, Arc::new(written.filters));
        }
        Segment {
            id,
            path: Segment::path_of(id),
            rows: groups.iter().map(|group| group.rows).sum(),
            bytes: written.bytes,
            created_ns,
            min_time: groups.iter().map(|group| group.min_time).min().unwrap_or(0),
            max_time: groups.iter().map(|group| group.max_time).max().unwrap_or(0),
            order,
            crc32c: Some(written.crc32c),
            filters: written.place,
            row_groups: written.row_groups,
        }
    }

    /// Tells other processes what there is. Where the disk is full, the room that is held back is used for it.
    pub(crate) fn publish(&self, work: &mut Work) -> Result<(), StoreError> {
        work.unpublished = true;
        let commits = work.manifest.state()?.commits;
        let (segments, rollups, cursor) = {
            let state = self.read();
            (Arc::clone(&state.segments), Arc::clone(&state.rollups), state.committed)
        };
        let publisher = &mut work.publisher;
        work.published_bytes =
            ballast::with_room(&self.dir, || publisher.publish(&self.dir, commits, cursor, &segments))?;
        // After the segments: a roll-up that is listed has its segment listed, or had.
        if !work.rollups_published {
            rollup::publish(&self.dir, &rollups)?;
            work.rollups_published = true;
        }
        work.unpublished = false;
        self.write().published = cursor;
        Ok(())
    }

    /// The segments, oldest first.
    pub(crate) fn segments(&self) -> Arc<Vec<Arc<Segment>>> {
        Arc::clone(&self.read().segments)
    }

    /// The roll-ups, oldest first.
    pub(crate) fn rollups(&self) -> Arc<Vec<Arc<RollupFile>>> {
        Arc::clone(&self.read().rollups)
    }

    /// Takes roll-ups out of new snapshots.
    pub(crate) fn remove_rollups(&self, paths: &[&str]) {
        Arc::make_mut(&mut self.write().rollups).retain(|file| !paths.contains(&file.path.as_str()));
    }

    /// Takes segments out of new snapshots.
    pub(crate) fn remove_segments(&self, ids: &[u64]) {
        Arc::make_mut(&mut self.write().segments).retain(|segment| !ids.contains(&segment.id));
    }

    pub(crate) fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a segment in the place of others in new snapshots.
    pub(crate) fn replace_segments(&self, ids: &[u64], segment: Segment, rollups: Vec<RollupFile>) {
        let mut state = self.write();
        Arc::make_mut(&mut state.rollups).extend(rollups.into_iter().map(Arc::new));
        let segments = Arc::make_mut(&mut state.segments);
        segments.retain(|segment| !ids.contains(&segment.id));
        let after =
            segments.partition_point(|other| (other.created_ns, other.id) < (segment.created_ns, segment.id));
        segments.insert(after, Arc::new(segment));
    }

    /// Segments that were found damaged since the store was opened: path and what was wrong.
    pub fn damaged(&self) -> Vec<(String, String)> {
        self.files.damaged()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place where a test can stop the work.
    #[cfg(test)]
    pub(crate) fn step(&self, step: Step) -> Result<(), StoreError> {
        if *self.stop_at.lock().unwrap() == Some(step) { Err(StoreError::Stopped) } else { Ok(()) }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "tests stop here")]
    pub(crate) fn step(&self, _: Step) -> Result<(), StoreError> {
        Ok(())
    }
}

impl State {
    fn hot_rows(&self) -> usize {
        self.hot.iter().map(|hot| hot.batch.num_rows()).sum()
    }

    fn hot_bytes(&self) -> u64 {
        self.hot.iter().map(|hot| hot.bytes as u64).sum()
    }

    /// How many of the hot batches the next segment takes.
    fn segment_batches(&self, config: &StoreConfig) -> usize {
        let (mut rows, mut bytes) = (0, 0);
        let fits = |hot: &&Arc<Hot>| {
            let is_first = rows == 0;
            rows += hot.batch.num_rows();
            bytes += hot.bytes as u64;
            is_first || (rows <= config.segment_rows && bytes <= config.segment_memory.0)
        };
        self.hot.iter().take_while(fits).count()
    }

    /// Puts the small batches at the end together, once they are many. Those being sealed stay as they are.
    fn join_small_batches(&mut self) {
        let free = &self.hot[self.sealing..];
        let small = free.iter().rev().take_while(|hot| hot.batch.num_rows() < SMALL_ROWS).count();
        if small < SMALL_BATCHES {
            return;
        }
        let from = self.hot.len() - small;
        let tail = &self.hot[from..];
        match merge(&tail.iter().map(|hot| &hot.batch).collect::<Vec<_>>()) {
            Ok(batch) => {
                let (first, last) = (&tail[0], &tail[small - 1]);
                let joined = Hot::new(batch, last.position, first.since_ns);
                self.hot.truncate(from);
                self.hot.push(Arc::new(joined));
            }
            Err(error) => warn!(%error, "cannot put small batches together"),
        }
    }
}

pub(crate) fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("parquet.tmp")
}

/// Removes what a failed segment left. A test that plays a dying process leaves it.
pub(crate) fn clean_up(path: &Path, error: &StoreError) {
    #[cfg(test)]
    if matches!(error, StoreError::Stopped) {
        return;
    }
    debug!(path = %path.display(), %error, "removing an unfinished segment");
    let _ = fs::remove_file(path);
    let _ = fs::remove_file(unfinished(path));
}
