//! From the datagram to the answer, through the real binary, across a kill and a stop.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use weir_testkit::{ALWAYS, Launch, Sums, Weir, assert_adds_up, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// As `weir generate` and as the field `flow_protocol` call them.
const PROTOCOLS: [(&str, &str); 4] =
    [("v5", "netflow5"), ("v9", "netflow9"), ("ipfix", "ipfix"), ("sflow", "sflow5")];

#[test]
fn every_protocol_arrives_whole_and_survives_a_kill() {
    let mut weir = Launch::new(WEIR).start();
    let mut expected = Sums::default();
    for (seed, (protocol, name)) in PROTOCOLS.iter().enumerate() {
        let sent = weir.generate(protocol, 10_000, seed as u64);
        let found = weir.wait_for_flows(Some(&format!("flow_protocol = \"{name}\"")), sent.flows);
        assert_eq!(found, Sums::from(sent), "{protocol}: {:#}", weir.accounting());
        expected = expected + found;
    }
    let accounting = weir.wait_until_stored();
    assert_adds_up(&accounting);
    assert_eq!(accounting["records"]["stored"], expected.flows, "{accounting:#}");

    // Beside a running server, a data directory answers with what is synced: here, everything.
    assert_eq!(sums_of_directory(&weir), expected);

    weir.kill9();
    assert_eq!(sums_of_directory(&weir), expected);
    weir.start();
    assert_eq!(weir.sums(None), expected);
    assert_adds_up(&weir.accounting());

    let sent = weir.generate("ipfix", 1_000, 99);
    let found = weir.wait_for_flows(None, expected.flows + sent.flows);
    expected = expected + sent.into();
    assert_eq!(found, expected);

    // A stop drains and syncs: nothing that was visible is gone, waited for or not.
    assert!(weir.terminate().success(), "{}", weir.log());
    assert_eq!(sums_of_directory(&weir), expected);
    weir.start();
    assert_eq!(weir.sums(None), expected);
}

#[test]
fn a_kill_in_full_flow_loses_nothing_acknowledged_and_doubles_nothing() {
    let mut weir = Launch::new(WEIR).start();
    let to = weir.listener();
    let mut generator = weir
        .launch()
        .command()
        .args(["generate", "-t", "127.0.0.1", "-p", &to.port().to_string(), "--protocol", "v5"])
        .args(["--flow-count", "1000000", "--rate", "20000", "--exporters", "4", "--seed", "5"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start the generator");
    let stored = wait_until("records are stored while more arrive", Duration::from_mins(1), || {
        let records = weir.accounting()["records"].clone();
        let number = |name: &str| records[name].as_u64().unwrap_or(0);
        (number("stored") > 20_000 && number("waiting") > 0).then(|| number("stored"))
    });
    weir.kill9();
    let _ = generator.kill();
    let _ = generator.wait();

    weir.start();
    let after = weir.sums(None).flows;
    assert!(after >= stored, "{stored} records were acknowledged, {after} are there");

    // A v5 sequence number counts flows, so the numbers of two datagrams tell how many records the first one held.
    let body = question(
        json!({ "by": ["exporter", "exporter_port", "domain_id", "sequence"], "measures": ["flows"] }),
    );
    let answer = weir.http().post_json("/api/v1/query", &body);
    assert_eq!(answer["meta"]["truncated"], false, "{}", answer["meta"]);
    let mut datagrams: Vec<(String, u64, u64)> =
        answer["rows"].as_array().expect("rows").iter().map(datagram).collect();
    datagrams.sort();
    assert_eq!(datagrams.iter().map(|(_, _, records)| records).sum::<u64>(), after);
    for pair in datagrams.windows(2) {
        let [(stream, sequence, records), (next_stream, next_sequence, _)] = pair else { continue };
        if stream == next_stream {
            assert_eq!(
                sequence + records,
                *next_sequence,
                "records of {stream} between {sequence} and {next_sequence}"
            );
        }
    }
    assert!(datagrams.iter().all(|(_, _, records)| *records <= 30));

    // What comes after the restart adds to it.
    let sent = weir.generate("v9", 500, 1);
    assert_eq!(weir.wait_for_flows(None, after + sent.flows).flows, after + sent.flows);
    assert_adds_up(&weir.accounting());
}

/// Stream, sequence number and number of records of one datagram.
fn datagram(row: &Value) -> (String, u64, u64) {
    let stream = format!("{} {} {}", row["exporter"], row["exporter_port"], row["domain_id"]);
    (stream, row["sequence"].as_u64().expect("a sequence"), row["flows"].as_u64().expect("a count"))
}

fn question(mut body: Value) -> Value {
    for (key, value) in ALWAYS {
        body[key] = json!(value);
    }
    body
}

/// Asks the data directory rather than the server.
fn sums_of_directory(weir: &Weir) -> Sums {
    let data = weir.launch().data().to_str().expect("a path in UTF-8").to_owned();
    let [(_, from), (_, to)] = ALWAYS;
    let finished =
        weir.run(["query", "--data", &data, "--from", from, "--to", to, "--format", "json"]).expect_code(0);
    Sums::of_answer(&finished.json())
}
