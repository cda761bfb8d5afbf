//! The thread that puts old segments together. It takes only the CPU and the disk that nobody else wants, and waits
//! while many rows are in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracing::warn;
use weir_schema::Table;
use weir_store::Store;
use weir_telemetry::{LogLimit, Registry, chain};

use crate::signals::Signals;
use crate::tables::Tables;

/// How often it looks whether a compaction is due.
const LOOK: Duration = Duration::from_secs(5);
/// After a failure it tries again after this.
const RETRY: Duration = Duration::from_mins(1);
/// How long it waits at a time for rows to leave the memory.
const REST: Duration = Duration::from_millis(100);
/// A repeated complaint is logged once in this time.
const PACE: Duration = Duration::from_mins(10);

/// Works until told to stop; a compaction that is not finished by then is begun anew after the next start.
pub(crate) fn run(stores: &Tables<Arc<Store>>, metrics: &Registry, signals: &Signals, stop: &AtomicBool) {
    signals.begin_compaction();
    be_last();
    let mut everything = false;
    let mut failure = LogLimit::new(PACE);
    let stopped = || stop.load(Ordering::Relaxed);
    let mut due = Instant::now();
    while !stopped() {
        everything |= signals.take_compaction_wanted();
        let now = Instant::now();
        if now < due && !everything {
            std::thread::park_timeout(due - now);
            continue;
        }
        due = now + LOOK;
        let now_wanted = std::mem::take(&mut everything);
        for table in Table::ALL {
            let store = stores.of(table);
            let count = |name, help| metrics.counter(name, help, &[("table", table.name())]).add(1);
            let go_on = || {
                while !stopped() && store.is_half_full() {
                    std::thread::park_timeout(REST);
                }
                !stopped()
            };
            let compacted = if now_wanted { store.compact_now(&go_on) } else { store.compact_if_due(&go_on) };
            match compacted {
                Ok(false) => {}
                Ok(true) => {
                    count("weir_store_compactions_total", "Times that old segments were put together.");
                    due = now;
                    everything |= now_wanted;
                }
                Err(cause) => {
                    count(
                        "weir_store_compaction_failures_total",
                        "Times that putting segments together failed.",
                    );
                    due = now + RETRY;
                    if let Some(unsaid) = failure.allow() {
                        let (table, cause) = (table.name(), chain(&cause));
                        warn!(table, cause, unsaid, "cannot put segments together, they stay as they are");
                    }
                }
            }
        }
    }
}

/// Gives the calling thread the lowest priority for CPU and disk. Where that is refused, it works as others do.
fn be_last() {
    const NICE: libc::c_int = 19;
    const WHO_PROCESS: libc::c_int = 1;
    /// The class of those who get the disk when nobody else wants it, in the bits for the class.
    const IDLE: libc::c_int = 3 << 13;
    // SAFETY: plain numbers; 0 is the calling thread.
    #[expect(unsafe_code, reason = "no safe wrapper for a single thread's priority")]
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICE);
        libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0, IDLE);
    }
}
