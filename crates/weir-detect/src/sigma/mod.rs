//! Sigma rules and correlations at work.
//!
//! Flows fall into *panes*, short spans of event time; a window is a run of panes. What a pane keeps (counts, sums, sets
//! of hashes, extremes of times) does not depend on the order of flows, so neither does a verdict. A rule about single
//! flows is a count of at least one.

mod atom;
mod correlate;
mod distinct;
mod evidence;
mod matches;
mod pack;
mod pane;
mod percentile;
#[cfg(test)]
mod tests;

pub use pack::{Pack, RuleCost};
