//! IPFIX over TCP against the real binary: framing, connections that live apart, bounds, damage.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use weir_testkit::{Launch, Sums, Weir, assert_adds_up, wait_until};

mod ipfix;

use ipfix::{data, message, template};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const PATIENCE: Duration = Duration::from_secs(30);

fn launch(configuration: &str) -> Weir {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    fs::write(&file, configuration).unwrap();
    launch
        .arguments(["--config", file.to_str().unwrap(), "--listen", "127.0.0.1:0"])
        .arguments(["--listen", "tcp://127.0.0.1:0"])
        .start()
}

fn tcp(weir: &Weir) -> SocketAddr {
    weir.run_file().tcp[0]
}

fn connect(weir: &Weir) -> TcpStream {
    TcpStream::connect(tcp(weir)).unwrap()
}

/// What health says of the TCP port.
fn listener(weir: &Weir) -> Value {
    let health = weir.http().get_json("/api/v1/health");
    let all = health["listeners"].as_array().unwrap();
    all.iter().find(|one| one["transport"] == "tcp").unwrap_or_else(|| panic!("{health}")).clone()
}

fn wait_for_connections(weir: &Weir, count: u64) {
    wait_until(&format!("{count} open connections"), PATIENCE, || {
        (listener(weir)["connections"] == count).then_some(())
    });
}

fn wait_for_rejected(weir: &Weir, reason: &str, count: u64) -> Value {
    let accounting = wait_until(&format!("{count} times `{reason}`"), PATIENCE, || {
        let accounting = weir.accounting();
        (accounting["datagrams"]["rejected"][reason] == count).then_some(accounting)
    });
    assert_adds_up(&accounting);
    accounting
}

/// Waits for the other side to close, and fails if it does not.
fn assert_closed(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(0) => {}
        Ok(_) => panic!("a collector has nothing to say"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
    }
}

/// The value of a metric's series whose labels contain `label`.
fn metric(weir: &Weir, name: &str, label: &str) -> u64 {
    let text = weir.http().request("GET", "/metrics", &[], b"").unwrap().text();
    let line = text.lines().find(|line| line.starts_with(&format!("{name}{{")) && line.contains(label));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("{name} {label} in {text}"))
}

#[test]
fn messages_arrive_however_they_are_cut() {
    let weir = launch("");
    let one = message(7, 0, &[template(1, 2), data([10, 0, 0, 1], 1000, 10, 3)]);
    let two = message(7, 3, &[data([10, 0, 0, 2], 500, 5, 100)]);

    // Small writes, each in a segment of its own.
    let mut small = connect(&weir);
    small.set_nodelay(true).unwrap();
    for byte in &one {
        small.write_all(&[*byte]).unwrap();
    }
    // Several messages in one write, the last of them cut in its header and then completed.
    let mut large = connect(&weir);
    let stream = [&one[..], &two, &two, &two].concat();
    let (begin, end) = stream.split_at(stream.len() - two.len() + 3);
    large.write_all(begin).unwrap();
    wait_for_connections(&weir, 2);
    weir.wait_for_flows(None, 3 + 3 + 200);
    large.write_all(end).unwrap();

    let found = weir.wait_for_flows(None, 306);
    assert_eq!(found, Sums { flows: 306, bytes: 6 * 1000 + 300 * 500, packets: 6 * 10 + 300 * 5 });
    drop((small, large));
    wait_for_connections(&weir, 0);
    let accounting = weir.wait_until_stored();
    assert_adds_up(&accounting);
    assert_eq!(accounting["datagrams"]["received"], 5);
    assert_eq!(listener(&weir)["datagrams"], 5);
    assert_eq!(metric(&weir, "weir_listen_connections_closed_total", "\"ended\""), 2);
}

#[test]
fn a_message_of_the_greatest_length_in_two_halves() {
    let weir = launch("");
    let count = (65_535 - 16 - 16 - 4 - 4) / 20;
    let long = message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 1, 1, count)]);
    assert!(long.len() > 65_500);
    let mut stream = connect(&weir);
    for half in long.chunks(40_000) {
        stream.write_all(half).unwrap();
    }
    assert_eq!(weir.wait_for_flows(None, count as u64).bytes, count as u64);
}

#[test]
fn connections_have_their_own_templates() {
    let weir = launch("");
    let mut first = connect(&weir);
    let mut second = connect(&weir);
    // The same domain and template id, the counters the other way round.
    first.write_all(&message(1, 0, &[template(1, 2)])).unwrap();
    second.write_all(&message(1, 0, &[template(2, 1)])).unwrap();
    wait_until("both templates", PATIENCE, || (weir.accounting()["datagrams"]["decoded"] == 2).then_some(()));
    first.write_all(&message(1, 0, &[data([10, 0, 0, 1], 1000, 1, 5)])).unwrap();
    second.write_all(&message(1, 0, &[data([10, 0, 0, 2], 1, 1000, 5)])).unwrap();
    let found = weir.wait_for_flows(None, 10);
    assert_eq!(found, Sums { flows: 10, bytes: 10_000, packets: 10 });
}

#[test]
fn damage_ends_its_own_connection_only() {
    let weir = launch("");
    let mut good = connect(&weir);
    let sound = message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 100, 1, 4)]);
    good.write_all(&sound).unwrap();

    let mut garbage = connect(&weir);
    garbage.write_all(b"GET / HTTP/1.1\r\nHost: collector\r\n\r\n").unwrap();
    assert_closed(&mut garbage);
    let mut netflow9 = connect(&weir);
    netflow9.write_all(&[0, 9, 0, 1, 0, 0, 0, 0]).unwrap();
    assert_closed(&mut netflow9);
    wait_for_rejected(&weir, "not_ipfix", 2);

    // What stood before the damage counts.
    let mut short = connect(&weir);
    short.write_all(&[&sound[..], &[0, 10, 0, 15]].concat()).unwrap();
    assert_closed(&mut short);
    wait_for_rejected(&weir, "impossible_length", 1);

    let mut cut = connect(&weir);
    cut.write_all(&sound[..30]).unwrap();
    drop(cut);
    wait_for_rejected(&weir, "cut_short", 1);

    wait_for_connections(&weir, 1);
    good.write_all(&message(1, 4, &[data([10, 0, 0, 1], 100, 1, 6)])).unwrap();
    assert_eq!(weir.wait_for_flows(None, 14), Sums { flows: 14, bytes: 1400, packets: 14 });
    let log = weir.log();
    assert!(log.contains("NetFlow v9 goes over UDP only"), "{log}");
}

#[test]
fn bounds_on_connections_hold_and_those_with_history_stay() {
    let weir = launch("[listen.connections]\ntotal = 3\nper_address = 3\n");
    let sound = message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 100, 1, 1)]);
    let mut useful = connect(&weir);
    useful.write_all(&sound).unwrap();
    weir.wait_for_flows(None, 1);
    let _silent = connect(&weir);
    let _silent_too = connect(&weir);
    wait_for_connections(&weir, 3);
    let mut refused = connect(&weir);
    assert_closed(&mut refused);
    assert_eq!(metric(&weir, "weir_listen_connections_total", "too_many_from_address"), 1);
    useful.write_all(&message(1, 1, &[data([10, 0, 0, 1], 100, 1, 1)])).unwrap();
    weir.wait_for_flows(None, 2);

    let weir = launch("[listen.connections]\ntotal = 2\n");
    let mut useful = connect(&weir);
    useful.write_all(&sound).unwrap();
    weir.wait_for_flows(None, 1);
    let mut silent = connect(&weir);
    wait_for_connections(&weir, 2);
    let mut late = connect(&weir);
    assert_closed(&mut silent);
    late.write_all(&sound).unwrap();
    weir.wait_for_flows(None, 2);
    let mut none_left = connect(&weir);
    assert_closed(&mut none_left);
    assert_eq!(metric(&weir, "weir_listen_connections_total", "\"too_many\""), 1);
    assert_eq!(metric(&weir, "weir_listen_connections_closed_total", "made_room"), 1);
    useful.write_all(&message(1, 1, &[data([10, 0, 0, 1], 100, 1, 1)])).unwrap();
    weir.wait_for_flows(None, 3);
}

#[test]
fn slow_and_silent_peers_are_ended_and_hold_nobody_up() {
    let weir = launch("[listen.connections]\nidle_timeout = \"3s\"\nmessage_timeout = \"1s\"\n");
    let sound = message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 100, 1, 1)]);
    let mut silent = connect(&weir);
    let mut slow = connect(&weir);
    slow.write_all(&sound[..20]).unwrap();
    let begun = Instant::now();
    // While they hang, another one is served.
    let mut quick = connect(&weir);
    quick.write_all(&sound).unwrap();
    weir.wait_for_flows(None, 1);
    assert_closed(&mut slow);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_closed(&mut silent);
    assert_closed(&mut quick);
    wait_for_rejected(&weir, "cut_short", 1);
    assert_eq!(metric(&weir, "weir_listen_connections_closed_total", "slow_message"), 1);
    assert_eq!(metric(&weir, "weir_listen_connections_closed_total", "\"idle\""), 2);
}

#[test]
fn a_stop_takes_what_is_on_the_way() {
    let mut weir = launch("");
    let mut stream = connect(&weir);
    let sound = message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 100, 1, 1000)]);
    let first = message(1, 0, &[data([10, 0, 0, 1], 100, 1, 1000)]);
    stream.write_all(&sound).unwrap();
    for _ in 0..9 {
        stream.write_all(&first).unwrap();
    }
    assert!(weir.terminate().success());
    assert_closed(&mut stream);
    weir.start();
    assert_eq!(weir.wait_for_flows(None, 10_000).bytes, 1_000_000);
}
