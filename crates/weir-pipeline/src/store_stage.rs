//! The thread that makes segments of hot batches and enforces retention. It yields CPU to receiving, until the rows in
//! memory are so many that receiving has to wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracing::error;
use weir_schema::Table;
use weir_store::{Store, StoreError, enforce_retention};
use weir_telemetry::{LogLimit, chain};

use crate::signals::Signals;
use crate::tables::Tables;

/// How often it looks whether a segment is due.
const LOOK: Duration = Duration::from_millis(250);
/// How often retention is enforced.
const RETAIN: Duration = Duration::from_secs(30);
/// After a failure (a full disk) it tries again after this.
const RETRY: Duration = Duration::from_secs(1);
/// A repeated complaint is logged once in this time.
const PACE: Duration = Duration::from_secs(10);

/// Works until told to stop. What is still hot then stays in the journal and is hot again after a restart.
pub(crate) fn run(stores: &Tables<Arc<Store>>, signals: &Signals, stop: &AtomicBool) {
    signals.begin_segments();
    let mut retention_due = Instant::now();
    let mut seal_due = Instant::now();
    let (mut no_retention, mut no_segment) = (LogLimit::new(PACE), LogLimit::new(PACE));
    let mut again = false;
    while !stop.load(Ordering::Relaxed) {
        if !again {
            std::thread::park_timeout(LOOK);
        }
        again = false;
        let now = Instant::now();
        if signals.take_disk_wanted() || now >= retention_due {
            retention_due = now + RETAIN;
            if let Err(cause) = enforce_retention(&stores.all().map(AsRef::as_ref))
                && let Some(unsaid) = no_retention.allow()
            {
                error!(cause = chain(&cause), unsaid, "cannot enforce retention, will try again");
            }
        }
        if now < seal_due {
            continue;
        }
        match seal(stores, signals.take_seal_wanted()) {
            Ok(more) => {
                signals.set_segments_fail(false);
                again = more;
                if !Table::ALL.into_iter().any(|table| stores.of(table).is_full()) {
                    signals.have_time();
                }
            }
            Err(cause) => {
                signals.set_segments_fail(true);
                seal_due = now + RETRY;
                // Old segments may be in the way.
                retention_due = now;
                if let Some(unsaid) = no_segment.allow() {
                    let cause = chain(&cause);
                    error!(
                        cause,
                        unsaid, "cannot write a segment, will try again; records stay in the journal"
                    );
                }
            }
        }
    }
    signals.end_segments();
}

/// Writes a segment of each table where one is due, or all of what waits. Returns whether more may be due.
fn seal(stores: &Tables<Arc<Store>>, everything: bool) -> Result<bool, StoreError> {
    let mut more = false;
    for table in Table::ALL {
        let store = stores.of(table);
        more |= if everything { store.seal_all()? } else { store.seal_if_due()? };
    }
    Ok(more)
}
