//! What every stage needs to be observed: the clock, the accounting ledger, metrics, logs, and error chains.

mod chain;
mod clock;
mod ledger;
mod log_limit;
mod logging;
mod metrics;

pub use chain::chain;
pub use clock::{Clock, ManualClock, SystemClock};
pub use ledger::{Datagrams, Ledger, LedgerSnapshot, Records, Rows, Sets, Tally};
pub use log_limit::LogLimit;
pub use logging::{LogFormat, init_logging};
pub use metrics::{Counter, Gauge, Registry};
