//! The handlers, by subject.

pub(crate) mod flows;
pub(crate) mod language;
pub(crate) mod query;
pub(crate) mod status;
pub(crate) mod timeseries;
