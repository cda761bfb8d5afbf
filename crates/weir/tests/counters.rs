//! Counters of interfaces: a table of their own, from the wire to the answers, through a kill.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use serde_json::{Value, json};
use weir_testkit::{ALWAYS, Capture, Launch, Weir, assert_adds_up, run, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const FILTER: &str = "counter = ifInOctets";

/// An sFlow datagram with the generic counters of interface 7.
fn counters(sequence: u32, octets: u64) -> Vec<u8> {
    let mut body: Vec<u8> = Vec::new();
    let word = |body: &mut Vec<u8>, word: u32| body.extend(word.to_be_bytes());
    for value in [7, 6, 0, 1_000_000_000, 1, 3] {
        word(&mut body, value);
    }
    body.extend(octets.to_be_bytes());
    for value in [1, 2, 3, 4, 5, 6] {
        word(&mut body, value);
    }
    body.extend(octets.to_be_bytes());
    for value in [1, 2, 3, 4, 5, 0] {
        word(&mut body, value);
    }
    assert_eq!(body.len(), 88);
    let mut bytes = Vec::new();
    for value in [5, 1, 0xc000_0201, 0, sequence, sequence * 1000, 1] {
        word(&mut bytes, value);
    }
    for value in [2, 12 + 8 + 88, sequence, 7, 1, 1, 88] {
        word(&mut bytes, value);
    }
    bytes.extend(body);
    bytes
}

/// What the server says about the octets: grown by, largest, rows.
fn octets(weir: &Weir) -> Value {
    let mut body = json!({"table": "counters", "by": ["exporter", "in_if", "counter"], "filter": FILTER});
    for (key, value) in ALWAYS {
        body[key] = json!(value);
    }
    weir.http().post_json("/api/v1/query", &body)["rows"].clone()
}

#[test]
fn counters_have_a_table_of_their_own() {
    let mut weir = Launch::new(WEIR).start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (sequence, octets) in [(1, 1000), (2, 1500), (3, 1700)] {
        socket.send_to(&counters(sequence, octets), weir.listener()).unwrap();
    }
    let expected = json!([{"exporter": "192.0.2.1", "in_if": 7, "counter": "ifInOctets",
        "sum(delta)": 700, "max(value)": 1700, "rows": 3}]);
    wait_until("the counters", Duration::from_secs(30), || (octets(&weir) == expected).then_some(()));
    assert_eq!(weir.sums(None).flows, 0, "no flow is made of them");

    let accounting = wait_until("they are on disk", Duration::from_secs(30), || {
        let accounting = weir.accounting();
        (accounting["rows"]["counters"]["waiting"] == 0).then_some(accounting)
    });
    assert_adds_up(&accounting);
    let rows = accounting["rows"]["counters"]["stored"].as_u64().unwrap();
    assert!(rows >= 3, "{accounting:#}");
    assert_eq!(accounting["records"]["waiting"], 0, "{accounting:#}");

    weir.kill9();
    let data = weir.launch().data().to_str().unwrap().to_owned();
    let ask = |weir: &Weir, target: [&str; 2], command: &str, more: &[&str]| {
        let mut arguments = vec![command, "--table", "counters", target[0], target[1]];
        arguments.extend(["--last", "10m", "--format", "json", FILTER]);
        arguments.extend(more);
        weir.run(arguments).expect_code(0).json()["rows"].clone()
    };
    // The directory by itself, then a server on it.
    let by = ["--by", "exporter,in_if,counter"];
    assert_eq!(ask(&weir, ["--data", &data], "query", &by), expected);
    weir.start();
    assert_eq!(octets(&weir), expected, "nothing lost, nothing doubled");
    let url = format!("http://{}", weir.run_file().http);
    for target in [["--url", &url], ["--data", &data]] {
        let minutes = ask(&weir, target, "query", &["--by", "in_if,counter", "--every", "1m"]);
        let grown: u64 =
            minutes.as_array().unwrap().iter().filter_map(|row| row["sum(delta)"].as_u64()).sum();
        assert_eq!(grown, 700, "{minutes}");
        let listed = ask(&weir, target, "flows", &["--columns", "kind,counter,value"]);
        assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
        assert_eq!(listed[0]["kind"], "counters");
        let extremes = ask(&weir, target, "query", &["--measure", "min(value),sum(value)"]);
        assert_eq!(extremes, json!([{"min(value)": 1000, "sum(value)": 4200}]));
    }
    assert!(weir.terminate().success());
}

#[test]
fn a_capture_loads_its_counters_too() {
    let launch = Launch::new(WEIR);
    let mut capture = Capture::new();
    let (agent, collector) = ((Ipv4Addr::new(192, 0, 2, 1), 50_000), (Ipv4Addr::new(192, 0, 2, 9), 6343));
    for sequence in [1_u32, 2] {
        let at_us = 1_600_000_000_000_000 + u64::from(sequence) * 1_000_000;
        capture.push_datagram(at_us, agent, collector, &counters(sequence, 100 * u64::from(sequence)));
    }
    let file = launch.folder().join("counters.pcap");
    capture.save(&file).unwrap();
    let mut load = launch.command();
    load.arg("load").arg(&file).arg("--data").arg(launch.data());
    let loaded = run(&mut load, Duration::from_mins(1)).expect_code(0);
    assert!(loaded.stdout.contains("loaded 0 records and "), "{}", loaded.stdout);
    let mut query = launch.command();
    query.args(["query", "--table", "counters", "--from", "2020-09-13", "--to", "2020-09-14", FILTER]);
    query.args(["--format", "json", "--data"]).arg(launch.data());
    let answer = run(&mut query, Duration::from_mins(1)).expect_code(0).json();
    assert_eq!(answer["rows"], json!([{"sum(delta)": 100, "max(value)": 200, "rows": 2}]));
}
