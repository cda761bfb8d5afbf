//! Queries that nobody waits for any more end.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use weir_query::Part;
use weir_schema::Field;

use super::tcp::{PATIENCE, ask, query, read, start};
use super::*;

/// Rows in far more parts than anybody would wait for. Tells when the first is read and when the query is over.
struct Endless {
    reads: Arc<AtomicUsize>,
    started: SyncSender<()>,
    ended: SyncSender<()>,
}

const ENDLESS: usize = 1_000_000;

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.ended.try_send(());
    }
}

impl Source for Endless {
    fn parts(&self, _range_ns: Range<i64>) -> Vec<Box<dyn Part + '_>> {
        (0..ENDLESS).map(|_| Box::new(self) as Box<dyn Part>).collect()
    }
}

impl Part for &Endless {
    fn rows(&self) -> usize {
        6
    }

    fn time_bounds(&self) -> (i64, i64) {
        (NOW_NS - 3600 * SECOND_NS, NOW_NS - 1)
    }

    fn read(&self, fields: &[Field]) -> Result<RecordBatch, SourceError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let _ = self.started.try_send(());
        // A slow disk.
        std::thread::park_timeout(Duration::from_millis(1));
        let all = records();
        let places: Vec<usize> =
            fields.iter().filter_map(|field| all.schema_ref().index_of(field.name()).ok()).collect();
        Ok(all.project(&places)?)
    }
}

fn endless() -> (Fake, Arc<AtomicUsize>, Receiver<()>, Receiver<()>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let (started, is_started) = sync_channel(1);
    let (ended, has_ended) = sync_channel(1);
    let counted = reads.clone();
    let snapshot = move |_| -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(Endless { reads: counted.clone(), started: started.clone(), ended: ended.clone() }))
    };
    (Fake { snapshot: Box::new(snapshot), ..Fake::default() }, reads, is_started, has_ended)
}

async fn wait_for(signal: Receiver<()>) {
    tokio::task::spawn_blocking(move || signal.recv_timeout(PATIENCE).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_client_that_leaves_cancels_its_query() {
    let (fake, reads, is_started, has_ended) = endless();
    let server = start(fake).await;
    let connection = ask(server.address, &query("localhost")).await;
    wait_for(is_started).await;
    let left = Instant::now();
    drop(connection);
    wait_for(has_ended).await;
    assert!(left.elapsed() < PATIENCE);
    assert!(reads.load(Ordering::Relaxed) < ENDLESS);
}

#[tokio::test]
async fn stopping_ends_running_queries_and_idle_connections() {
    let (fake, _reads, is_started, has_ended) = endless();
    let server = start(fake).await;
    let idle = ask(server.address, "").await;
    let running = ask(server.address, &query("localhost")).await;
    wait_for(is_started).await;
    server.stop.send(()).unwrap();
    let reply = read(running).await;
    assert!(reply.starts_with("HTTP/1.1 503 ") && reply.contains("\"unavailable\""), "{reply}");
    tokio::time::timeout(PATIENCE, server.ended).await.unwrap().unwrap().unwrap();
    wait_for(has_ended).await;
    drop(idle);
}
