//! Watches batches in event time with bounded state and says what it noticed.
//!
//! A [`Detector`] sees every batch of flows, in whatever order exporters send them, and is told how far event time has
//! come. What it notices is a [`Detection`]; an alert is what becomes of the detections of one rule about one entity.

mod behaviour;
mod detection;
mod detector;

pub use behaviour::{Behaviour, BehaviourConfig};
pub use detection::{Analytic, Contribution, Detection, Entity, Evidence, Quality};
pub use detector::Detector;
