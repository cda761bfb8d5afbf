//! `listen.allow` and `listen.relay` at the real binary's sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod ipfix;

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use ipfix::{data, message, template};
use weir_testkit::{Launch, Weir, assert_adds_up, run, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const PATIENCE: Duration = Duration::from_secs(30);

fn configured(configuration: &str, listen: &[&str]) -> Launch {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    fs::write(&file, configuration).unwrap();
    let mut launch = launch.arguments(["--config", file.to_str().unwrap()]);
    for address in listen {
        launch = launch.arguments(["--listen", address]);
    }
    launch
}

fn sound() -> Vec<u8> {
    message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 100, 1, 1)])
}

fn send_from(source: &str, to: SocketAddr, bytes: &[u8]) {
    UdpSocket::bind((source, 0)).unwrap().send_to(bytes, to).unwrap();
}

fn wait_for_refused(weir: &Weir, count: u64) {
    let accounting = wait_until(&format!("{count} not allowed"), PATIENCE, || {
        let now = weir.accounting();
        (now["datagrams"]["rejected"]["not_allowed"] == count).then_some(now)
    });
    assert_adds_up(&accounting);
}

#[test]
fn only_allowed_addresses_leave_a_trace() {
    // The wildcard socket sees IPv4 as mapped addresses.
    let listen = ["[::]:0", "tcp://[::]:0"];
    let weir = configured("[listen]\nallow = [\"127.0.0.2/31\", \"::1\"]\n", &listen).start();
    let port = weir.listener().port();
    send_from("127.0.0.1", SocketAddr::from(([127, 0, 0, 1], port)), &sound());
    wait_for_refused(&weir, 1);
    send_from("127.0.0.2", SocketAddr::from(([127, 0, 0, 1], port)), &sound());
    send_from("127.0.0.3", SocketAddr::from(([127, 0, 0, 1], port)), &sound());
    send_from("::1", SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)), &sound());
    weir.wait_for_flows(None, 3);

    let tcp = weir.run_file().tcp[0].port();
    let mut refused = TcpStream::connect(("127.0.0.1", tcp)).unwrap();
    // It may be closed already.
    let _closed = refused.write_all(&sound());
    wait_for_refused(&weir, 2);
    let mut allowed = TcpStream::connect(("::1", tcp)).unwrap();
    allowed.write_all(&sound()).unwrap();
    weir.wait_for_flows(None, 4);
    let exporters = weir.http().get_json("/api/v1/exporters");
    let all = exporters["exporters"].as_array().unwrap();
    assert!(all.iter().all(|one| one["exporter"] != "127.0.0.1"), "{exporters}");
}

#[test]
fn relays_every_allowed_datagram_unchanged_and_survives_a_missing_collector() {
    let there = UdpSocket::bind("127.0.0.1:0").unwrap();
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = there.local_addr().unwrap();
    let configuration = format!(
        "[listen]\nallow = [\"127.0.0.1\"]\n[[listen.relay]]\nto = \"{gone}\"\n[[listen.relay]]\nto = \"{to}\"\n"
    );
    let weir = configured(&configuration, &["127.0.0.1:0"]).start();
    send_from("127.0.0.9", weir.listener(), b"not for anybody");
    wait_for_refused(&weir, 1);
    // One exporter, so one worker: the order is kept. Also what Weir itself cannot read.
    let exporter = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut sent = Vec::new();
    for at in 0..100u32 {
        let datagram = if at % 10 == 3 {
            vec![at as u8; at as usize]
        } else {
            message(1, at, &[template(1, 2), data([10, 0, 0, 1], 100, 1, at as usize % 60 + 1)])
        };
        exporter.send_to(&datagram, weir.listener()).unwrap();
        sent.push(datagram);
    }
    there.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = [0; 2000];
    for datagram in &sent {
        let length = there.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], &datagram[..]);
    }
    let metrics = weir.http().request("GET", "/metrics", &[], b"").unwrap().text();
    let count = format!("weir_relay_datagrams_total{{destination=\"{to}\",outcome=\"sent\"}} 100");
    assert!(metrics.contains(&count), "{metrics}");
    wait_until("all datagrams", PATIENCE, || {
        (weir.accounting()["datagrams"]["received"] == 101).then_some(())
    });
    assert_adds_up(&weir.accounting());
}

#[test]
fn refuses_to_relay_to_itself() {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let launch =
        configured(&format!("[[listen.relay]]\nto = \"127.0.0.1:{port}\"\n"), &[&format!("0.0.0.0:{port}")]);
    let refused = run(&mut launch.serve_command(), PATIENCE).expect_code(1);
    assert!(refused.stderr.contains("go round for ever"), "{}", refused.stderr);
    assert!(refused.stderr.contains("\nhelp: "), "{}", refused.stderr);
}

#[test]
fn says_how_to_write_prefixes_and_addresses() {
    for (configuration, about) in [
        ("[listen]\nallow = [\"10.1.2.0/33\"]\n", "`10.1.2.0/33` has no length of 0 to 32 bits"),
        ("[listen]\nallow = [\"office\"]\n", "`office` is no address prefix"),
        ("[listen]\naddresses = [\"sctp://[::]:4739\"]\n", "tcp://ADDRESS:PORT"),
    ] {
        let launch = configured(configuration, &[]);
        let refused = run(&mut launch.serve_command(), PATIENCE).expect_code(2);
        assert!(refused.stderr.contains(about), "{about} in: {}", refused.stderr);
    }
}

#[test]
fn loading_beside_a_running_server_says_what_to_do() {
    let weir = configured("", &["127.0.0.1:0"]).start();
    let file = weir.launch().folder().join("one.bin");
    fs::write(&file, sound()).unwrap();
    let data = weir.launch().data().to_str().unwrap();
    let refused = weir.run(["load", file.to_str().unwrap(), "--data", data]).expect_code(1);
    assert!(refused.stderr.contains(data) && refused.stderr.contains("\nhelp: "), "{}", refused.stderr);
}
