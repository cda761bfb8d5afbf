//! Hunts over HTTP.

use serde_json::{Value, json};
use weir_detect::{Analytic, Detection, Entity, Evidence, Quality};
use weir_sigma::Level;

use super::*;

const RULE: &str = "title: names\nid: names\nlogsource: {category: network, service: connection}\ndetection:\n  s:\n    \
                    destination.port: 53\n  condition: s\nentity: [source.ip]\nlevel: high\n";

async fn request(router: &Router, method: &str, path: &str, body: Value) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8044")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    send(router.clone(), request).await
}

/// Starts a hunt and waits for its end.
async fn hunt(router: &Router, body: Value) -> Value {
    let mut job = request(router, "POST", "/api/v1/hunt", body).await.json();
    let path = format!("/api/v1/hunt/{}", job["id"].as_str().unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while job["state"] == "running" {
        assert!(std::time::Instant::now() < deadline, "the hunt does not end");
        tokio::task::yield_now().await;
        job = request(router, "GET", &path, json!({})).await.json();
    }
    job
}

fn benign(fake: &Fake) {
    let detection = Detection {
        rule: "names".to_owned(),
        analytic: Analytic::Rule,
        entity: Entity(vec![("src_ip".to_owned(), "10.0.0.1".to_owned())]),
        level: Level::High,
        sentence: String::new(),
        first_ns: NOW_NS - 3000 * SECOND_NS,
        last_ns: NOW_NS - 1800 * SECOND_NS,
        window_ns: NOW_NS - 3000 * SECOND_NS,
        flows: 3,
        measure: "flows".to_owned(),
        value: 3.0,
        threshold: 1.0,
        usual: None,
        exact: true,
        confidence: 80,
        risk: 70,
        contributions: Vec::new(),
        evidence: Evidence { filter: String::new(), from_ns: 0, to_ns: 1 },
        addresses: vec!["10.0.0.1".to_owned()],
        quality: Quality::default(),
    };
    fake.alerts.record(&[detection], NOW_NS).unwrap();
    let close = weir_alert::Action::Close { verdict: weir_alert::Verdict::Benign, reason: None };
    fake.alerts.act(&weir_alert::Selection::default(), &close, "ana", NOW_NS).unwrap();
}

#[tokio::test]
async fn a_rule_is_hunted_for_and_compared_with_verdicts() {
    let fake = Fake::default();
    benign(&fake);
    let router = router(fake);
    let job = hunt(&router, json!({"text": RULE, "from": "now-2h", "sweep": true})).await;
    assert_eq!(
        (&job["state"], &job["title"], &job["kind"]),
        (&json!("done"), &json!("names"), &json!("rule")),
        "{job}"
    );
    let result = &job["result"];
    assert_eq!((&result["alert_count"], &result["rows_matched"]), (&json!(1), &json!(3)), "{result}");
    let alert = &result["alerts"][0];
    assert_eq!(
        (&alert["entity"][0]["value"], &alert["flows"], &alert["verdict"], &alert["alert"]),
        (&json!("10.0.0.1"), &json!(3), &json!("benign"), &json!(1))
    );
    assert_eq!(result["verdicts"]["benign"], json!({"alerts": 1, "found": 1}));
    assert_eq!(result["verdicts"]["precision"], 0.0);
    let windows: u64 =
        result["buckets"]["windows"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!(Some(windows), result["window_count"].as_u64());
    assert_eq!((&result["sweep"][0]["threshold"], &result["sweep"][0]["alerts"]), (&json!(1.0), &json!(1)));

    let list = request(&router, "GET", "/api/v1/hunt", json!({})).await.json();
    assert_eq!((&list["hunts"][0]["id"], &list["hunts"][0]["result"]), (&job["id"], &Value::Null));
    let path = format!("/api/v1/hunt/{}", job["id"].as_str().unwrap());
    assert_eq!(request(&router, "DELETE", &path, json!({})).await.status, StatusCode::OK);
    assert_eq!(request(&router, "GET", &path, json!({})).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn analytics_and_rules_in_force_are_hunted_for_by_name() {
    let router = router(Fake::default());
    for (name, kind) in [("weir-port-scan", "behaviour"), ("rdp_from_internet", "rule")] {
        let job = hunt(&router, json!({ "rule": name })).await;
        assert_eq!((&job["state"], &job["kind"]), (&json!("done"), &json!(kind)), "{job}");
        assert_eq!(job["result"]["alert_count"], 0);
    }
}

#[tokio::test]
async fn what_cannot_be_hunted_for_is_refused_with_the_reason() {
    let router = router(Fake::default());
    for (body, part) in [
        (json!({}), "either `rule` or `text`"),
        (json!({"rule": "nothing"}), "no rule `nothing`"),
        (json!({"text": "title: ["}), "column 1: YAML"),
        (json!({"text": RULE, "rule": "other"}), "`text` has no rule `other`"),
        (json!({"rule": "weir-port-scan", "from": "now", "to": "now-1h"}), "range is empty"),
    ] {
        let reply = request(&router, "POST", "/api/v1/hunt", body.clone()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(reply.body.contains(part), "{body}: {}", reply.body);
    }
}

#[tokio::test]
async fn benign_alerts_become_a_filter_that_is_checked_and_written() {
    let fake = Fake::default();
    let folder = fake.dir.path().join("rules.d");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("names.yml"), RULE).unwrap();
    let config = weir_detect::DetectConfig { rules: folder.clone(), ..Default::default() };
    let fake = Fake { rules: Arc::new(RuleBook::open(&config, Context::default())), ..fake };
    let tune = "/api/v1/rules/names/tune";
    let empty = {
        let router = router(Fake { rules: Arc::clone(&fake.rules), ..Fake::default() });
        request(&router, "POST", tune, json!({})).await
    };
    assert!(
        empty.status == StatusCode::BAD_REQUEST && empty.body.contains("benign or false"),
        "{}",
        empty.body
    );

    benign(&fake);
    let router = router(fake);
    let tuned = request(&router, "POST", tune, json!({"from": "now-2h", "write": true})).await.json();
    assert_eq!((&tuned["alerts_before"], &tuned["alerts_after"]), (&json!(1), &json!(0)), "{tuned}");
    assert_eq!((&tuned["dropped"]["benign"], &tuned["dropped"]["true_positive"]), (&json!(1), &json!(0)));
    let text = std::fs::read_to_string(tuned["written"].as_str().unwrap()).unwrap();
    assert!(text.contains("src_ip:\n            - '10.0.0.1'"), "{text}");
    // What was written is a filter of that rule.
    let set = RuleBook::open(&config, Context::default()).set();
    let rule = set.rules.iter().find(|rule| rule.meta.id == "names").unwrap();
    assert_eq!((rule.filters.as_slice(), set.problems.len()), (&["Harmless for names".to_owned()][..], 0));

    let analytic = request(&router, "POST", "/api/v1/rules/weir-port-scan/tune", json!({})).await;
    assert!(analytic.body.contains("takes no filters"), "{}", analytic.body);
}
