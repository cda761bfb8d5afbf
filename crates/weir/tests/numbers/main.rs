//! Measures the running program. `make bench` runs it on the release build and records what it prints.
//!
//! Each measurement is a line `measured CASE METRIC VALUE UNIT`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod first_light;
mod load;
mod peer;
mod process;

use std::path::PathBuf;

/// The release build when `WEIR_BIN` names it.
fn binary() -> PathBuf {
    std::env::var_os("WEIR_BIN").map_or_else(|| env!("CARGO_BIN_EXE_weir").into(), PathBuf::from)
}

fn measured(case: &str, metric: &str, value: f64, unit: &str) {
    println!("measured {case} {metric} {value:.3} {unit}");
}
