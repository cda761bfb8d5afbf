//! Stages that fail, are slow or die: what came is stored, waited for or counted, and memory has a bound.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Instant;

use weir_config::ByteSize;
use weir_telemetry::Tally;

use super::*;
use crate::store_stage;

const PATIENCE: Duration = Duration::from_secs(30);

#[track_caller]
fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

/// The journal's stage on a thread, as the pipeline runs it, and what feeds it.
struct Running {
    ledger: Arc<Ledger>,
    signals: Arc<Signals>,
    stores: Tables<Arc<weir_store::Store>>,
    sink: Option<SyncSender<Decoded>>,
    stage: Option<JoinHandle<()>>,
}

impl Running {
    fn start(rig: &Rig, config: &PipelineConfig, prepare: impl FnOnce(&mut Tables<OpenTable>)) -> Self {
        let ledger = Arc::new(Ledger::default());
        let signals = Arc::new(Signals::default());
        let data = DataConfig { dir: rig.dir.path().to_owned() };
        let config = PipelineConfig { data, ..config.clone() };
        let mut tables = tables::open(&config, &rig.deps, &ledger).unwrap();
        prepare(&mut tables);
        let stores = tables.as_ref().map(|_, open| Arc::clone(&open.store));
        let interval = Duration::from_millis(2);
        let stage = JournalStage::new(tables, Arc::clone(&ledger), Arc::clone(&signals), interval);
        let (sink, queue) = sync_channel(2);
        let stage = std::thread::spawn(move || stage.run(&queue));
        Self { ledger, signals, stores, sink: Some(sink), stage: Some(stage) }
    }

    fn send(&self, batch: RecordBatch) {
        let records = batch.num_rows() as u64;
        self.ledger.receive(&Tally { records, rows: records, ..Tally::default() });
        self.sink.as_ref().unwrap().send(Decoded { table: Table::Flows, batch, records }).unwrap();
    }

    fn stored(&self) -> u64 {
        self.ledger.snapshot().records.stored
    }

    fn stop(&mut self) -> LedgerSnapshot {
        self.signals.stop();
        self.sink = None;
        self.stage.take().unwrap().join().unwrap();
        let ledgers = self.ledger.snapshot();
        assert_eq!(ledgers.contradictions(), Vec::<String>::new());
        ledgers
    }
}

fn flows_of(rig: &Rig) -> Vec<u64> {
    values(&rig.open(&Ledger::default()), Table::Flows)
}

/// A new file for each batch, so that each needs the folder.
fn tiny_files() -> PipelineConfig {
    let mut config = PipelineConfig::default();
    config.journal.file_size = ByteSize(1);
    config
}

#[test]
fn a_journal_that_cannot_be_written_is_waited_for() {
    let rig = Rig::new();
    let mut running = Running::start(&rig, &tiny_files(), |_| {});
    running.send(rows(0, 10));
    wait_until("the first is stored", || running.stored() == 10);
    let (folder, away) = (rig.dir.path().join("journal"), rig.dir.path().join("away"));
    fs::rename(&folder, &away).unwrap();
    for n in 1..3 {
        running.send(rows(n * 10, 10));
    }
    wait_until("there is trouble", || running.signals.trouble() == Some("the journal cannot be written"));
    assert!(running.signals.take_disk_wanted(), "retention is asked for room");
    assert_eq!(running.stored(), 10);
    fs::rename(&away, &folder).unwrap();
    wait_until("everything is stored", || running.stored() == 30);
    wait_until("the trouble is over", || running.signals.trouble().is_none());
    assert!(running.stop().records.lost.is_empty());
    drop(running);
    assert_eq!(flows_of(&rig), (0..30).collect::<Vec<_>>());
}

#[test]
fn a_journal_that_cannot_be_written_at_the_stop_costs_what_was_not_written() {
    let rig = Rig::new();
    let mut running = Running::start(&rig, &tiny_files(), |_| {});
    running.send(rows(0, 10));
    wait_until("the first is stored", || running.stored() == 10);
    fs::rename(rig.dir.path().join("journal"), rig.dir.path().join("away")).unwrap();
    running.send(rows(10, 7));
    wait_until("there is trouble", || running.signals.trouble().is_some());
    let ledgers = running.stop();
    assert_eq!((ledgers.records.stored, ledgers.records.waiting), (10, 0));
    assert_eq!(ledgers.records.lost["journal_append"], 7);
}

#[test]
fn what_the_last_sync_cannot_make_durable_is_lost_not_waiting() {
    let rig = Rig::new();
    let mut running = Running::start(&rig, &PipelineConfig::default(), |tables| {
        tables.of_mut(Table::Flows).journal.flush_with(|_| Err(io::ErrorKind::StorageFull.into()));
    });
    running.send(rows(0, 10));
    let ledgers = running.stop();
    assert_eq!((ledgers.records.stored, ledgers.records.waiting), (0, 0));
    assert_eq!(ledgers.records.lost["journal_sync"], 10);
}

#[test]
fn a_disk_that_is_full_for_a_while_costs_nothing() {
    let rig = Rig::new();
    let full = Arc::new(AtomicBool::new(true));
    let is_full = Arc::clone(&full);
    let mut running = Running::start(&rig, &PipelineConfig::default(), |tables| {
        tables.of_mut(Table::Flows).journal.flush_with(move |file| {
            if is_full.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            file.sync_data()
        });
    });
    running.send(rows(0, 10));
    wait_until("there is trouble", || running.signals.trouble().is_some());
    // As many as the queue takes: the stage keeps what it cannot write, and a third would wait for it.
    for n in 1..3 {
        running.send(rows(n * 10, 10));
    }
    wait_until("retention is asked for room", || running.signals.take_disk_wanted());
    assert_eq!(running.stored(), 0, "nothing is acknowledged before it is on disk");
    full.store(false, Ordering::SeqCst);
    wait_until("everything is stored", || running.stored() == 30);
    assert!(running.stop().records.lost.is_empty());
    drop(running);
    assert_eq!(flows_of(&rig), (0..30).collect::<Vec<_>>());
}

#[test]
fn a_batch_that_is_more_than_a_frame_holds_is_split() {
    let rig = Rig::new();
    let mut running = Running::start(&rig, &PipelineConfig::default(), |_| {});
    let count = (1 << 20) + 1;
    running.send(rows(0, count));
    let ledgers = running.stop();
    assert_eq!((ledgers.records.stored, ledgers.rows.stored), (count, count));
    drop(running);
    assert_eq!(flows_of(&rig), (0..count).collect::<Vec<_>>());
}

fn small_memory() -> PipelineConfig {
    let mut config = PipelineConfig::default();
    config.store.hot_memory = ByteSize(64 << 10);
    config.store.segment_memory = ByteSize(32 << 10);
    config
}

#[test]
fn while_no_segment_is_made_the_senders_wait_and_memory_stays_bounded() {
    let rig = Rig::new();
    let mut running = Running::start(&rig, &small_memory(), |_| {});
    let store = Arc::clone(running.stores.of(Table::Flows));
    let one = 8 << 10;
    let sent = AtomicU64::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                running.send(rows(n * 100, 100));
                sent.fetch_add(1, Ordering::SeqCst);
            }
        });
        wait_until("memory is used up", || store.is_full());
        // What was appended is durable although nothing goes on.
        let appended = store.stats().hot_rows;
        wait_until("what was appended is stored", || running.stored() == appended);
        assert!(sent.load(Ordering::SeqCst) < 100, "{sent:?} were taken");
        wait_until("segments are made of everything", || {
            assert!(store.hot_bytes() <= (64 << 10) + one, "{}", store.hot_bytes());
            store.seal_if_due().unwrap();
            sent.load(Ordering::SeqCst) == 200
        });
    });
    assert_eq!(running.stop().records.stored, 20_000);
    drop((running, store));
    assert_eq!(flows_of(&rig), (0..20_000).collect::<Vec<_>>());
}

#[test]
fn a_stop_does_not_wait_for_room_for_ever() {
    let rig = Rig::new();
    let mut running = Running::start(&rig, &small_memory(), |_| {});
    let store = Arc::clone(running.stores.of(Table::Flows));
    std::thread::scope(|scope| {
        // More than fits into memory and queue: the last of it is taken only once Weir stops.
        scope.spawn(|| (0..40).for_each(|n| running.send(rows(n * 100, 100))));
        wait_until("memory is used up", || store.is_full());
        running.signals.stop();
    });
    let ledgers = running.stop();
    assert_eq!((ledgers.records.stored, ledgers.records.waiting), (ledgers.records.decoded, 0));
}

#[test]
fn a_restart_has_the_same_bound_on_memory() {
    let rig = Rig::new();
    let mut running = Running::start(&rig, &PipelineConfig::default(), |_| {});
    for n in 0..200 {
        running.send(rows(n * 100, 100));
    }
    running.stop();
    drop(running);
    let running = Running::start(&rig, &small_memory(), |_| {});
    let stats = running.stores.of(Table::Flows).stats();
    assert!(stats.hot_bytes <= 64 << 10 && stats.segments > 1, "{stats:?}");
    assert_eq!(stats.rows + stats.hot_rows, 20_000);
}

#[test]
fn a_journal_that_grows_too_large_is_made_into_segments() {
    let rig = Rig::new();
    let mut config = PipelineConfig::default();
    config.journal.file_size = ByteSize(4 << 10);
    config.journal.max_size = ByteSize(16 << 10);
    let mut running = Running::start(&rig, &config, |_| {});
    let stop = AtomicBool::new(false);
    let mut most = 0_u64;
    std::thread::scope(|scope| {
        scope.spawn(|| store_stage::run(&running.stores, &running.signals, &stop));
        for n in 0..400 {
            running.send(rows(n * 100, 100));
            let folder = fs::read_dir(rig.dir.path().join("journal")).unwrap();
            most =
                most.max(folder.filter_map(|entry| entry.ok()?.metadata().ok()).map(|file| file.len()).sum());
            if n % 20 == 19 {
                let due = (n + 1) * 100;
                wait_until("what was sent is stored", || running.stored() == due);
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert!(most < 64 << 10, "{most} bytes");
    assert!(running.stores.of(Table::Flows).stats().segments > 1);
    running.stop();
    drop(running);
    assert_eq!(flows_of(&rig), (0..40_000).collect::<Vec<_>>());
}

#[test]
fn a_stage_that_died_is_noticed() {
    let rig = Rig::new();
    let data = DataConfig { dir: rig.dir.path().to_owned() };
    let mut config = PipelineConfig { data, ..PipelineConfig::default() };
    config.listen.addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let mut pipeline = crate::Pipeline::start(&config, &rig.deps).unwrap();
    assert_eq!((pipeline.dead_stage(), pipeline.trouble()), (None, None));
    let dead = std::thread::spawn(|| {});
    wait_until("the thread has ended", || dead.is_finished());
    let alive = pipeline.replace_journal_stage(dead);
    assert_eq!(pipeline.dead_stage(), Some("journal"));
    assert!(pipeline.trouble().unwrap().contains("`journal`"));
    pipeline.stop();
    assert_eq!(pipeline.dead_stage(), None, "who stops is not dead");
    alive.unwrap().join().unwrap();
}
