//! Makes alerts of detections: one per rule and entity, updated and not repeated.
//!
//! [`AlertStore`] keeps them in a SQLite file of its own. A detection that is handed in twice counts once: numbers are
//! kept by window, and a window that is reported again replaces what it said before. That is why a detect stage that
//! delivers at least once gives exact counts.

mod action;
mod address;
mod alert;
mod database;
mod error;
mod history;
mod list;
mod notice;
mod past;
mod record;
mod relation;
mod render;
mod row;
mod rules;
mod spark;
mod store;
mod suppress;
mod switch;
mod tally;
#[cfg(test)]
mod tests;

pub use action::{Action, Done, UNDO_NS};
pub use address::AddressRange;
pub use alert::{Alert, State, Verdict};
pub use error::AlertError;
pub use history::{Entry, Event};
pub use list::{Counts, Cursor, Group, GroupBy, Listing, Marker, Order, Page, Selection, Tab};
pub use notice::{Cause, NOTICES, Notice};
pub use past::PastAlert;
pub use relation::Relation;
pub use render::{Shape, Subject};
pub use rules::{Rule, Rules};
pub use spark::{Spark, SparkPoint};
pub use store::AlertStore;
pub use suppress::{Conditions, NewSuppression, PREVIEW_NS, Preview, Suppression};
pub use switch::Switch;
pub use tally::Tally;
pub use weir_config::PrefixError;
