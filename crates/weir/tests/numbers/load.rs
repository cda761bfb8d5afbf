//! Weir under load: steady, a burst, a thousand exporters, a flood of addresses.
//!
//! `WEIR_BENCH_SECONDS` makes the steady loads longer than their half minute.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use weir_testkit::{Launch, Weir, assert_adds_up, wait_until};

use crate::process::{Process, to_journal};
use crate::{binary, measured};

/// Flows to send to a collector.
pub(crate) struct Load {
    pub(crate) protocol: &'static str,
    /// Records a second; 0 is as fast as the generator can.
    pub(crate) rate: u64,
    pub(crate) records: u64,
    pub(crate) exporters: u32,
    pub(crate) scenario: &'static str,
}

impl Load {
    fn steady(protocol: &'static str, rate: u64) -> Self {
        let seconds = std::env::var("WEIR_BENCH_SECONDS").map_or(30, |text| text.parse().unwrap());
        Self { protocol, rate, records: rate * seconds, exporters: 20, scenario: "mixed" }
    }

    /// Sends it all; yields how long that took.
    pub(crate) fn send(&self, port: u16) -> Duration {
        let begin = Instant::now();
        let mut command = std::process::Command::new(binary());
        command.args(["generate", "-t", "127.0.0.1", "--seed", "1", "--protocol", self.protocol]);
        command.args(["--scenario", self.scenario]);
        for (flag, value) in [
            ("-p", u64::from(port)),
            ("--rate", self.rate),
            ("--flow-count", self.records),
            ("--exporters", u64::from(self.exporters)),
        ] {
            command.args([flag, &value.to_string()]);
        }
        let mut generator = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let ended =
            wait_until("the generator is done", Duration::from_mins(30), || generator.try_wait().unwrap());
        assert!(ended.success());
        begin.elapsed()
    }
}

/// What a load cost.
pub(crate) struct Cost {
    pub(crate) records: f64,
    /// Processor seconds from the socket to the durable journal, and of everything.
    pub(crate) journal_s: f64,
    pub(crate) all_s: f64,
}

/// Sends a load to a Weir of its own, and prints what it cost.
pub(crate) fn measure(case: &str, load: &Load) -> (Cost, Weir) {
    let weir = Launch::new(binary()).start();
    let process = Process(weir.pid().unsigned_abs());
    let idle = process.cpu_s(|_| true);
    let took = load.send(weir.listener().port());
    let accounting = weir.wait_until_stored();
    let records = accounting["records"]["stored"].as_f64().unwrap();
    let cost = Cost { records, journal_s: process.cpu_s(to_journal), all_s: process.cpu_s(|_| true) - idle };
    assert_adds_up(&accounting);
    let datagrams = &accounting["datagrams"];
    measured(case, "rate", records / took.as_secs_f64(), "records/s");
    measured(case, "missing", load.records as f64 - records, "records");
    measured(case, "dropped", sum(&datagrams["dropped"]), "datagrams");
    measured(case, "kernel_dropped", datagrams["kernel_dropped"].as_f64().unwrap(), "datagrams");
    measured(case, "gap_estimate", gaps(&accounting), "records");
    measured(case, "peak_memory", process.memory_mb("VmHWM:"), "MB");
    measured(case, "to_journal", records / cost.journal_s, "records/cpu-s");
    measured(case, "with_segments", records / cost.all_s, "records/cpu-s");
    (cost, weir)
}

fn sum(places: &Value) -> f64 {
    places.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_f64()).sum()
}

/// Records that sequence numbers say are missing, of all exporters.
fn gaps(accounting: &Value) -> f64 {
    let exporters = accounting["exporters"].as_array().into_iter().flatten();
    exporters.filter_map(|exporter| exporter["gaps"]["estimated_records"].as_f64()).sum()
}

/// Ends Weir, which makes segments of everything, and says what a flow takes on disk.
pub(crate) fn disk(case: &str, mut weir: Weir, records: f64) -> f64 {
    let _ended = weir.terminate();
    let bytes: u64 = fs::read_dir(weir.launch().data().join("segments"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    measured(case, "disk", bytes as f64 / records, "bytes/flow");
    bytes as f64
}

#[test]
#[ignore = "measures; `make bench` runs it"]
fn steady() {
    for protocol in ["v5", "v9", "ipfix", "sflow"] {
        measure(&format!("steady_50k_{protocol}"), &Load::steady(protocol, 50_000));
    }
    measure("steady_100k_v9", &Load::steady("v9", 100_000));
    measure("steady_300k_v9", &Load::steady("v9", 300_000));
}

#[test]
#[ignore = "measures; `make bench` runs it"]
fn burst() {
    // About three seconds of what the generator can send.
    measure("burst_v9", &Load { records: 3_000_000, exporters: 20, ..Load::steady("v9", 0) });
}

#[test]
#[ignore = "measures; `make bench` runs it"]
fn a_thousand_exporters() {
    measure("thousand_exporters_v9", &Load { exporters: 1000, ..Load::steady("v9", 100_000) });
}

#[test]
#[ignore = "measures; `make bench` runs it"]
fn flood_of_addresses() {
    measure("flood_v9", &Load { scenario: "flood", ..Load::steady("v9", 100_000) });
}
