//! Alerts of a running server, from the command line.

#![expect(clippy::unwrap_used, reason = "a test that cannot run says so")]

use std::fs;
use std::time::Duration;

use serde_json::Value;
use weir_testkit::{Launch, Weir, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// Fires on any flow over UDP.
const RULE: &str = "title: Anything over UDP\nid: 5d3ed6a5-3e2b-4d7c-8a51-0f6c7a1f0001\nstatus: test\nlevel: high\n\
    logsource:\n  category: network\n  service: connection\ndetection:\n  selection:\n    network.transport: udp\n  \
    condition: selection\ntags:\n  - attack.t1046\n";

/// A server with alerts.
fn watching() -> Weir {
    let launch = Launch::new(WEIR);
    let rules = launch.folder().join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("any.yml"), RULE).unwrap();
    let file = launch.folder().join("weir.toml");
    fs::write(&file, format!("[detect]\nbuiltin = false\nrules = \"{}\"\n", rules.display())).unwrap();
    let path = file.to_str().unwrap().to_owned();
    let weir = launch.arguments(["--config", &path]).start();
    weir.generate("v5", 200, 1);
    wait_until("alerts", Duration::from_secs(30), || {
        let list = weir.http().get_json("/api/v1/alerts?limit=1");
        (list["counts"]["triage"].as_u64().unwrap() > 1).then_some(())
    });
    weir
}

/// `weir alerts …` against a server: what it prints.
fn alerts(weir: &Weir, arguments: &[&str]) -> String {
    let url = format!("http://{}", weir.run_file().http);
    let all = ["alerts"].iter().chain(arguments).copied().chain(["--url", &url, "--who", "ana"]);
    weir.run(all).expect_code(0).stdout
}

#[test]
fn alerts_are_listed_shown_and_acted_on() {
    let weir = watching();
    let table = alerts(&weir, &["ls", "--level", "high"]);
    assert!(table.starts_with("id  ") && table.contains("Anything over UDP"), "{table}");
    let list: Value = serde_json::from_str(&alerts(&weir, &["ls", "--format", "json"])).unwrap();
    let id = list["alerts"][0]["id"].as_i64().unwrap().to_string();
    let shown = alerts(&weir, &["show", &id]);
    assert!(shown.contains("T1046") && shown.contains("created"), "{shown}");

    let findings = alerts(&weir, &["ls", "--limit", "2", "--format", "ocsf"]);
    let classes: Vec<Value> = findings
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["class_uid"].clone())
        .collect();
    assert_eq!(classes, [2004, 2004]);
    assert!(alerts(&weir, &["show", &id, "--format", "cef"]).starts_with("CEF:0|Weir|Weir|"));
    assert!(
        alerts(&weir, &["show", &id, "--format", "markdown"]).starts_with("## Anything over UDP (high)\n")
    );

    assert!(alerts(&weir, &["note", &id, "--text", "asked the owner"]).starts_with("1 alert is changed; "));
    alerts(&weir, &["assign", &id, "--to", "ben"]);
    alerts(&weir, &["ack", &id]);
    let closed = alerts(&weir, &["close", &id, "--verdict", "benign", "--format", "json"]);
    let token = serde_json::from_str::<Value>(&closed).unwrap()["undo"].as_str().unwrap().to_owned();
    let history = alerts(&weir, &["show", &id]);
    assert!(
        history.contains("closed, benign") && history.contains("ana: note, asked the owner"),
        "{history}"
    );
    assert!(alerts(&weir, &["ls", "--state", "closed"]).contains("closed, benign"));
    alerts(&weir, &["undo", &token]);
    assert_eq!(alerts(&weir, &["ls", "--state", "closed"]), "no alerts match\n");
}

#[test]
fn what_is_wrong_is_told_with_an_exit_code() {
    let weir = watching();
    let url = format!("http://{}", weir.run_file().http);
    let wrong = weir.run(["alerts", "show", "99999", "--url", &url]).expect_code(2);
    assert!(wrong.stderr.contains("there is no alert 99999"), "{}", wrong.stderr);
    let wrong = weir.run(["alerts", "ls", "--state", "new", "--url", &url]).expect_code(2);
    assert!(wrong.stderr.contains("it can be open, mine"), "{}", wrong.stderr);
    weir.run(["alerts", "close", "1", "--url", &url]).expect_code(2);
    let nobody = weir.run(["alerts", "ls", "--url", "127.0.0.1:9"]).expect_code(1);
    assert!(nobody.stderr.contains("no server answers at http://127.0.0.1:9"), "{}", nobody.stderr);
}

#[test]
fn suppressions_hide_count_and_end() {
    let weir = watching();
    let rule = "5d3ed6a5-3e2b-4d7c-8a51-0f6c7a1f0001";
    let tried = alerts(&weir, &["suppress", "add", "--rule", rule, "--dry-run"]);
    assert!(tried.contains("would have hidden"), "{tried}");
    let add = ["suppress", "add", "--rule", rule, "--filter", "src_ip in 0.0.0.0/0", "--reason", "a test"];
    let made = alerts(&weir, &add);
    assert!(made.starts_with("suppression 1 is in force until 2"), "{made}");
    assert_eq!(alerts(&weir, &["ls"]), "no alerts match\n");
    assert!(alerts(&weir, &["ls", "--state", "suppressed"]).contains("open, suppressed"));
    let listed = alerts(&weir, &["suppress", "ls"]);
    assert!(listed.contains("a test") && listed.contains("ana"), "{listed}");
    assert!(alerts(&weir, &["suppress", "rm", "1"]).starts_with("suppression 1 has ended"));
    assert!(alerts(&weir, &["ls"]).contains("Anything over UDP"));
    let url = format!("http://{}", weir.run_file().http);
    weir.run(["alerts", "suppress", "add", "--reason", "everything", "--url", &url]).expect_code(2);
}
