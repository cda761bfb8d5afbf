//! Reads the sources at the start, and again when they change.
//!
//! A source that cannot be read leaves in force what it held before; its error stands in its status. Whether a file has
//! changed is looked at every second, by its time, size and inode: no kernel interface for that works on every file system.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{info, warn};
use weir_telemetry::{Clock, chain};

use crate::config::{EnrichConfig, NetworkConfig};
use crate::database::Database;
use crate::enricher::Enricher;
use crate::error::EnrichError;
use crate::find;
use crate::networks::{self, Entry, Networks};
use crate::sources::Sources;
use crate::texts::Texts;

/// How often it is looked whether a file has changed.
const LOOK: Duration = Duration::from_secs(1);

/// A file that names or places come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    /// The file.
    pub path: PathBuf,
    /// `networks` or `database`.
    pub kind: &'static str,
    /// Networks or ranges in force.
    pub entries: u64,
    /// When the file in force was written, nanoseconds since 1970.
    pub modified_ns: Option<i64>,
    /// When it was read; not yet, when there is no error either.
    pub loaded_ns: Option<i64>,
    /// Why the newest version of the file is not in force.
    pub error: Option<String>,
}

/// The sources, kept up to date until this is dropped.
pub struct Enrichment {
    shared: Arc<Shared>,
    stop: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

/// What the thread that reads and those who look up share.
pub(crate) struct Shared {
    generation: AtomicU64,
    sources: Mutex<Arc<Sources>>,
    status: Mutex<Vec<SourceStatus>>,
}

impl Shared {
    /// Grows with every change.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn sources(&self) -> Arc<Sources> {
        Arc::clone(&lock(&self.sources))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Enrichment {
    /// Reads the networks, then the databases in a thread of its own, and watches both for changes. What cannot be read is
    /// told by [`Enrichment::status`] and the log: it must not keep flows from being collected, and neither must a large
    /// database that takes seconds to read.
    pub fn start(
        config: &EnrichConfig,
        networks: &[NetworkConfig],
        data: &Path,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut reader = SourceReader::new(config, networks, data, clock);
        reader.look_for_databases();
        reader.look_at_networks();
        let mut enrichment = Self::of(&mut reader);
        let (shared, stop) = (Arc::clone(&enrichment.shared), Arc::clone(&enrichment.stop));
        let work = move || watch(&mut reader, &shared, &stop);
        match std::thread::Builder::new().name("enrich".to_owned()).spawn(work) {
            Ok(watcher) => enrichment.watcher = Some(watcher),
            Err(cause) => warn!(%cause, "cannot read databases, nor watch files for changes"),
        }
        enrichment
    }

    /// Reads everything once, before it returns.
    pub fn read(
        config: &EnrichConfig,
        networks: &[NetworkConfig],
        data: &Path,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut reader = SourceReader::new(config, networks, data, clock);
        reader.look();
        Self::of(&mut reader)
    }

    fn of(reader: &mut SourceReader) -> Self {
        let shared = Arc::new(Shared {
            generation: AtomicU64::new(0),
            sources: Mutex::new(Arc::new(reader.sources())),
            status: Mutex::new(reader.status()),
        });
        Self { shared, stop: Arc::new(AtomicBool::new(false)), watcher: None }
    }

    /// Someone who enriches batches, in a thread of their own.
    pub fn enricher(&self, config: &EnrichConfig) -> Enricher {
        Enricher::new(Arc::clone(&self.shared), config.as_from)
    }

    /// The files, and how each is doing.
    pub fn status(&self) -> Vec<SourceStatus> {
        lock(&self.shared.status).clone()
    }
}

impl Drop for Enrichment {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            if watcher.join().is_err() {
                warn!("the thread that watches networks and databases ended with a panic");
            }
        }
    }
}

fn watch(reader: &mut SourceReader, shared: &Shared, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if reader.look() {
            *lock(&shared.sources) = Arc::new(reader.sources());
            shared.generation.fetch_add(1, Ordering::Release);
            // Last: what it tells is in force.
            *lock(&shared.status) = reader.status();
        }
        std::thread::park_timeout(LOOK);
    }
}

/// Reads a database in a thread of its own, which ends with it: what reading took and no longer needs goes back to the
/// allocator at once, and does not stay with a thread that sleeps from now on.
fn read_apart(path: &Path, texts: &mut Texts) -> Result<Database, EnrichError> {
    std::thread::scope(|scope| scope.spawn(|| Database::read(path, texts)).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Everything that is wrong with the networks and databases of a configuration.
pub fn check(config: &EnrichConfig, networks: &[NetworkConfig], data: &Path) -> Vec<EnrichError> {
    let (mut problems, mut texts) = (Vec::new(), Texts::default());
    let mut entries = configured(networks);
    for path in &config.networks {
        match networks::read(path) {
            Ok(found) => entries.extend(found),
            Err(error) => problems.push(error),
        }
    }
    for path in find::databases(&config.databases, data) {
        problems.extend(Database::read(&path, &mut texts).err());
    }
    problems.extend(Networks::new(&entries, &mut texts).1);
    problems
}

fn configured(networks: &[NetworkConfig]) -> Vec<Entry> {
    let place = "configuration".to_owned();
    networks.iter().map(|network| Entry { network: network.clone(), place: place.clone() }).collect()
}

/// Time, size and inode: a file with the same has not changed.
type Signature = Option<(i64, u64, u64)>;

fn signature(path: &Path) -> Signature {
    let about = path.metadata().ok()?;
    let modified_ns = about.mtime().saturating_mul(1_000_000_000).saturating_add(about.mtime_nsec());
    Some((modified_ns, about.len(), about.ino()))
}

/// A file, and the last good content of it.
struct File<T> {
    path: PathBuf,
    seen: Option<Signature>,
    good: Option<T>,
    status: SourceStatus,
}

impl<T> File<T> {
    fn new(path: PathBuf, kind: &'static str) -> Self {
        let status = SourceStatus {
            path: path.clone(),
            kind,
            entries: 0,
            modified_ns: None,
            loaded_ns: None,
            error: None,
        };
        Self { path, seen: None, good: None, status }
    }

    /// Reads the file if it is not what it was. Returns whether something is to be told: new content, or a new error.
    fn look(
        &mut self,
        now_ns: i64,
        read: impl FnOnce(&Path) -> Result<T, EnrichError>,
        count: impl FnOnce(&T) -> usize,
    ) -> bool {
        // Taken before reading: what is written meanwhile is seen the next time.
        let signature = signature(&self.path);
        if self.seen == Some(signature) {
            return false;
        }
        self.seen = Some(signature);
        match read(&self.path) {
            Ok(content) => {
                self.status.entries = count(&content) as u64;
                self.status.modified_ns = signature.map(|signature| signature.0);
                self.status.loaded_ns = Some(now_ns);
                self.status.error = None;
                info!(path = %self.path.display(), entries = self.status.entries, "read {}", self.status.kind);
                self.good = Some(content);
            }
            Err(error) => {
                let in_force = self.status.entries;
                warn!(cause = chain(&error), in_force, "what was read before stays in force");
                self.status.error = Some(chain(&error));
            }
        }
        true
    }
}

/// Reads files, and remembers their last good state.
struct SourceReader {
    named: Vec<PathBuf>,
    data: PathBuf,
    configured: Vec<Entry>,
    networks: Vec<File<Vec<Entry>>>,
    databases: Vec<File<Arc<Database>>>,
    texts: Texts,
    clock: Arc<dyn Clock>,
}

impl SourceReader {
    fn new(config: &EnrichConfig, networks: &[NetworkConfig], data: &Path, clock: Arc<dyn Clock>) -> Self {
        Self {
            named: config.databases.clone(),
            data: data.to_owned(),
            configured: configured(networks),
            networks: config.networks.iter().map(|path| File::new(path.clone(), "networks")).collect(),
            databases: Vec::new(),
            texts: Texts::default(),
            clock,
        }
    }

    /// Reads what has changed. Returns whether anything has.
    fn look(&mut self) -> bool {
        let networks = self.look_at_networks();
        let found = self.look_for_databases();
        let now_ns = self.clock.now_ns();
        let mut changed = networks || found;
        for file in &mut self.databases {
            let texts = &mut self.texts;
            let read = |path: &Path| read_apart(path, texts).map(Arc::new);
            changed |= file.look(now_ns, read, |database| database.len());
        }
        changed
    }

    fn look_at_networks(&mut self) -> bool {
        let now_ns = self.clock.now_ns();
        let mut changed = false;
        for file in &mut self.networks {
            changed |= file.look(now_ns, networks::read, Vec::len);
        }
        changed
    }

    /// Which databases there are. Returns whether that has changed.
    fn look_for_databases(&mut self) -> bool {
        let wanted = find::databases(&self.named, &self.data);
        if wanted.iter().eq(self.databases.iter().map(|file| &file.path)) {
            return false;
        }
        let mut known = std::mem::take(&mut self.databases);
        self.databases = wanted
            .into_iter()
            .map(|path| match known.iter().position(|file| file.path == path) {
                Some(at) => known.swap_remove(at),
                None => File::new(path, "database"),
            })
            .collect();
        true
    }

    /// What is in force now.
    fn sources(&mut self) -> Sources {
        let files = self.networks.iter().filter_map(|file| file.good.as_ref()).flatten();
        let entries: Vec<Entry> = self.configured.iter().chain(files).cloned().collect();
        let (networks, twice) = Networks::new(&entries, &mut self.texts);
        for error in twice {
            warn!(cause = chain(&error), "the first one counts");
        }
        let databases = self.databases.iter().filter_map(|file| file.good.clone()).collect();
        self.texts.shrink();
        Sources::new(networks, databases, self.texts.names())
    }

    fn status(&self) -> Vec<SourceStatus> {
        let networks = self.networks.iter().map(|file| &file.status);
        networks.chain(self.databases.iter().map(|file| &file.status)).cloned().collect()
    }
}
