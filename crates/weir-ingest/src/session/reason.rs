//! Why a datagram, a set or a template was not taken.

use std::fmt;

use serde::Serialize;

/// A short reason in snake case; it doubles as a metric label and comes from a bounded set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Reason(&'static str);

impl Reason {
    /// The session has as many exporters as its limits allow.
    pub const EXPORTERS_FULL: Reason = Reason("exporters_full");
    /// The session has as many exporters of one address as its limits allow.
    pub const EXPORTERS_PER_ADDRESS: Reason = Reason("exporters_per_address");
    /// More new exporters come in a second than the limits allow.
    pub const EXPORTERS_TOO_FAST: Reason = Reason("exporters_too_fast");
    /// A data set came and its template did not, also not within the time that sets are held.
    pub const NO_TEMPLATE: Reason = Reason("no_template");
    /// The session's templates take as much memory as its limits allow, or the exporter has too many.
    pub const TEMPLATES_FULL: Reason = Reason("templates_full");
    /// A template has more fields than its limits allow.
    pub const TEMPLATE_TOO_WIDE: Reason = Reason("template_too_wide");
    /// A set's id is reserved.
    pub const SET_ID_RESERVED: Reason = Reason("set_id_reserved");
    /// A data set is too short for a single record of its template.
    pub const SET_WITHOUT_RECORDS: Reason = Reason("set_without_records");
    /// Bytes stand after the end that the header declares.
    pub const TRAILING_BYTES: Reason = Reason("trailing_bytes");

    /// A connection carries another protocol than IPFIX.
    pub const NOT_IPFIX: Reason = Reason("not_ipfix");

    pub(crate) const fn new(label: &'static str) -> Self {
        Reason(label)
    }

    /// The label.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Counts by reason. Empty ones take no memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reasons {
    counts: Vec<(Reason, u64)>,
}

impl Reasons {
    /// Whether nothing has been counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds to a reason.
    pub fn add(&mut self, reason: Reason, count: u64) {
        match self.counts.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, total)) => *total += count,
            None => self.counts.push((reason, count)),
        }
    }

    /// Adds everything that another one counted.
    pub fn merge(&mut self, other: &Reasons) {
        for (reason, count) in other.iter() {
            self.add(reason, count);
        }
    }

    /// The reasons and their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        self.counts.iter().copied()
    }
}

impl Serialize for Reasons {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.counts.iter().map(|(reason, count)| (reason.0, count)))
    }
}
