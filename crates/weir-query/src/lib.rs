//! Answers questions with kernels over the store's columns.
//!
//! A [`Query`] groups and counts, a [`FlowsQuery`] lists records newest first. Both run over a [`Source`], which hands
//! out parts (batches of rows with time bounds); a snapshot of the store is one, [`Batches`] in memory another.
//!
//! A range selects by `time`, its start included and its end not.

mod accumulate;
mod answer;
mod bucket;
mod cancel;
mod codes;
mod cursor;
mod error;
mod flows;
mod group;
mod intern;
mod measure;
mod meta;
mod newest;
mod plan;
mod prune;
mod query;
mod rank;
mod row_hash;
mod run;
mod scan;
mod source;
mod store;
mod table;

pub use answer::{Answer, Buckets, FlowsAnswer, Row};
pub use cancel::Cancel;
pub use cursor::{Cursor, CursorError};
pub use error::QueryError;
pub use flows::flows;
pub use measure::{Measure, MeasureError};
pub use meta::Meta;
pub use prune::prune;
pub use query::{FlowsQuery, Query};
pub use run::run;
pub use source::{Batches, Part, Planned, Source, SourceError};
