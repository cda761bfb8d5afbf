//! Measures the running program. `make bench` runs it on the release build and records what it prints.
//!
//! Each measurement is a line `measured CASE METRIC VALUE UNIT`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use weir_testkit::{Launch, Weir, assert_adds_up, wait_until};

/// The release build when `WEIR_BIN` names it.
fn binary() -> PathBuf {
    std::env::var_os("WEIR_BIN").map_or_else(|| env!("CARGO_BIN_EXE_weir").into(), PathBuf::from)
}

fn measured(case: &str, metric: &str, value: f64, unit: &str) {
    println!("measured {case} {metric} {value:.1} {unit}");
}

/// A number of kilobytes from `/proc/PID/status`, in megabytes.
fn memory_mb(weir: &Weir, entry: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", weir.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(entry)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1000.0
}

/// Processor time that the server used so far, in seconds (100 ticks each).
fn cpu_s(weir: &Weir) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", weir.pid())).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<&str> = after_name.split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn sum(places: &Value) -> f64 {
    places.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_f64()).sum()
}

/// Holds a state for a while, because that is what is measured.
fn hold(time: Duration) {
    let begin = Instant::now();
    wait_until("the time is over", time * 2, || (begin.elapsed() >= time).then_some(()));
}

#[test]
#[ignore = "measures; `make bench` runs it"]
fn start_and_first_record() {
    let begin = Instant::now();
    let weir = Launch::new(binary()).start();
    measured("first_light", "start_to_ready", begin.elapsed().as_secs_f64() * 1000.0, "ms");
    hold(Duration::from_secs(5));
    measured("first_light", "idle_memory", memory_mb(&weir, "VmRSS:"), "MB");
    let before = cpu_s(&weir);
    hold(Duration::from_secs(10));
    measured("first_light", "idle_cpu_per_10s", (cpu_s(&weir) - before) * 1000.0, "ms");

    let mut datagram = vec![0; 24 + 48];
    datagram[..4].copy_from_slice(&[0, 5, 0, 1]);
    let body = json!({ "from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z" });
    let begin = Instant::now();
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&datagram, weir.listener()).unwrap();
    wait_until("the record is visible", Duration::from_secs(30), || {
        let answer = weir.http().post_json("/api/v1/flows", &body);
        answer["rows"].as_array().is_some_and(|rows| !rows.is_empty()).then_some(())
    });
    measured("first_light", "first_datagram_visible", begin.elapsed().as_secs_f64() * 1000.0, "ms");
}

#[test]
#[ignore = "measures; `make bench` runs it"]
fn fifty_thousand_records_a_second() {
    for protocol in ["v5", "v9", "ipfix", "sflow"] {
        let case = format!("steady_50k_{protocol}");
        let weir = Launch::new(binary()).start();
        let port = weir.listener().port().to_string();
        let begin = Instant::now();
        let mut generator = weir
            .launch()
            .command()
            .args(["generate", "-t", "127.0.0.1", "-p", &port, "--protocol", protocol, "--rate", "50000"])
            .args(["--flow-count", "3000000", "--exporters", "20", "--seed", "1"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let status =
            wait_until("the generator is done", Duration::from_mins(5), || generator.try_wait().unwrap());
        assert!(status.success());
        let seconds = begin.elapsed().as_secs_f64();
        let accounting = weir.wait_until_stored();
        assert_adds_up(&accounting);
        let records = accounting["records"]["stored"].as_f64().unwrap();
        measured(&case, "rate", records / seconds, "records/s");
        measured(&case, "missing", 3_000_000.0 - records, "records");
        measured(&case, "dropped", sum(&accounting["datagrams"]["dropped"]), "datagrams");
        measured(&case, "peak_memory", memory_mb(&weir, "VmHWM:"), "MB");
        measured(&case, "cpu_per_million_records", cpu_s(&weir) / records * 1e6, "s");
    }
}
