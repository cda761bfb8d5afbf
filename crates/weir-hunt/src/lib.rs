//! Rules and analytics over flows that are stored: what would have been noticed, and when.
//!
//! [`hunt`] runs what runs live. A rule's windows do not depend on the order of flows, so that rows are read as they lie,
//! by several threads, and only those that the rule matches; the analytics get theirs in the order of time.

mod found;
mod hunt;
mod quarry;
mod scan;
mod sweep;

pub use found::{Found, WouldBe};
pub use hunt::{Progress, hunt};
pub use quarry::Quarry;
pub use sweep::Step;
