//! Channels against receivers that listen: what arrives, what comes again, and what does not hold up what.

#![expect(clippy::unwrap_used, reason = "a test that cannot run says so")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use weir_alert::{Action, AlertStore, Conditions, NewSuppression, Selection, Verdict};
use weir_detect::{Analytic, Detection, Entity, Evidence, Quality};
use weir_notify::{ChannelStatus, Notifier, NotifyConfig};
use weir_sigma::Level;
use weir_telemetry::{Clock, ManualClock};

/// 2025-03-01T12:00:00Z.
const NOW: i64 = 1_740_830_400_000_000_000;
const HOUR: i64 = 3_600_000_000_000;
const LIMIT: Duration = Duration::from_secs(20);

fn detection(source: &str, value: f64) -> Detection {
    Detection {
        rule: "scan".to_owned(),
        analytic: Analytic::Correlation,
        entity: Entity(vec![("src_ip".to_owned(), source.to_owned())]),
        level: Level::High,
        sentence: format!("{source} touched {value} ports."),
        first_ns: NOW,
        last_ns: NOW,
        // A window of its own for each value.
        window_ns: NOW + value as i64,
        flows: 10,
        measure: "distinct dst_port".to_owned(),
        value,
        threshold: 25.0,
        usual: None,
        exact: true,
        confidence: 90,
        risk: 60,
        contributions: Vec::new(),
        evidence: Evidence { filter: format!("src_ip = {source}"), from_ns: NOW, to_ns: NOW + 1 },
        addresses: vec![source.to_owned()],
        quality: Quality::default(),
    }
}

/// Alerts in a folder, and a clock that stands still.
struct Site {
    folder: TempDir,
    alerts: Arc<AlertStore>,
    clock: Arc<ManualClock>,
}

impl Site {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let alerts = Arc::new(AlertStore::open(folder.path()).unwrap());
        Self { folder, alerts, clock: Arc::new(ManualClock::new(NOW)) }
    }

    fn start(&self, config: &Value) -> Notifier {
        let config: NotifyConfig = serde_json::from_value(config.clone()).unwrap();
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Notifier::start(&config, &self.alerts, &clock).unwrap()
    }

    fn record(&self, detections: &[Detection]) {
        self.alerts.record(detections, self.clock.now_ns()).unwrap();
    }
}

#[track_caller]
fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

#[track_caller]
fn status(notifier: &Notifier, what: &str, is_so: impl Fn(&ChannelStatus) -> bool) -> ChannelStatus {
    until(what, || notifier.status().into_iter().next().filter(|one| is_so(one)))
}

/// A request as it came.
struct Request {
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|header| header.0.eq_ignore_ascii_case(name));
        found.map_or("", |header| header.1.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A web server that answers everything with one status.
struct Web {
    address: SocketAddr,
    answer: Arc<AtomicU16>,
    requests: Receiver<Request>,
}

impl Web {
    fn start(answer: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(AtomicU16::new(answer));
        let (sender, requests) = sync_channel(64);
        let says = Arc::clone(&answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let request = read_request(&stream);
                let status = says.load(Ordering::SeqCst);
                // The request is there before its answer is: the sender may go on at once.
                if sender.send(request).is_err() {
                    return;
                }
                let _gone = (&stream).write_all(
                    format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                        .as_bytes(),
                );
            }
        });
        Self { address, answer, requests }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    #[track_caller]
    fn next(&self) -> Request {
        self.requests.recv_timeout(LIMIT).unwrap()
    }

    fn is_silent(&self) -> bool {
        self.requests.recv_timeout(Duration::from_millis(600)).is_err()
    }
}

fn read_request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut request = Request { path, headers, body: String::new() };
    let length: usize = request.header("content-length").parse().unwrap_or_default();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.body = String::from_utf8(body).unwrap();
    request
}

#[test]
fn a_webhook_is_signed_and_tried_again_until_it_is_taken() {
    let (site, web) = (Site::new(), Web::start(503));
    let secret = site.folder.path().join("secret");
    std::fs::write(&secret, "s3cret\n").unwrap();
    let notifier = site.start(&json!({
        "url": "https://weir.example.net",
        "webhook": {"soc": {"url": web.url(), "secret": format!("file:{}", secret.display())}},
        "routes": [{"channels": ["soc"]}],
    }));
    site.record(&[detection("10.0.0.1", 30.0)]);
    let first = web.next();
    let failed = status(&notifier, "the failure is told", |one| one.error.is_some());
    assert!(failed.error.unwrap().contains("503") && failed.sent == 0);
    web.answer.store(204, Ordering::SeqCst);
    let second = until("the second attempt", || web.requests.try_recv().ok());
    assert_eq!((first.header("weir-delivery"), second.header("weir-delivery")), ("1", "1"));
    assert_eq!((second.path.as_str(), second.header("weir-event")), ("/hook", "new"));
    let finding = &second.json()["alerts"][0];
    assert_eq!(
        (&finding["class_uid"], &finding["src_url"]),
        (&json!(2004), &json!("https://weir.example.net/alerts/1"))
    );
    let signed = format!("{}.{}", second.header("weir-timestamp"), second.body);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"s3cret");
    let tag = ring::hmac::sign(&key, signed.as_bytes());
    let tag = tag.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    assert_eq!(second.header("weir-signature"), format!("v1={tag}"));
    let sent = status(&notifier, "it is sent", |one| one.sent == 1);
    assert_eq!((sent.alerts, sent.error, sent.failures >= 1), (1, None, true));
    assert!(web.is_silent(), "it is not sent again");
    assert!(notifier.metrics().contains("weir_notify_messages_total{channel=\"soc\",kind=\"webhook\"} 1\n"));
}

#[test]
fn a_dead_channel_holds_up_neither_detection_nor_others() {
    let (site, web) = (Site::new(), Web::start(200));
    // A receiver that takes connections and never answers.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let notifier = site.start(&json!({
        "webhook": {
            "alive": {"url": web.url()},
            "mute": {"url": format!("http://{}/", mute.local_addr().unwrap()), "timeout": "3s"},
        },
        "routes": [{"channels": ["alive", "mute"]}],
    }));
    let began = Instant::now();
    for nth in 0..20 {
        site.record(&[detection(&format!("10.0.0.{nth}"), 30.0)]);
    }
    let recorded = began.elapsed();
    for nth in 1..=20 {
        assert_eq!(web.next().header("weir-delivery"), nth.to_string(), "in order");
    }
    assert!(recorded < Duration::from_secs(3), "recording took {recorded:?}");
    let both = notifier.status();
    assert_eq!((both[1].name.as_str(), both[1].sent), ("mute", 0));
    let stopping = Instant::now();
    drop(notifier);
    assert!(stopping.elapsed() < Duration::from_secs(3), "a stop does not wait for it");
}

#[test]
fn what_was_not_delivered_is_delivered_after_a_restart_and_once() {
    let (mut site, web) = (Site::new(), Web::start(500));
    let config = json!({"webhook": {"soc": {"url": web.url()}}, "routes": [{"channels": ["soc"]}]});
    let notifier = site.start(&config);
    site.record(&[detection("10.0.0.1", 30.0)]);
    web.next();
    drop(notifier);
    site.record(&[detection("10.0.0.2", 30.0)]);
    site.alerts = Arc::new(AlertStore::open(site.folder.path()).unwrap());
    web.answer.store(200, Ordering::SeqCst);
    let notifier = site.start(&config);
    assert_eq!(["1", "2"].map(|id| web.next().header("weir-delivery") == id), [true, true]);
    status(&notifier, "both are sent", |one| one.sent == 2 && one.waiting == 0);
    drop(notifier);
    site.alerts = Arc::new(AlertStore::open(site.folder.path()).unwrap());
    let _notifier = site.start(&config);
    assert!(web.is_silent(), "what was delivered is not delivered again");
}

#[test]
fn routes_and_suppressions_decide_what_goes_out() {
    let (site, web) = (Site::new(), Web::start(200));
    let _notifier = site.start(&json!({
        "webhook": {"soc": {"url": web.url(), "template": "{\"who\": {{ alert.about }}, \"what\": {{ event }}, \"more\": {{ alert.words }}}"}},
        "routes": [
            {"channels": ["soc"], "min_level": "critical"},
            {"channels": ["soc"], "networks": ["10.0.0.0/8"], "states": ["new", "escalated", "closed"]},
        ],
    }));
    let conditions = Conditions { networks: vec!["10.9.0.0/16".parse().unwrap()], ..Conditions::default() };
    let quiet =
        NewSuppression { conditions, reason: "a test".to_owned(), owner: "ana".to_owned(), expires_ns: None };
    site.alerts.suppress(&quiet, NOW).unwrap();
    site.record(&[
        detection("192.0.2.1", 30.0),
        detection("10.9.0.1", 30.0),
        detection("10.0.0.1", 30.0),
        detection("10.0.0.1", 300.0),
        Detection { level: Level::Critical, ..detection("192.0.2.2", 30.0) },
    ]);
    let close = Action::Close { verdict: Verdict::Benign, reason: Some("ours".to_owned()) };
    site.alerts.act(&Selection::default(), &close, "ana", NOW).unwrap();
    let got: Vec<Value> = (0..4).map(|_| web.next().json()).collect();
    let expected = [
        ("src_ip 10.0.0.1", "new", ""),
        ("src_ip 10.0.0.1", "escalated", "it grew from 30 to 300"),
        ("src_ip 192.0.2.2", "new", ""),
        ("src_ip 10.0.0.1", "closed", "benign: ours"),
    ];
    let expected: Vec<Value> =
        expected.iter().map(|(who, what, more)| json!({"who": who, "what": what, "more": more})).collect();
    assert_eq!(got, expected);
    assert!(web.is_silent());
}

#[test]
fn what_is_more_than_a_chat_takes_comes_as_one_message() {
    let (site, web) = (Site::new(), Web::start(200));
    let url = site.folder.path().join("url");
    std::fs::write(&url, web.url()).unwrap();
    let notifier = site.start(&json!({
        "slack": {"chat": {"url": format!("file:{}", url.display()), "per_minute": 3}},
        "routes": [{"channels": ["chat"]}],
    }));
    let many: Vec<Detection> = (0..40).map(|nth| detection(&format!("10.0.0.{nth}"), 30.0)).collect();
    site.record(&many);
    let texts: Vec<String> = (0..3).map(|_| web.next().json()["text"].as_str().unwrap().to_owned()).collect();
    assert!(texts[0].contains("10.0.0.0)") && texts[1].contains("10.0.0.1)"), "{texts:?}");
    assert!(texts[2].starts_with("*38 more alerts, the highest is high*\n"), "{texts:?}");
    let told = status(&notifier, "all are told", |one| one.sent == 3 && one.waiting == 0);
    assert_eq!(told.alerts, 40);
}

#[test]
fn alertmanager_gets_alerts_and_their_ends() {
    let (site, web) = (Site::new(), Web::start(200));
    let _notifier = site.start(&json!({
        "alertmanager": {"am": {"url": format!("http://{}", web.address), "labels": {"site": "north"}}},
        "routes": [{"channels": ["am"]}],
    }));
    site.record(&[detection("10.0.0.1", 30.0)]);
    let began = web.next();
    assert_eq!(began.path, "/api/v2/alerts");
    let close = Action::Close { verdict: Verdict::Benign, reason: None };
    site.alerts.act(&Selection::default(), &close, "ana", NOW).unwrap();
    let (began, ended) = (began.json(), web.next().json());
    assert_eq!((&began[0]["labels"], &began[0]["labels"]["site"]), (&ended[0]["labels"], &json!("north")));
    assert_eq!(
        (&began[0]["endsAt"], &ended[0]["endsAt"]),
        (&json!("2025-03-01T16:00:00Z"), &json!("2025-03-01T12:00:00Z"))
    );
}

#[test]
fn what_is_too_old_is_given_up_and_counted() {
    let (site, web) = (Site::new(), Web::start(500));
    let notifier = site.start(&json!({
        "webhook": {"soc": {"url": web.url()}}, "give_up": "24h", "routes": [{"channels": ["soc"]}],
    }));
    site.record(&[detection("10.0.0.1", 30.0)]);
    web.next();
    site.clock.advance_ns(25 * HOUR);
    site.record(&[detection("10.0.0.2", 30.0)]);
    let before = status(&notifier, "the second is tried", |one| one.given_up > 0);
    status(&notifier, "it fails again", |one| one.failures > before.failures);
    web.answer.store(200, Ordering::SeqCst);
    let after = status(&notifier, "one is sent", |one| one.sent == 1);
    assert_eq!(after.given_up, 1, "it is counted once, however often the other fails");
}

#[test]
fn what_the_receiver_will_never_take_stops_nothing() {
    let (site, web) = (Site::new(), Web::start(422));
    let notifier =
        site.start(&json!({"webhook": {"soc": {"url": web.url()}}, "routes": [{"channels": ["soc"]}]}));
    site.record(&[detection("10.0.0.1", 30.0)]);
    status(&notifier, "it is refused", |one| one.refused == 1 && one.error.is_some());
    web.answer.store(200, Ordering::SeqCst);
    site.record(&[detection("10.0.0.2", 30.0)]);
    status(&notifier, "the next is sent", |one| one.sent == 1 && one.error.is_none());
}

#[test]
fn syslog_arrives_as_datagrams_and_counted_in_a_stream() {
    let site = Site::new();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_read_timeout(Some(LIMIT)).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let _notifier = site.start(&json!({
        "syslog": {
            "udp": {"address": udp.local_addr().unwrap().to_string(), "hostname": "weir1"},
            "tcp": {"address": tcp.local_addr().unwrap().to_string(), "transport": "tcp", "format": "json"},
        },
        "routes": [{"channels": ["udp", "tcp"]}],
    }));
    site.record(&[detection("10.0.0.1", 30.0)]);
    let mut bytes = vec![0; 65_536];
    let length = udp.recv(&mut bytes).unwrap();
    let text = std::str::from_utf8(&bytes[..length]).unwrap();
    assert!(text.starts_with("<131>1 2025-03-01T12:00:00.000000Z weir1 weir "), "{text}");
    assert!(text.contains(" new - CEF:0|Weir|Weir|") && text.contains("src=10.0.0.1"), "{text}");
    let (mut stream, _) = tcp.accept().unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (length, message) = text.split_once(' ').unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), message.len());
    let finding: Value = serde_json::from_str(&message[message.find('{').unwrap()..]).unwrap();
    assert_eq!(finding["class_uid"], 2004);
}

/// A mail server that keeps the first mail, and what it was told before.
fn mail_server() -> (SocketAddr, Receiver<(Vec<String>, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, mails) = sync_channel(64);
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let say = |text: &str| (&stream).write_all(format!("{text}\r\n").as_bytes()).unwrap();
        say("220 sink");
        let (mut commands, mut mail, mut is_data) = (Vec::new(), String::new(), false);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_owned();
            if is_data {
                if line == "." {
                    is_data = false;
                    sender.send((std::mem::take(&mut commands), std::mem::take(&mut mail))).unwrap();
                    say("250 kept");
                } else {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                continue;
            }
            commands.push(line.clone());
            match line.split(' ').next().unwrap() {
                "EHLO" => say("250 sink"),
                "DATA" => {
                    is_data = true;
                    say("354 go on");
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 fine"),
            }
        }
    });
    (address, mails)
}

#[test]
fn an_e_mail_arrives() {
    let site = Site::new();
    let (address, mails) = mail_server();
    let notifier = site.start(&json!({
        "email": {"soc": {
            "server": "127.0.0.1", "port": address.port(), "security": "none",
            "from": "Weir <weir@example.net>", "to": ["soc@example.net", "ana@example.net"],
        }},
        "routes": [{"channels": ["soc"]}],
    }));
    site.record(&[detection("10.0.0.1", 30.0)]);
    let (commands, mail) = mails.recv_timeout(LIMIT).unwrap();
    assert!(commands.iter().any(|line| line.starts_with("MAIL FROM:<weir@example.net>")), "{commands:?}");
    assert_eq!(commands.iter().filter(|line| line.starts_with("RCPT TO:")).count(), 2, "{commands:?}");
    assert!(mail.contains("Subject: [Weir] [high] scan (src_ip 10.0.0.1), new"), "{mail}");
    assert!(mail.contains("10.0.0.1 touched 30 ports."), "{mail}");
    status(&notifier, "it is sent", |one| one.sent == 1);
}

#[test]
fn syslog_over_tls_trusts_whom_it_is_told_to() {
    let site = Site::new();
    let folder = site.folder.path();
    if std::process::Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "openssl is needed");
        println!("skipped: openssl is not installed");
        return;
    }
    let elliptic = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    openssl(folder, &format!("req -x509 {elliptic} -subj /CN=authority -keyout ca.key -out ca.pem"));
    openssl(
        folder,
        &format!(
            "req -x509 {elliptic} -subj /CN=siem -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
             -CA ca.pem -CAkey ca.key -keyout siem.key -out siem.pem"
        ),
    );
    let authority = folder.join("ca.pem");
    let server = tls_server(&folder.join("siem.key"), &folder.join("siem.pem"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let read = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&read);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let Ok(connection) = rustls::ServerConnection::new(Arc::clone(&server)) else { return };
            let mut text = String::new();
            let _ended = rustls::StreamOwned::new(connection, stream).read_to_string(&mut text);
            kept.lock().unwrap().push(text);
        }
    });
    let own = |ca: Value| {
        json!({
            "syslog": {"siem": {"address": address.to_string(), "transport": "tls", "ca": ca}},
            "routes": [{"channels": ["siem"]}],
        })
    };
    // The system does not know this authority: nothing is sent.
    let notifier = site.start(&own(Value::Null));
    site.record(&[detection("10.0.0.1", 30.0)]);
    let failed = status(&notifier, "it is refused", |one| one.error.is_some());
    assert!(failed.error.unwrap().to_lowercase().contains("certificate"));
    drop(notifier);
    let notifier = site.start(&own(json!(authority)));
    status(&notifier, "it is sent", |one| one.sent == 1);
    let text = until("it is read", || read.lock().unwrap().iter().find(|text| !text.is_empty()).cloned());
    assert!(text.contains("CEF:0|Weir|Weir|"), "{text}");
}

fn openssl(folder: &std::path::Path, words: &str) {
    let mut command = std::process::Command::new("openssl");
    let made = command.args(words.split_whitespace()).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn tls_server(key: &std::path::Path, certificate: &std::path::Path) -> Arc<rustls::ServerConfig> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let chain = CertificateDer::pem_file_iter(certificate).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}
