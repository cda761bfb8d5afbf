//! IPFIX over TLS, sent by `openssl s_client`: with and without certificates of exporters, and what is refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod ipfix;

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ipfix::{data, message, template};
use weir_testkit::{Launch, Weir, assert_adds_up, has_program, run, skip, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const PATIENCE: Duration = Duration::from_mins(1);

fn openssl(folder: &Path, words: &str) {
    let mut command = Command::new("openssl");
    run(command.args(words.split_whitespace()).current_dir(folder), PATIENCE).expect_code(0);
}

/// An authority in `NAME-ca.pem`, and a certificate that it signed in `NAME.pem` and `NAME.key`.
fn certificates(folder: &Path, name: &str) {
    let elliptic = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    openssl(
        folder,
        &format!("req -x509 {elliptic} -subj /CN={name}-ca -keyout {name}-ca.key -out {name}-ca.pem"),
    );
    openssl(
        folder,
        &format!(
            "req -x509 {elliptic} -subj /CN={name} -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
             -CA {name}-ca.pem -CAkey {name}-ca.key -keyout {name}.key -out {name}.pem"
        ),
    );
}

fn configure(launch: Launch, tls: &str) -> Launch {
    let file = launch.folder().join("weir.toml");
    fs::write(&file, format!("[listen.tls]\n{tls}")).unwrap();
    launch
        .arguments(["--config", file.to_str().unwrap(), "--listen", "127.0.0.1:0"])
        .arguments(["--listen", "tls://127.0.0.1:0"])
}

/// Sends a file's bytes with `openssl s_client`; whether that went well is seen at the other end.
fn send(weir: &Weir, extra: &[&str], bytes: &[u8]) {
    let folder = weir.launch().folder();
    let mut child = Command::new("openssl")
        .args(["s_client", "-quiet", "-no_ign_eof", "-connect", &weir.run_file().tls[0].to_string()])
        .args(["-CAfile", "collector-ca.pem", "-verify_return_error", "-verify_hostname", "localhost"])
        .args(extra)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A refused client closes its pipe early.
    let _refused = child.stdin.take().unwrap().write_all(bytes);
    wait_until("the end of s_client", PATIENCE, || child.try_wait().unwrap());
}

fn wait_for_metric(weir: &Weir, line: &str) {
    wait_until(line, PATIENCE, || {
        let text = weir.http().request("GET", "/metrics", &[], b"").unwrap().text();
        text.lines().any(|one| one.contains(line)).then_some(())
    });
}

#[test]
fn takes_what_openssl_sends() {
    if !has_program("openssl") {
        return skip("openssl is not installed");
    }
    let launch = Launch::new(WEIR);
    certificates(launch.folder(), "collector");
    let weir = configure(launch, "certificate = \"collector.pem\"\nkey = \"collector.key\"\n").start();
    let mut bytes = message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 1000, 2, 50)]);
    for sequence in 0..40u32 {
        bytes.extend(message(1, 50 + sequence * 1000, &[data([10, 0, 0, 2], 10, 1, 1000)]));
    }
    send(&weir, &[], &bytes);
    let found = weir.wait_for_flows(None, 40_050);
    assert_eq!((found.flows, found.bytes, found.packets), (40_050, 450_000, 40_100));
    // TLS 1.2 as well: exporters are old.
    send(&weir, &["-tls1_2"], &message(1, 0, &[template(1, 2), data([10, 0, 0, 3], 1, 1, 1)]));
    weir.wait_for_flows(None, 40_051);
    let exporters = weir.http().get_json("/api/v1/exporters");
    assert!(
        exporters["exporters"].as_array().unwrap().iter().any(|one| one["transport"] == "tls"),
        "{exporters}"
    );
    assert_adds_up(&weir.wait_until_stored());

    // A client without TLS ends its own connection only.
    // The write may find it ended already.
    let _ended = TcpStream::connect(weir.run_file().tls[0]).unwrap().write_all(&bytes);
    wait_for_metric(&weir, "reason=\"tls_failed\"} 1");
}

#[test]
fn lets_in_only_exporters_with_a_certificate_where_it_is_asked_for() {
    if !has_program("openssl") {
        return skip("openssl is not installed");
    }
    let launch = Launch::new(WEIR);
    for name in ["collector", "exporter", "stranger"] {
        certificates(launch.folder(), name);
    }
    let weir = configure(
        launch,
        "certificate = \"collector.pem\"\nkey = \"collector.key\"\nclient_ca = \"exporter-ca.pem\"\n",
    )
    .start();
    let bytes = message(1, 0, &[template(1, 2), data([10, 0, 0, 1], 1, 1, 7)]);
    send(&weir, &[], &bytes);
    wait_for_metric(&weir, "reason=\"tls_failed\"} 1");
    send(&weir, &["-cert", "stranger.pem", "-key", "stranger.key"], &bytes);
    wait_for_metric(&weir, "reason=\"tls_failed\"} 2");
    assert_eq!(weir.accounting()["datagrams"]["received"], 0);
    send(&weir, &["-cert", "exporter.pem", "-key", "exporter.key"], &bytes);
    assert_eq!(weir.wait_for_flows(None, 7).flows, 7);
}

#[test]
fn says_what_is_wrong_with_certificates() {
    if !has_program("openssl") {
        return skip("openssl is not installed");
    }
    let launch = Launch::new(WEIR);
    for name in ["collector", "other"] {
        certificates(launch.folder(), name);
    }
    fs::write(launch.folder().join("empty.pem"), "nothing\n").unwrap();
    for (tls, about) in [
        ("", "`listen.tls.certificate` is not set"),
        ("certificate = \"collector.pem\"", "`listen.tls.key` is not set"),
        ("certificate = \"absent.pem\"\nkey = \"collector.key\"", "`listen.tls.certificate` absent.pem"),
        (
            "certificate = \"empty.pem\"\nkey = \"collector.key\"",
            "`listen.tls.certificate` empty.pem: it holds no",
        ),
        ("certificate = \"collector.pem\"\nkey = \"collector.pem\"", "`listen.tls.key` collector.pem"),
        ("certificate = \"collector.pem\"\nkey = \"other.key\"", "`listen.tls.key` other.key"),
        (
            "certificate = \"collector.pem\"\nkey = \"collector.key\"\nclient_ca = \"empty.pem\"",
            "`listen.tls.client_ca` empty.pem",
        ),
    ] {
        let refused = run(&mut configure(launch.clone(), tls).serve_command(), PATIENCE).expect_code(1);
        assert!(refused.stderr.contains(about), "{about} in: {}", refused.stderr);
        assert!(refused.stderr.contains("\nhelp: "), "{}", refused.stderr);
    }
}
