//! The writer's side: hot batches, sealing them into segments, snapshots.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use arrow_array::RecordBatch;
use serde::Serialize;
use tracing::{debug, error, info, warn};
use weir_journal::Position;
use weir_telemetry::Clock;

use crate::hot::Hot;
use crate::lock::DirLock;
use crate::manifest::Manifest;
use crate::merge::merge;
use crate::published::Published;
use crate::read::Files;
use crate::retention::Space;
use crate::segment::{self, Segment};
use crate::write::write_segment;
use crate::{Snapshot, StoreConfig, StoreError};

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
    work: Mutex<Work>,
    files: Arc<Files>,
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
    /// Up to where the segments hold the journal.
    committed: Position,
    /// The same, as far as other processes know.
    published: Position,
}

/// What one thread at a time works on.
pub(crate) struct Work {
    pub(crate) manifest: Manifest,
    next_segment: u64,
    /// The last change is not published yet.
    unpublished: bool,
}

/// The steps of making a segment, after each of which the process may die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Written,
    Named,
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
        fs::create_dir_all(dir).map_err(unusable)?;
        let lock = DirLock::take(dir)?;
        fs::create_dir_all(dir.join(segment::FOLDER)).map_err(unusable)?;
        let mut manifest = Manifest::open(dir)?;
        remove_leftovers(dir, &mut manifest)?;
        drop_missing(dir, &mut manifest, clock.now_ns())?;
        let segments: Vec<Arc<Segment>> = manifest.segments()?.into_iter().map(Arc::new).collect();
        let found = manifest.state()?;
        let store = Self {
            dir: dir.to_owned(),
            config,
            clock,
            space: Space::of,
            state: RwLock::new(State {
                hot: Vec::new(),
                sealing: 0,
                segments: Arc::new(segments),
                committed: found.cursor,
                published: found.cursor,
            }),
            work: Mutex::new(Work { manifest, next_segment: found.next_segment, unpublished: true }),
            files: Arc::new(Files::new(dir.to_owned())),
            _lock: lock,
            #[cfg(test)]
            stop_at: Mutex::default(),
        };
        store.publish(&mut store.work())?;
        Ok(store)
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
            hot_rows: snapshot.hot.iter().map(|hot| hot.batch.num_rows() as u64).sum(),
            hot_bytes: snapshot.hot.iter().map(|hot| hot.bytes as u64).sum(),
            oldest: bounds.as_ref().map(|bounds| *bounds.start()),
            newest: bounds.as_ref().map(|bounds| *bounds.end()),
        }
    }

    /// Writes a segment if enough rows wait, or one waits long enough. Returns whether it did.
    pub fn seal_if_due(&self) -> Result<bool, StoreError> {
        {
            let mut work = self.work();
            if work.unpublished {
                self.publish(&mut work)?;
            }
        }
        if self.is_due() { self.seal_all() } else { Ok(false) }
    }

    fn is_due(&self) -> bool {
        let state = self.read();
        let rows: usize = state.hot.iter().map(|hot| hot.batch.num_rows()).sum();
        let bytes: usize = state.hot.iter().map(|hot| hot.bytes).sum();
        let oldest_ns = state.hot.first().map(|hot| self.clock.now_ns().saturating_sub(hot.since_ns));
        rows >= self.config.segment_rows
            || bytes as u64 >= self.config.segment_memory.0
            || oldest_ns.is_some_and(|age_ns| age_ns >= self.config.segment_age.as_ns())
    }

    /// Writes everything that waits to a segment. Returns whether anything did. After an error the rows are still
    /// there, and in the journal.
    pub fn seal_all(&self) -> Result<bool, StoreError> {
        let mut work = self.work();
        let batches = {
            let mut state = self.write();
            state.sealing = state.hot.len();
            state.hot.clone()
        };
        let Some(last) = batches.last() else {
            return Ok(false);
        };
        let sealed = self.seal(&mut work, &batches, last.position);
        self.write().sealing = 0;
        sealed.map(|()| true)
    }

    fn seal(&self, work: &mut Work, batches: &[Arc<Hot>], cursor: Position) -> Result<(), StoreError> {
        let id = work.next_segment;
        work.next_segment += 1;
        let path = self.dir.join(Segment::path_of(id));
        let made = self.make_segment(id, &path, batches);
        let added = made.and_then(|segment| {
            commit(work, &segment, cursor)?;
            Ok(segment)
        });
        let segment = added.inspect_err(|error| clean_up(&path, error))?;
        self.step(Step::Committed)?;
        info!(id, rows = segment.rows, bytes = segment.bytes, "segment written");
        {
            let mut state = self.write();
            state.hot.drain(..batches.len());
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
        fs::rename(&unfinished, path).map_err(|source| StoreError::io("name", path, source))?;
        let folder = self.dir.join(segment::FOLDER);
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| StoreError::io("sync", &folder, source))?;
        self.step(Step::Named)?;
        let groups = &written.row_groups;
        Ok(Segment {
            id,
            path: Segment::path_of(id),
            rows: groups.iter().map(|group| group.rows).sum(),
            bytes: written.bytes,
            created_ns: self.clock.now_ns(),
            min_time: groups.iter().map(|group| group.min_time).min().unwrap_or(0),
            max_time: groups.iter().map(|group| group.max_time).max().unwrap_or(0),
            row_groups: written.row_groups,
        })
    }

    /// Tells other processes what there is.
    pub(crate) fn publish(&self, work: &mut Work) -> Result<(), StoreError> {
        work.unpublished = true;
        let commits = work.manifest.state()?.commits;
        let (segments, cursor) = {
            let state = self.read();
            (Arc::clone(&state.segments), state.committed)
        };
        Published::new(commits, cursor, segments.iter().map(AsRef::as_ref).collect()).write(&self.dir)?;
        work.unpublished = false;
        self.write().published = cursor;
        Ok(())
    }

    /// The segments, oldest first.
    pub(crate) fn segments(&self) -> Arc<Vec<Arc<Segment>>> {
        Arc::clone(&self.read().segments)
    }

    /// Takes segments out of new snapshots.
    pub(crate) fn remove_segments(&self, ids: &[u64]) {
        Arc::make_mut(&mut self.write().segments).retain(|segment| !ids.contains(&segment.id));
    }

    pub(crate) fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place where a test can stop the work.
    #[cfg(test)]
    fn step(&self, step: Step) -> Result<(), StoreError> {
        if *self.stop_at.lock().unwrap() == Some(step) { Err(StoreError::Stopped) } else { Ok(()) }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "tests stop here")]
    fn step(&self, _: Step) -> Result<(), StoreError> {
        Ok(())
    }
}

impl State {
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

/// Commits to the manifest. After an error it looks whether the commit took place: then the rows must not be
/// written a second time.
fn commit(work: &mut Work, segment: &Segment, cursor: Position) -> Result<(), StoreError> {
    work.unpublished = true;
    let Err(error) = work.manifest.add(segment, cursor) else {
        return Ok(());
    };
    match work.manifest.state() {
        Ok(found) if found.cursor == cursor => Ok(()),
        _ => Err(error),
    }
}

fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("parquet.tmp")
}

/// Removes what a failed segment left. A test that plays a dying process leaves it.
fn clean_up(path: &Path, error: &StoreError) {
    #[cfg(test)]
    if matches!(error, StoreError::Stopped) {
        return;
    }
    debug!(path = %path.display(), %error, "removing an unfinished segment");
    let _ = fs::remove_file(path);
    let _ = fs::remove_file(unfinished(path));
}

/// Removes files of segments that were never committed.
fn remove_leftovers(dir: &Path, manifest: &mut Manifest) -> Result<(), StoreError> {
    let folder = dir.join(segment::FOLDER);
    let failed = |source| StoreError::io("list", &folder, source);
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if manifest.knows(&format!("{}/{name}", segment::FOLDER))? {
            continue;
        }
        if name.ends_with(".parquet") || name.ends_with(".parquet.tmp") {
            let path = folder.join(&name);
            info!(path = %path.display(), "removing a segment that was not finished; its rows are in the journal");
            fs::remove_file(&path).map_err(|source| StoreError::io("remove", &path, source))?;
        }
    }
    Ok(())
}

/// Takes segments off the list whose files somebody has removed, so that queries answer from the others.
fn drop_missing(dir: &Path, manifest: &mut Manifest, now_ns: i64) -> Result<(), StoreError> {
    let segments = manifest.segments()?;
    let missing = segments.iter().filter(|segment| !dir.join(&segment.path).exists());
    let missing: Vec<u64> = missing
        .inspect(|segment| {
            error!(path = segment.path, rows = segment.rows, "segment is missing, its rows are lost");
        })
        .map(|segment| segment.id)
        .collect();
    if missing.is_empty() { Ok(()) } else { manifest.drop_segments(&missing, now_ns) }
}
