//! Kills at random moments: nothing that was acknowledged is missing afterwards, nothing is there twice.
//!
//! `WEIR_CRASHES=100 cargo test -p weir --test crashes` kills more often than the usual twenty times.

#![expect(clippy::unwrap_used, reason = "a test that cannot run says so")]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use weir_testkit::{ALWAYS, Launch, Weir, assert_adds_up, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const USUAL: u32 = 20;

/// A server under load: with small files, so that each round makes segments, and starts and retires journal files.
fn busy() -> Launch {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    let text = "[store]\nsegment_rows = 5000\n[journal]\nfile_size = \"1MiB\"\nsync_interval = \"100ms\"\n";
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap().to_owned();
    launch.arguments(["--config", &path])
}

/// Sends until it is killed.
struct Generator(Child);

impl Generator {
    fn start(weir: &Weir, seed: u32) -> Self {
        let port = weir.listener().port().to_string();
        let mut command = weir.launch().command();
        command.args(["generate", "-t", "127.0.0.1", "-p", &port, "--protocol", "v5", "--rate", "20000"]);
        command.args(["--exporters", "3", "--seed", &seed.to_string()]);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Records of each datagram, by stream and sequence number. A stream is a socket of a generator.
type Datagrams = BTreeMap<String, BTreeMap<u64, u64>>;

/// What is stored of streams that were not seen before.
fn new_datagrams(weir: &Weir, since: &str) -> Datagrams {
    let mut body = json!({
        "by": ["exporter", "exporter_port", "sequence"], "measures": ["flows"],
        "filter": format!("received >= {since}"),
    });
    for (key, value) in ALWAYS {
        body[key] = json!(value);
    }
    let answer = weir.http().post_json("/api/v1/query", &body);
    assert_eq!(answer["meta"]["truncated"], false, "{}", answer["meta"]);
    let mut found = Datagrams::new();
    for row in answer["rows"].as_array().unwrap() {
        let stream = format!("{} {}", row["exporter"], row["exporter_port"]);
        let (sequence, records) = (row["sequence"].as_u64().unwrap(), row["flows"].as_u64().unwrap());
        found.entry(stream).or_default().insert(sequence, records);
    }
    found
}

fn number(accounting: &Value, name: &str) -> u64 {
    accounting["records"][name].as_u64().unwrap()
}

#[test]
fn a_kill_at_any_moment_costs_nothing_acknowledged() {
    let rounds = std::env::var("WEIR_CRASHES").map_or(USUAL, |text| text.parse().unwrap());
    let mut weir = busy().start();
    let mut total = 0;
    // Moments as by chance, the same in each run.
    let mut chance = 1_u64;
    for round in 1..=rounds {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_millis(chance >> 32 & 1023);
        let since = weir.http().get_json("/api/v1/health")["now"].as_str().unwrap().to_owned();
        let generator = Generator::start(&weir, round);
        let begin = Instant::now();
        let acknowledged = wait_until("the moment of the kill", Duration::from_mins(1), || {
            let accounting = weir.accounting();
            assert_adds_up(&accounting);
            let stored = number(&accounting, "stored");
            (stored > 0 && begin.elapsed() >= moment).then_some(stored)
        });
        weir.kill9();
        drop(generator);
        weir.start();

        let found = new_datagrams(&weir, &since);
        let records: u64 = found.values().flat_map(BTreeMap::values).sum();
        assert!(records >= acknowledged, "round {round}: {acknowledged} acknowledged, {records} there");
        for (stream, datagrams) in &found {
            // A v5 sequence number counts records: each datagram begins where the one before ended.
            let mut next = *datagrams.keys().next().unwrap();
            for (sequence, records) in datagrams {
                assert_eq!(*sequence, next, "round {round}: {stream} has a gap, or records twice");
                next += records;
            }
        }
        total += records;
        let all = weir.sums(None).flows;
        assert_eq!(all, total, "round {round}: rows of the rounds before are missing or there twice");
    }
    println!("{rounds} kills, {total} records");
}
