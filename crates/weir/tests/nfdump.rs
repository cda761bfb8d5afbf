//! The same filters in nfdump's words, over the same datagrams: nfdump and Weir must find the same records.
//!
//! Weir relays what it receives to `nfcapd`, so that both have every datagram.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use weir_testkit::{Launch, Sums, has_program, run, skip, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const PATIENCE: Duration = Duration::from_mins(1);
/// Few enough for the usual receive buffer of `nfcapd`, should it fall behind.
const FLOWS: u64 = 3_000;

/// What Weir and nfdump have in common, and where one of them could be read differently. Not `as` and `mask`: nfdump
/// 1.7.1 refuses the one without a database of places, and finds nothing by the other.
const FILTERS: &[&str] = &[
    "any",
    "proto tcp",
    "proto udp and dst port 53",
    "not proto tcp and not proto udp",
    "src port > 1024 and dst port < 1024",
    "port in [ 22 25 53 443 ]",
    "net 10.0.0.0/8",
    "src net 10.1.0.0 255.255.0.0 and not dst net 10.0.0.0/8",
    "host 10.1.1.60 or dst ip 10.3.1.60",
    "flags S",
    "flags SA and not flags R",
    "proto tcp and flags S and not flags AF",
    "not flags AF",
    "flags = 2",
    "bytes > 1M",
    "bytes < 100 or packets > 1k",
    "packets = 1 and bytes > 60",
    "any and duration > 1000",
    "any and duration = 0",
    "proto tcp and duration < 10",
    "pps > 100",
    "bps > 1m and proto tcp",
    "bpp > 1000",
    "tos 0",
    "in if 1 or out if 2",
    "if 3",
    "inet",
    "icmp-type 8",
    "proto icmp or (proto tcp and port 443 and bytes > 10k)",
    "src port 443 or src port 80 and packets > 10",
];

#[test]
fn agrees_with_nfdump_on_its_own_filters() {
    if !has_program("nfcapd") || !has_program("nfdump") {
        return skip("nfdump is not installed (`scripts/setup.sh test` installs it)");
    }
    for (seed, protocol) in [(3, "v5"), (4, "v9")] {
        let launch = Launch::new(WEIR);
        let kept = launch.folder().join("nfcapd");
        fs::create_dir(&kept).unwrap();
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut nfcapd = start_nfcapd(&kept, port);
        let file = launch.folder().join("weir.toml");
        fs::write(&file, format!("[[listen.relay]]\nto = \"127.0.0.1:{port}\"\n")).unwrap();
        let weir = launch.arguments(["--config", file.to_str().unwrap()]).start();
        let sent = weir.generate(protocol, FLOWS, seed);
        weir.wait_for_flows(None, sent.flows);
        wait_until("nfcapd has taken every datagram", PATIENCE, || (queued(port)? == 0).then_some(()));
        stop(&mut nfcapd);

        let mut found_some = 0;
        for filter in FILTERS {
            let theirs = ask_nfdump(&kept, filter);
            let ours = weir.sums(Some(filter));
            assert_eq!(ours, theirs, "{protocol}: `{filter}`");
            found_some += usize::from(ours.flows > 0 && ours.flows < FLOWS);
        }
        assert_eq!(weir.sums(Some("any")).flows, sent.flows);
        // Agreement on nothing, or on everything, would say little.
        assert!(found_some > FILTERS.len() / 2, "{found_some} of {} filters choose", FILTERS.len());
    }
}

fn start_nfcapd(kept: &Path, port: u16) -> Child {
    let nfcapd = Command::new("nfcapd")
        .args(["-b", "127.0.0.1", "-p", &port.to_string(), "-t", "3600", "-B", "2000000", "-w"])
        .arg(kept)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("nfcapd listens", PATIENCE, || queued(port));
    nfcapd
}

/// Bytes that wait in the socket on a port; nothing while there is no such socket.
fn queued(port: u16) -> Option<u64> {
    let tables = ["/proc/net/udp", "/proc/net/udp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let suffix = format!(":{port:04X}");
    tables.iter().flat_map(|table| table.lines().skip(1)).find_map(|line| {
        let mut columns = line.split_whitespace();
        let local = columns.nth(1)?;
        let queues = columns.nth(2)?;
        let (_, waiting) = queues.split_once(':')?;
        local.ends_with(&suffix).then(|| u64::from_str_radix(waiting, 16).ok())?
    })
}

/// It writes its file when it is told to end.
fn stop(nfcapd: &mut Child) {
    run(Command::new("kill").arg(nfcapd.id().to_string()), PATIENCE).expect_code(0);
    assert!(nfcapd.wait().unwrap().success());
}

/// Reads `Summary: total flows: 3, total bytes: 7, total packets: 4, ...`.
fn ask_nfdump(kept: &Path, filter: &str) -> Sums {
    let mut command = Command::new("nfdump");
    command.arg("-R").arg(kept).args(["-N", filter]);
    let finished = run(&mut command, PATIENCE);
    let answer = finished.stdout;
    assert_eq!(finished.code, 0, "`{filter}`: {answer}{}", finished.stderr);
    let number = |name: &str| {
        let rest = answer.split_once(&format!("total {name}: ")).map_or("", |(_, rest)| rest);
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().unwrap_or_else(|_| panic!("no total {name} for `{filter}`: {answer}"))
    };
    if !answer.contains("total flows: ") && answer.contains("No matching flows") {
        return Sums::default();
    }
    Sums { flows: number("flows"), bytes: number("bytes"), packets: number("packets") }
}
