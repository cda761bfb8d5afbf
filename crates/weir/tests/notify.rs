//! Notifications of the real program: through a kill, and what is told of channels.

#![expect(clippy::unwrap_used, reason = "a test that cannot run says so")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use weir_testkit::{Launch, run, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const LIMIT: Duration = Duration::from_mins(1);

/// Fires on any flow over UDP.
const RULE: &str = "title: Anything over UDP\nid: 5d3ed6a5-3e2b-4d7c-8a51-0f6c7a1f0001\nstatus: test\nlevel: high\n\
    logsource:\n  category: network\n  service: connection\ndetection:\n  selection:\n    network.transport: udp\n  \
    condition: selection\n";

/// A web server that answers everything with one status, and keeps the bodies.
struct Web {
    address: SocketAddr,
    answer: Arc<AtomicU16>,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Web {
    fn start(answer: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (answer, bodies) = (Arc::new(AtomicU16::new(answer)), Arc::new(Mutex::new(Vec::new())));
        let (says, kept) = (Arc::clone(&answer), Arc::clone(&bodies));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(&stream);
                let mut length = 0;
                let mut line = String::new();
                while reader.read_line(&mut line).unwrap_or_default() > 2 {
                    if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = text.trim().parse().unwrap();
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                // A sender that was killed leaves half a request.
                if reader.read_exact(&mut body).is_err() {
                    continue;
                }
                let status = says.load(Ordering::SeqCst);
                if status < 300 {
                    kept.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
                }
                let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _gone = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { address, answer, bodies }
    }

    /// The alerts that it was told of.
    fn alerts(&self) -> BTreeSet<String> {
        let bodies = self.bodies.lock().unwrap();
        let findings = bodies.iter().flat_map(|body| body["alerts"].as_array().unwrap());
        findings.map(|finding| finding["finding_info"]["uid"].as_str().unwrap().to_owned()).collect()
    }
}

/// A server that watches, with this `[notify]`.
fn launch(notify: &str) -> Launch {
    let launch = Launch::new(WEIR);
    let rules = launch.folder().join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("any.yml"), RULE).unwrap();
    let file = launch.folder().join("weir.toml");
    let detect = format!("[detect]\nmemory = \"100MiB\"\nbuiltin = false\nrules = \"{}\"\n", rules.display());
    fs::write(&file, format!("{detect}{notify}")).unwrap();
    let path = file.to_str().unwrap().to_owned();
    launch.arguments(["--config", &path])
}

fn webhook(web: &Web) -> String {
    format!(
        "[notify.webhook.soc]\nurl = \"http://{}/\"\n[[notify.routes]]\nchannels = [\"soc\"]\nmin_level = \"high\"\n",
        web.address
    )
}

#[test]
fn a_kill_between_alert_and_delivery_loses_no_notification() {
    let web = Web::start(503);
    let mut weir = launch(&webhook(&web)).start();
    weir.generate("v5", 300, 1);
    let channel = |weir: &weir_testkit::Weir| weir.http().get_json("/api/v1/health")["notify"][0].clone();
    let failed = wait_until("a failed attempt", LIMIT, || {
        let found = channel(&weir);
        (found["failures"].as_u64().unwrap() > 0 && found["waiting"].as_u64().unwrap() > 1).then_some(found)
    });
    assert!(failed["error"].as_str().unwrap().contains("503"), "{failed}");
    weir.kill9();
    assert!(web.alerts().is_empty());
    web.answer.store(200, Ordering::SeqCst);
    weir.start();
    let caught_up = wait_until("every notification", LIMIT, || {
        let found = channel(&weir);
        (found["waiting"] == 0 && found["sent"].as_u64().unwrap() > 0).then_some(found)
    });
    assert_eq!((&caught_up["error"], &caught_up["given_up"]), (&Value::Null, &json!(0)), "{caught_up}");
    let list = weir.http().get_json("/api/v1/alerts?state=all&level=high,critical&limit=500");
    let alerts: BTreeSet<String> =
        list["alerts"].as_array().unwrap().iter().map(|alert| alert["id"].to_string()).collect();
    assert!(alerts.len() > 1);
    assert_eq!(web.alerts(), alerts);
}

#[test]
fn health_and_metrics_tell_how_detection_and_channels_are() {
    let web = Web::start(200);
    let weir = launch(&webhook(&web)).start();
    weir.generate("v5", 300, 1);
    let detect = wait_until("detection", LIMIT, || {
        let health = weir.http().get_json("/api/v1/health");
        let seen =
            health["detect"]["records"].as_u64().unwrap() >= 300 && health["notify"][0]["waiting"] == 0;
        seen.then(|| health["detect"].clone())
    });
    assert_eq!((&detect["lag_records"], &detect["lost_frames"]), (&json!(0), &json!(0)), "{detect}");
    assert!(detect["detections"].as_u64().unwrap() > 0, "{detect}");
    assert_eq!(detect["memory_budget_bytes"], 100 << 20);
    let metrics = weir.http().request("GET", "/metrics", &[], b"").unwrap().text();
    for line in [
        "weir_detect_lag_records 0\n",
        "weir_detect_memory_budget_bytes 104857600\n",
        "weir_notify_waiting{channel=\"soc\",kind=\"webhook\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[test]
fn a_channel_is_tried_from_the_command_line() {
    let web = Web::start(200);
    let folder = launch(&webhook(&web));
    let weir = |words: &[&str]| {
        run(folder.command().args(words).args(["--config", "weir.toml"]), Duration::from_secs(30))
    };
    let tried = weir(&["notify", "test", "soc"]).expect_code(0);
    assert_eq!(tried.stdout, "a test was sent over `soc` (webhook)\n");
    assert_eq!(web.bodies.lock().unwrap()[0]["event"], "test");
    let unknown = weir(&["notify", "test", "sco"]).expect_code(2);
    assert!(unknown.stderr.contains("there is no channel named `sco`"), "{}", unknown.stderr);
    web.answer.store(500, Ordering::SeqCst);
    let failed = weir(&["notify", "test", "soc"]).expect_code(1);
    assert!(failed.stderr.contains("500"), "{}", failed.stderr);
}

#[test]
fn mistakes_are_told_and_secrets_are_not() {
    let check = |notify: &str| {
        let launch = launch(notify);
        run(launch.command().args(["config", "check", "--config", "weir.toml"]), Duration::from_secs(30))
    };
    for (notify, part) in [
        ("[[notify.routes]]\nchannels = [\"soc\"]\n", "there is no channel named `soc`"),
        (
            "[notify.slack.chat]\nurl = \"https://hooks.example.net/T0/B0\"\n",
            "a secret does not stand in the configuration",
        ),
        (
            "[notify.webhook.soc]\nurl = \"http://127.0.0.1/\"\nsecret = \"env:WEIR_NOT_SET\"\n",
            "WEIR_NOT_SET is not set",
        ),
        ("[notify.webhook.soc]\nurl = \"http://127.0.0.1/\"\ntemplate = \"{{ alrt }}\"\n", "undefined"),
        ("[notify.syslog.siem]\naddress = \"siem\"\n", "HOST:PORT"),
        ("[notify.webhook.soc]\nurll = \"x\"\n", "unknown key `urll`"),
    ] {
        let told = check(notify).expect_code(2);
        assert!(told.stderr.contains(part), "{part}: {}", told.stderr);
    }
    let launch = launch("[notify.webhook.soc]\nurl = \"http://127.0.0.1/\"\nsecret = \"env:HOOK_SECRET\"\n");
    let show = ["config", "show", "--config", "weir.toml"];
    let shown =
        run(launch.command().env("HOOK_SECRET", "s3cret").args(show), Duration::from_secs(30)).expect_code(0);
    assert!(shown.stdout.contains("env:HOOK_SECRET") && !shown.stdout.contains("s3cret"), "{}", shown.stdout);
}
