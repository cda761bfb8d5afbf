//! What the API needs of the running Weir.

use std::net::IpAddr;
use std::sync::Arc;

use weir_alert::AlertStore;
use weir_detect::RuleBook;
use weir_filter::Sets;
use weir_query::{Source, SourceError};
use weir_schema::Table;

use crate::model::{Accounting, Exporter, Health, Template};

/// What the handlers ask. The binary implements it over pipeline and store; tests with a fake.
///
/// Every method but `now_ns` and `sets` may block for as long as its work takes: none is called on an async thread.
pub trait Backend: Send + Sync + 'static {
    /// The time of day, in nanoseconds since 1970, UTC.
    fn now_ns(&self) -> i64;

    /// The named sets of the configuration.
    fn sets(&self) -> Arc<Sets> {
        Arc::default()
    }

    /// Where people reach these pages, for links in what is sent elsewhere; nothing if that is unknown.
    fn base_url(&self) -> Option<String> {
        None
    }

    /// The rows of a table that are visible now, for one query.
    fn snapshot(&self, table: Table) -> Result<Box<dyn Source>, SourceError>;

    /// The alerts.
    fn alerts(&self) -> &AlertStore;

    /// The rules in force.
    fn rules(&self) -> &RuleBook;

    /// Whether Weir works, and on what.
    fn health(&self) -> Health;

    /// The ledgers at this moment.
    fn accounting(&self) -> Accounting;

    /// Every exporter heard of.
    fn exporters(&self) -> Vec<Exporter>;

    /// The templates of an exporter's address, the first 1000, and how many there are; `None` if they cannot be told just
    /// now.
    fn templates(&self, exporter: IpAddr) -> Option<(Vec<Template>, u64)>;

    /// Puts all segments together, in the background.
    fn compact(&self);

    /// Every metric, as Prometheus text.
    fn metrics(&self) -> String;
}
