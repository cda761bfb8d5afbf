//! The thread that watches: it reads the journal with a cursor of its own, and hands on what it notices.
//!
//! Its state is saved with the position in the journal that it belongs to; after a restart it goes on from there, and what
//! it had noticed since is noticed again, as updates of the same windows. Files of the journal wait for it until the
//! journal is as large as it may be: collection never waits.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::{error, info, warn};
use weir_detect::{Detection, Engine, Snapshot, Status};
use weir_journal::{JournalError, JournalReader, Position, Visibility};
use weir_schema::Table;
use weir_store::table_dir;
use weir_telemetry::{Clock, LogLimit, Registry, chain};

/// How often it looks for new batches.
const LOOK: Duration = Duration::from_millis(100);
/// How often its state is saved.
const SAVE: Duration = Duration::from_secs(30);
/// How often what it tells of itself is renewed.
const TELL: Duration = Duration::from_secs(1);
/// After a failure it tries again after this.
const RETRY: Duration = Duration::from_secs(1);
/// A repeated complaint is logged once in this time.
const PACE: Duration = Duration::from_secs(10);

/// Takes what was noticed, at least one detection at a time. After an error, which says why, the same ones are offered again.
/// They may also come again after a restart: what has the same rule, entity and window is the same.
pub type Sink = Arc<dyn Fn(&[Detection]) -> Result<(), String> + Send + Sync>;

/// What watches, and who is told.
pub struct Watch {
    /// Rules and analytics.
    pub engine: Engine,
    /// Who is told.
    pub sink: Sink,
}

/// How detection is.
#[derive(Debug, Clone, Default)]
pub struct DetectStatus {
    /// The engine's own figures.
    pub engine: Status,
    /// Frames of the journal that were gone before they could be read.
    pub lost_frames: u64,
}

/// What the stage tells others.
#[derive(Default)]
pub(crate) struct Progress {
    saved: Mutex<Position>,
    status: Mutex<DetectStatus>,
}

impl Progress {
    /// How far files of the journal are not needed here.
    pub(crate) fn saved(&self) -> Position {
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> DetectStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) struct DetectStage {
    watch: Watch,
    reader: JournalReader,
    path: PathBuf,
    /// Everything up to here is in the engine.
    position: Position,
    progress: Arc<Progress>,
    clock: Arc<dyn Clock>,
    metrics: Registry,
    /// Records that the metric has.
    told: u64,
    complaints: LogLimit,
    /// The sink refused until the end: the state that follows is not saved, so that the same is noticed again.
    is_behind: bool,
}

fn path(dir: &Path) -> PathBuf {
    dir.join("detect.state")
}

/// How far the saved state of a data directory is; the start where there is none.
pub(crate) fn saved_position(dir: &Path) -> Position {
    match Snapshot::read(&path(dir)) {
        Ok(Some(Snapshot { position: (file, offset), .. })) => Position { file, offset },
        Ok(None) => Position::START,
        Err(cause) => {
            warn!(cause = chain(&cause), "cannot use the saved state of detection");
            Position::START
        }
    }
}

impl DetectStage {
    /// Goes on where the saved state stands. `from`: where to begin without one.
    pub(crate) fn new(
        dir: &Path,
        mut watch: Watch,
        from: Position,
        clock: Arc<dyn Clock>,
        metrics: Registry,
    ) -> Result<Self, JournalError> {
        let path = path(dir);
        let position = match Snapshot::read(&path) {
            Ok(Some(Snapshot { position: (file, offset), state })) => {
                if !watch.engine.restore(&state) {
                    warn!("the saved state of detection is of another version, it starts afresh");
                }
                Position { file, offset }
            }
            // What is damaged was told when the journal was opened.
            Ok(None) | Err(_) => from,
        };
        let reader = JournalReader::open(&table_dir(dir, Table::Flows), position, Visibility::All)?;
        let progress = Arc::new(Progress { saved: Mutex::new(position), ..Progress::default() });
        let complaints = LogLimit::new(PACE);
        Ok(Self {
            watch,
            reader,
            path,
            position,
            progress,
            clock,
            metrics,
            told: 0,
            complaints,
            is_behind: false,
        })
    }

    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Works until told to stop and everything is read, then saves its state.
    pub(crate) fn run(mut self, stop: &AtomicBool) {
        info!(rules = self.watch.engine.metas().count(), from = %self.position, "watching flows");
        let (mut save_due, mut tell_due) = (Instant::now() + SAVE, Instant::now());
        loop {
            // Asked before the journal is: what was appended before the stop is then still read.
            let stopping = stop.load(Ordering::SeqCst);
            let mut found = Vec::new();
            match self.reader.next() {
                Some(Ok((position, batch))) => {
                    self.watch.engine.observe(&batch, &mut found);
                    self.position = position;
                }
                Some(Err(cause)) => {
                    self.complain(&cause);
                    if stopping {
                        break;
                    }
                    std::thread::park_timeout(RETRY);
                }
                None if stopping => break,
                None => {
                    self.watch.engine.come_to(self.clock.now_ns(), &mut found);
                    std::thread::park_timeout(LOOK);
                }
            }
            self.hand_on(&found, stop);
            let now = Instant::now();
            if now >= tell_due {
                tell_due = now + TELL;
                self.tell();
            }
            if now >= save_due {
                save_due = now + SAVE;
                self.save();
            }
        }
        self.save();
        self.tell();
    }

    fn complain(&mut self, cause: &JournalError) {
        if let Some(unsaid) = self.complaints.allow() {
            error!(cause = chain(cause), unsaid, "detection cannot read the journal, will try again");
        }
    }

    /// Hands on what was noticed, however long that takes.
    fn hand_on(&mut self, found: &[Detection], stop: &AtomicBool) {
        while !found.is_empty() && !self.is_behind {
            let Err(cause) = (self.watch.sink)(found) else { return };
            if let Some(unsaid) = self.complaints.allow() {
                error!(cause, unsaid, "cannot keep what was detected, will try again");
            }
            if stop.load(Ordering::SeqCst) {
                self.is_behind = true;
            } else {
                std::thread::park_timeout(RETRY);
            }
        }
    }

    fn save(&mut self) {
        if self.is_behind {
            return;
        }
        let position = (self.position.file, self.position.offset);
        let written = Snapshot::write(&self.path, position, |out| self.watch.engine.save(out));
        match written {
            Ok(()) => *self.progress.saved.lock().unwrap_or_else(PoisonError::into_inner) = self.position,
            Err(cause) => {
                if let Some(unsaid) = self.complaints.allow() {
                    error!(
                        cause = chain(&cause),
                        unsaid, "cannot save the state of detection, will try again"
                    );
                }
            }
        }
    }

    fn tell(&mut self) {
        let engine = self.watch.engine.tell();
        let skipped = self.reader.skipped();
        let lost_frames = skipped.missing_frames + skipped.frames;
        let gauge = |name, help, value: u64| {
            self.metrics.gauge(name, help, &[]).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        let new = engine.records - self.told;
        self.told = engine.records;
        self.metrics
            .counter("weir_detect_records_total", "Records that rules and analytics have seen.", &[])
            .add(new);
        gauge("weir_detect_memory_bytes", "Memory of all state of detection.", engine.memory_bytes);
        gauge("weir_detect_detections", "Detections since the start, updates included.", engine.detections);
        gauge("weir_detect_evicted_groups", "Groups given up because memory was used up.", engine.evicted);
        gauge(
            "weir_detect_lost_frames",
            "Frames of the journal gone before detection read them.",
            lost_frames,
        );
        *self.progress.status.lock().unwrap_or_else(PoisonError::into_inner) =
            DetectStatus { engine, lost_frames };
    }
}
