//! `weir doctor`: it finds what is wrong, says what to do, and ends with an exit code that a script can use.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use weir_testkit::{Finished, Launch, Weir, run, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// The finding of a check, if there is one.
fn find<'a>(answer: &'a Value, check: &str) -> Option<&'a Value> {
    answer["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check)
}

/// Kernel settings of a machine that grants small buffers only.
fn kernel(launch: &Launch) -> PathBuf {
    let proc_sys = launch.folder().join("proc-sys");
    fs::create_dir_all(proc_sys.join("net/core")).unwrap();
    fs::write(proc_sys.join("net/core/rmem_max"), "212992\n").unwrap();
    proc_sys
}

fn offline(launch: &Launch, port: &UdpSocket, more: &[&str]) -> Finished {
    let file = launch.folder().join("weir.toml");
    let address = port.local_addr().unwrap();
    fs::write(&file, format!("[listen]\naddresses = [\"{address}\"]\n")).unwrap();
    let mut command = launch.command();
    command.arg("doctor").arg("--config").arg(&file).arg("--data").arg(launch.data());
    command.arg("--proc-sys").arg(kernel(launch));
    command.arg("--sysctl-dir").arg(launch.folder().join("sysctl.d")).args(more);
    run(&mut command, Duration::from_secs(30))
}

#[test]
fn a_machine_that_is_not_ready() {
    let launch = Launch::new(WEIR);
    let port = UdpSocket::bind("127.0.0.1:0").unwrap();
    let number = port.local_addr().unwrap().port().to_string();
    let found = offline(&launch, &port, &["--format", "json"]);
    assert_eq!(found.code, 1, "{}{}", found.stdout, found.stderr);
    let answer = found.json();
    let occupied = find(&answer, "port").unwrap();
    assert_eq!(occupied["severity"], "error");
    assert!(occupied["problem"].as_str().unwrap().contains(&number), "{occupied}");
    assert!(occupied["command"].as_str().unwrap().starts_with("ss -lunp"), "{occupied}");
    let buffer = find(&answer, "receive_buffer").unwrap();
    assert_eq!(
        (&buffer["severity"], &buffer["command"]),
        (&Value::from("warning"), &Value::from("sysctl -w net.core.rmem_max=33554432"),)
    );
    assert!(!launch.data().exists(), "looking changes nothing");

    let text = offline(&launch, &port, &[]).stdout;
    for part in ["no server answers", "ERROR: another program has UDP port", "why:", "do:", "1 errors, "] {
        assert!(text.contains(part), "`{part}` in: {text}");
    }
}

#[test]
fn the_kernels_limit_is_raised_when_asked() {
    let launch = Launch::new(WEIR);
    let free = UdpSocket::bind("127.0.0.1:0").unwrap();
    let applied = offline(&launch, &free, &["--apply"]);
    assert!(
        applied.stdout.contains("changed: net.core.rmem_max from 212992 to 67108864"),
        "{}",
        applied.stdout
    );
    let kept = launch.folder().join("sysctl.d/60-weir.conf");
    assert!(applied.stdout.contains(kept.to_str().unwrap()), "{}", applied.stdout);
    assert!(fs::read_to_string(kept).unwrap().contains("\nnet.core.rmem_max = 67108864\n"));
    let set = fs::read_to_string(launch.folder().join("proc-sys/net/core/rmem_max")).unwrap();
    assert_eq!(set, "67108864\n");

    // Faster exporters need more.
    let faster = offline(&launch, &free, &["--rate", "200000", "--apply"]);
    assert!(faster.stdout.contains("from 212992 to 134217728"), "{}", faster.stdout);
}

/// A NetFlow v5 datagram of one record.
fn v5(sequence: u32) -> Vec<u8> {
    let mut bytes = vec![0; 24 + 48];
    bytes[..4].copy_from_slice(&[0, 5, 0, 1]);
    bytes[16..20].copy_from_slice(&sequence.to_be_bytes());
    bytes
}

/// A NetFlow v9 datagram with a data set whose template nobody sent.
fn v9_without_template() -> Vec<u8> {
    let mut bytes = vec![0, 9, 0, 1];
    bytes.extend([0; 16]);
    bytes.extend([1, 44, 0, 12]);
    bytes.extend([1; 8]);
    bytes
}

fn examine(weir: &Weir) -> Finished {
    let url = format!("http://{}", weir.run_file().http);
    weir.run(["doctor", "--url", &url, "--format", "json"])
}

#[test]
fn a_server_with_sick_exporters() {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    fs::write(&file, "[listen]\nreceive_buffer = \"16KiB\"\n").unwrap();
    let weir = launch.arguments(["--config", file.to_str().unwrap()]).start();
    let well = examine(&weir);
    assert_eq!(well.code, 0, "a small buffer is only a warning: {}", well.stdout);
    let buffer = well.json();
    let buffer = find(&buffer, "receive_buffer").unwrap();
    assert!(buffer["command"].as_str().unwrap().contains("receive_buffer"), "{buffer}");

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for sequence in [0, 1, 501] {
        socket.send_to(&v5(sequence), weir.listener()).unwrap();
    }
    socket.send_to(&v9_without_template(), weir.listener()).unwrap();
    let answer = wait_until("the doctor sees it", Duration::from_secs(30), || {
        let found = examine(&weir);
        let answer = found.json();
        let both = find(&answer, "gaps").is_some() && find(&answer, "templates").is_some();
        both.then_some((found.code, answer))
    });
    let (code, answer) = answer;
    assert_eq!(code, 1, "{answer:#}");
    let gaps = find(&answer, "gaps").unwrap();
    assert_eq!(gaps["severity"], "error");
    assert!(gaps["problem"].as_str().unwrap().contains("499 flows are missing"), "{gaps}");
    let templates = find(&answer, "templates").unwrap();
    assert!(templates["problem"].as_str().unwrap().contains("1 sets of records"), "{templates}");
    // The directory leads to the same server.
    let data = weir.launch().data().to_str().unwrap();
    let by_directory = weir.run(["doctor", "--data", data]);
    assert_eq!(by_directory.code, 1);
    assert!(by_directory.stdout.contains("499 flows are missing"), "{}", by_directory.stdout);
}

#[test]
fn a_server_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let finished = run(Launch::new(WEIR).command().args(["doctor", "--url", &url]), Duration::from_secs(30));
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stderr.contains(&url) && finished.stderr.contains("help: "), "{}", finished.stderr);
}
