//! What Weir refuses to do: one clear message with what, where and what to do, and an exit code that means something.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::time::Duration;

use weir_testkit::{Finished, Launch, run};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

fn refuse(command: &mut Command) -> Finished {
    run(command, Duration::from_secs(30))
}

/// Everything a refusal must be: its exit code, an `error:`, what it is about, and what to do.
#[track_caller]
fn assert_refused(finished: &Finished, code: i32, about: &[&str]) {
    let text = &finished.stderr;
    assert_eq!(finished.code, code, "{text}");
    assert!(text.starts_with("error: "), "{text}");
    assert!(text.contains("\nhelp: ") || text.contains("did you mean"), "says what to do: {text}");
    for part in about {
        assert!(text.contains(part), "`{part}` in: {text}");
    }
    assert!(finished.stdout.is_empty(), "stdout is for results: {}", finished.stdout);
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_port_that_another_program_has() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let launch = Launch::new(WEIR).arguments(["--listen", &address]);
    assert_refused(&refuse(&mut launch.serve_command()), 1, &[&address]);
}

#[test]
fn a_port_that_another_weir_has() {
    let first = Launch::new(WEIR).start();
    let address = first.listener().to_string();
    let launch = Launch::new(WEIR).arguments(["--listen", &address]);
    assert_refused(&refuse(&mut launch.serve_command()), 1, &[&address]);

    // The first one still has all of the traffic.
    let sent = first.generate("v5", 300, 1);
    assert_eq!(first.wait_for_flows(None, sent.flows), sent.into());
}

#[test]
fn a_data_directory_that_another_weir_has() {
    let first = Launch::new(WEIR).start();
    let data = first.launch().data().to_str().unwrap();
    let mut second = first.launch().command();
    second.args(["serve", "--data", data, "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
    assert_refused(&refuse(&mut second), 1, &[data]);

    // It is none of the second's business to touch the first one's run file.
    assert!(first.launch().data().join("run.json").exists());
    assert_eq!(first.accounting()["records"]["decoded"], 0);
}

#[test]
fn an_http_port_that_another_program_has() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let launch = Launch::new(WEIR).arguments(["--http", &address]);
    assert_refused(&refuse(&mut launch.serve_command()), 1, &[&address]);
}

#[test]
fn a_data_directory_that_cannot_be_written() {
    // Nobody, root included, can make a folder below a file or in /proc.
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("file");
    fs::write(&file, "").unwrap();
    for data in [file.join("data").to_str().unwrap(), "/proc/weir-data"] {
        let mut command = launch.command();
        command.args(["serve", "--data", data, "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
        assert_refused(&refuse(&mut command), 1, &[data]);
    }
}

#[test]
fn an_unknown_key_in_the_configuration() {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    fs::write(&file, "# A comment.\n[listen]\nwrokers = 4\n").unwrap();
    let path = file.to_str().unwrap();
    let launch = launch.arguments(["--config", path]);
    let place = format!("{path}:3:1");
    let about = ["unknown key `wrokers`", &place, "3 | wrokers = 4", "did you mean `workers`?"];
    assert_refused(&refuse(&mut launch.serve_command()), 2, &about);
    assert_refused(&refuse(launch.command().args(["config", "check", "--config", path])), 2, &about);
    assert!(!launch.data().exists(), "nothing was begun");
}

#[test]
fn an_unknown_key_in_the_environment() {
    let launch = Launch::new(WEIR);
    let mut command = launch.serve_command();
    command.env("WEIR_LISTEN__WROKERS", "4");
    assert_refused(&refuse(&mut command), 2, &["WEIR_LISTEN__WROKERS", "workers"]);
}

#[test]
fn a_configuration_file_that_is_not_there() {
    let launch = Launch::new(WEIR).arguments(["--config", "absent.toml"]);
    let finished = refuse(&mut launch.serve_command());
    assert_eq!(finished.code, 2, "{}", finished.stderr);
    assert!(finished.stderr.contains("absent.toml"), "{}", finished.stderr);
}

#[test]
fn a_filter_that_is_wrong() {
    let weir = Launch::new(WEIR).start();
    let url = format!("http://{}", weir.run_file().http);
    let data = weir.launch().data().to_str().unwrap().to_owned();
    for target in [["--url", &url], ["--data", &data]] {
        for command in ["query", "flows"] {
            let ask = |filter: &str| {
                let finished = weir.run([command, target[0], target[1], filter]);
                assert!(finished.stdout.is_empty(), "{}", finished.stdout);
                finished
            };
            let unknown = ask("src_pi = 10.0.0.1");
            assert_refused(&unknown, 2, &["src_pi", "src_ip"]);
            let cut = ask("src_ip = ");
            assert_eq!(cut.code, 2, "{}", cut.stderr);
            let wrong_type = ask("bytes = 10.0.0.0/8");
            assert_eq!(wrong_type.code, 2, "{}", wrong_type.stderr);
        }
    }
}

#[test]
fn an_http_address_beyond_this_machine() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let launch = Launch::new(WEIR).arguments(["--http", address]);
        let finished = refuse(&mut launch.serve_command());
        assert_refused(&finished, 2, &[address.trim_end_matches(":0")]);
        assert!(!launch.data().exists(), "nothing was begun");
    }
}

#[test]
fn a_configuration_that_serve_would_refuse() {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    for (http, about) in [
        ("address = \"192.0.2.1:8044\"", "192.0.2.1:8044"),
        ("allowed_hosts = [\"https://weir.example.org\"]", "https://weir.example.org"),
    ] {
        fs::write(&file, format!("[http]\n{http}\n")).unwrap();
        let check = refuse(launch.command().args(["config", "check", "--config", file.to_str().unwrap()]));
        assert_refused(&check, 2, &[about]);
    }
}

#[test]
fn a_table_that_is_not_there() {
    let launch = Launch::new(WEIR);
    for command in ["query", "flows"] {
        let finished = refuse(launch.command().args([command, "--table", "flow", "--data", "."]));
        assert_eq!(finished.code, 2, "{}", finished.stderr);
        assert!(finished.stderr.contains("flows, counters"), "{}", finished.stderr);
    }
}

#[test]
fn a_request_under_a_strange_name() {
    let weir = Launch::new(WEIR).start();
    let ask = |host: &str| weir.http().request("GET", "/api/v1/accounting", &[("host", host)], b"").unwrap();
    let port = weir.run_file().http.port();
    assert_eq!(ask(&format!("localhost:{port}")).status, 200);
    for host in ["evil.example", "127.0.0.1.evil.example", &format!("evil.example:{port}")] {
        let answer = ask(host);
        assert!((400..500).contains(&answer.status), "{host}: {}", answer.status);
        assert!(!answer.text().contains("datagrams"), "{host}: {}", answer.text());
    }
}

#[test]
fn a_question_without_a_server() {
    let launch = Launch::new(WEIR);
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    assert_refused(&refuse(launch.command().args(["query", "--url", &url])), 1, &[&url, "weir serve"]);
}

#[test]
fn words_that_no_command_knows() {
    let launch = Launch::new(WEIR);
    for words in
        [&["sreve"][..], &["serve", "--prot", "1"], &["query", "--by", "no_such_field", "--data", "."]]
    {
        let finished = refuse(launch.command().args(words));
        assert_eq!(finished.code, 2, "{words:?}: {}", finished.stderr);
        assert!(finished.stderr.starts_with("error: "), "{}", finished.stderr);
    }
}
