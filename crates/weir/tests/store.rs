//! `weir store`: what there is, whether it is sound, putting it together, copying it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::time::Duration;

use serde_json::Value;
use weir_testkit::{ALWAYS, Finished, Launch, Sums, Weir, run, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const LIMIT: Duration = Duration::from_mins(2);

fn store(launch: &Launch, arguments: &[&str]) -> Finished {
    let mut command = launch.command();
    command.arg("store").args(arguments).arg("--data").arg(launch.data());
    run(&mut command, LIMIT)
}

fn ask(launch: &Launch, filter: &str) -> Value {
    let [(_, from), (_, to)] = ALWAYS;
    let mut command = launch.command();
    command
        .args(["query", filter, "--from", from, "--to", to, "--format", "json", "--data"])
        .arg(launch.data());
    run(&mut command, LIMIT).expect_code(0).json()
}

fn segments(launch: &Launch) -> Vec<Value> {
    let listed = store(launch, &["ls", "--table", "flows", "--format", "json"]).expect_code(0).json();
    listed["segments"].as_array().unwrap().clone()
}

/// A server with several segments, and what it was sent.
fn filled() -> (Weir, Sums) {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    fs::write(&file, "[store]\nsegment_rows = 500\n").unwrap();
    let weir = launch.arguments(["--config", file.to_str().unwrap()]).start();
    let mut sent = Sums::default();
    for seed in 1..=4 {
        sent = sent + weir.generate("v9", 600, seed).into();
        assert_eq!(weir.wait_for_flows(None, sent.flows), sent);
        wait_until("a segment more", LIMIT, || (segments(weir.launch()).len() as u64 >= seed).then_some(()));
    }
    weir.wait_until_stored();
    (weir, sent)
}

#[test]
fn segments_are_listed_checked_put_together_and_copied() {
    let (mut weir, sent) = filled();
    let launch = weir.launch().clone();
    // Beside a running server everything is allowed that changes nothing.
    let listed = store(&launch, &["ls"]).expect_code(0).stdout;
    assert!(listed.contains("flows: ") && listed.contains("not put together yet"), "{listed}");
    let sound = store(&launch, &["verify"]).expect_code(0).stdout;
    assert!(sound.contains("are sound"), "{sound}");
    let refused = store(&launch, &["compact"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("in use by process") && refused.stderr.contains("--url"),
        "{}",
        refused.stderr
    );

    let [(_, from), (_, to)] = ALWAYS;
    let all = launch.folder().join("all");
    let copied = store(&launch, &["export", "--from", from, "--to", to, "--into", all.to_str().unwrap()])
        .expect_code(0)
        .stdout;
    assert!(copied.starts_with(&format!("{} rows in 1 files", sent.flows)), "{copied}");
    let again = store(&launch, &["export", "--from", from, "--to", to, "--into", all.to_str().unwrap()]);
    assert_eq!(again.code, 1, "a file that is there is not touched: {}", again.stdout);
    let few = launch.folder().join("few");
    let wanted = Sums::of_answer(&ask(&launch, "protocol = udp")).flows;
    assert!(wanted > 0 && wanted < sent.flows);
    let arguments = ["export", "protocol = udp", "--from", from, "--to", to, "--into", few.to_str().unwrap()];
    let copied = store(&launch, &arguments).expect_code(0).stdout;
    assert!(copied.starts_with(&format!("{wanted} rows in 1 files")), "{copied}");
    let wrong = store(&launch, &["export", "protokol = udp", "--into", few.to_str().unwrap()]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);

    assert!(weir.terminate().success());
    let before = segments(&launch);
    assert!(before.len() >= 4 && before.iter().all(|segment| segment["order"] == "time"), "{before:?}");
    let told = store(&launch, &["compact"]).expect_code(0).stdout;
    assert!(told.starts_with(&format!("{} segments put together", before.len())), "{told}");
    let after = segments(&launch);
    assert_eq!((after.len(), &after[0]["order"]), (1, &"address".into()));
    assert_eq!(after[0]["rows"].as_u64(), before.iter().map(|segment| segment["rows"].as_u64()).sum());
    assert_eq!(Sums::of_answer(&ask(&launch, "packets >= 0")), sent);
    store(&launch, &["verify"]).expect_code(0);
    assert_eq!(store(&launch, &["compact"]).expect_code(0).stdout, "nothing to put together\n");
}

#[test]
fn a_running_server_is_told_to_put_its_segments_together() {
    let (weir, sent) = filled();
    let url = format!("http://{}", weir.run_file().http);
    let mut command = weir.launch().command();
    command.args(["store", "compact", "--url", &url]);
    let told = run(&mut command, LIMIT).expect_code(0).stdout;
    assert!(told.contains("in the background"), "{told}");
    wait_until("one sorted segment", LIMIT, || {
        let found = segments(weir.launch());
        (found.len() == 1 && found[0]["order"] == "address").then_some(())
    });
    assert_eq!(weir.wait_for_flows(None, sent.flows), sent);
    // It is counted a moment after it can be seen.
    wait_until("it is counted", LIMIT, || {
        let metrics = weir.http().request("GET", "/metrics", &[], &[]).unwrap().text();
        metrics.contains("weir_store_compactions_total{table=\"flows\"} 1").then_some(())
    });
    let health = weir.http().get_json("/api/v1/health");
    assert_eq!(
        (&health["store"]["sorted_segments"], &health["store"]["damaged"]),
        (&1.into(), &serde_json::json!([]))
    );
}

#[test]
fn a_kill_while_segments_are_put_together_neither_loses_nor_doubles_a_record() {
    let (mut weir, mut sent) = filled();
    for round in 0..8 {
        sent = sent + weir.generate("v9", 1200, 10 + round).into();
        weir.wait_for_flows(None, sent.flows);
        weir.wait_until_stored();
        weir.http().post("/api/v1/store/compact", &serde_json::json!({})).expect_status(202);
        // Each time a little later, and at last just when it is done.
        for _ in 0..round * 2 {
            weir.http().get_json("/api/v1/health");
        }
        if round >= 5 {
            wait_until("a sorted segment", LIMIT, || {
                let health = weir.http().get_json("/api/v1/health");
                (health["store"]["sorted_segments"].as_u64() > Some(0)).then_some(())
            });
        }
        weir.kill9();
        let read = Sums::of_answer(&ask(weir.launch(), "packets >= 0"));
        assert_eq!(read, sent, "of another process, round {round}");
        weir.start();
        assert_eq!(weir.sums(None), sent, "round {round}");
        store(weir.launch(), &["verify"]).expect_code(0);
    }
    assert!(segments(weir.launch()).iter().any(|segment| segment["order"] == "address"));
}

#[test]
fn a_damaged_segment_is_named_and_the_others_answer() {
    let (mut weir, sent) = filled();
    let launch = weir.launch().clone();
    assert!(weir.terminate().success());
    let damaged = &segments(&launch)[1];
    let name = damaged["path"].as_str().unwrap();
    let path = launch.data().join(name);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&path, &bytes).unwrap();
    let found = store(&launch, &["verify"]);
    assert_eq!(found.code, 1);
    assert!(found.stdout.contains(name) && found.stdout.contains("checksum"), "{}", found.stdout);
    assert!(found.stderr.contains("1 of ") && found.stderr.contains("\nhelp: "), "{}", found.stderr);

    fs::write(&path, &bytes[..middle]).unwrap();
    let answer = ask(&launch, "packets >= 0");
    let rows = damaged["rows"].as_u64().unwrap();
    assert_eq!(Sums::of_answer(&answer).flows, sent.flows - rows);
    assert_eq!(answer["meta"]["exact"], false);
    assert!(answer["meta"]["warnings"][0].as_str().unwrap().contains(name), "{answer}");
}

#[test]
fn a_directory_that_is_none_does_not_become_one() {
    let launch = Launch::new(WEIR);
    for action in ["ls", "verify", "compact"] {
        let refused = store(&launch, &[action]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains("is not a data directory of Weir"), "{}", refused.stderr);
        assert!(!launch.data().exists());
    }
}
