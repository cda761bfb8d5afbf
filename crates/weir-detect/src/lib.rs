//! Watches batches in event time with bounded state and says what it noticed.
//!
//! An [`Engine`] sees every batch of flows, in whatever order exporters send them, and is told how far event time has
//! come. What it notices is a [`Detection`]; an alert is what becomes of the detections of one rule about one entity.

mod behaviour;
mod config;
mod detection;
mod engine;
mod proof;
mod rule_book;
mod rules;
mod sigma;
mod snapshot;
mod state;

pub use behaviour::{Behaviour, PastFlows};
pub use config::DetectConfig;
pub use detection::{Analytic, Contribution, Detection, Entity, Evidence, Quality};
pub use engine::{Cost, Engine, Status};
pub use proof::captured;
pub use rule_book::{Reload, RuleBook, TEXT, Told};
pub use rules::load as load_rules;
pub use sigma::{Pack, RuleCost};
pub use snapshot::{Snapshot, SnapshotError};
