//! How soon a started Weir shows the first datagram, and what it takes while idle.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use serde_json::json;
use weir_testkit::{Launch, wait_until};

use crate::process::Process;
use crate::{binary, measured};

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
    let process = Process(weir.pid().unsigned_abs());
    measured("first_light", "start_to_ready", begin.elapsed().as_secs_f64() * 1000.0, "ms");
    hold(Duration::from_secs(5));
    measured("first_light", "idle_memory", process.memory_mb("VmRSS:"), "MB");
    let before = process.cpu_s(|_| true);
    hold(Duration::from_secs(10));
    measured("first_light", "idle_cpu_per_10s", (process.cpu_s(|_| true) - before) * 1000.0, "ms");

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
