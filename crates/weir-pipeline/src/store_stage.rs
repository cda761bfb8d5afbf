//! The thread that makes segments of hot batches and enforces retention. It yields CPU to receiving.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracing::error;
use weir_schema::Table;
use weir_store::{Store, enforce_retention};
use weir_telemetry::chain;

use crate::tables::Tables;

/// How often it looks whether a segment is due.
const LOOK: Duration = Duration::from_millis(250);
/// How often retention is enforced.
const RETAIN: Duration = Duration::from_secs(30);
/// After a failure (a full disk) it tries again after this.
const RETRY: Duration = Duration::from_secs(5);

/// Works until told to stop. What is still hot then stays in the journal and is hot again after a restart.
pub(crate) fn run(stores: &Tables<Arc<Store>>, stop: &AtomicBool) {
    lower_priority();
    let mut retention_due = Instant::now();
    let mut look_due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        std::thread::park_timeout(LOOK);
        let now = Instant::now();
        if now >= retention_due {
            retention_due = now + RETAIN;
            if let Err(cause) = enforce_retention(&stores.all().map(AsRef::as_ref)) {
                error!(cause = chain(&cause), "cannot enforce retention, will try again");
            }
        }
        if now < look_due {
            continue;
        }
        for table in Table::ALL {
            if let Err(cause) = stores.of(table).seal_if_due() {
                look_due = now + RETRY;
                error!(
                    table = table.name(),
                    cause = chain(&cause),
                    "cannot write a segment, will try again; records stay in the journal"
                );
            }
        }
    }
}

/// Nice 10 for this thread only (Linux keeps priorities per thread).
fn lower_priority() {
    // SAFETY: plain numbers; on Linux `who` 0 is the calling thread. A refusal is harmless.
    #[expect(unsafe_code, reason = "no safe wrapper for a single thread's priority")]
    let _refused = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 10) };
}
