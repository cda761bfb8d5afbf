//! Alerts over HTTP.

use serde_json::{Value, json};
use weir_detect::{Analytic, Detection, Entity, Evidence, Quality};
use weir_sigma::Level;

use super::*;

const MINUTE_NS: i64 = 60 * SECOND_NS;

/// A Weir with two alerts: 1 is a scan of ten minutes ago, 2 a worse one of five minutes ago.
fn with_alerts() -> Router {
    let detection = |source: &str, minutes: i64, level| Detection {
        rule: "scan".to_owned(),
        analytic: Analytic::Correlation,
        entity: Entity(vec![("src_ip".to_owned(), source.to_owned())]),
        level,
        sentence: format!("{source} touched 173 ports."),
        first_ns: NOW_NS - minutes * MINUTE_NS,
        last_ns: NOW_NS - minutes * MINUTE_NS + SECOND_NS,
        window_ns: NOW_NS - minutes * MINUTE_NS,
        flows: 346,
        measure: "distinct dst_port".to_owned(),
        value: 173.0,
        threshold: 25.0,
        usual: None,
        exact: true,
        confidence: 90,
        risk: 60,
        contributions: Vec::new(),
        evidence: Evidence {
            filter: format!("src_ip = {source}"),
            from_ns: NOW_NS - MINUTE_NS,
            to_ns: NOW_NS,
        },
        addresses: vec![source.to_owned(), "198.51.100.7".to_owned()],
        quality: Quality::default(),
    };
    let fake = Fake::default();
    let detections = [detection("10.0.0.1", 10, Level::Medium), detection("10.0.0.2", 5, Level::High)];
    fake.alerts.record(&detections, NOW_NS).unwrap();
    router(fake)
}

async fn read(router: &Router, path: &str) -> Reply {
    let request = Request::get(path).header(header::HOST, "127.0.0.1:8044").body(Body::empty()).unwrap();
    send(router.clone(), request).await
}

async fn act(router: &Router, body: Value) -> Reply {
    order(router, "POST", "/api/v1/alerts/actions", body).await
}

async fn order(router: &Router, method: &str, path: &str, body: Value) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8044")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    send(router.clone(), request).await
}

fn ids(list: &Value) -> Vec<i64> {
    list["alerts"].as_array().unwrap().iter().map(|alert| alert["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn alerts_are_listed_chosen_and_paged() {
    let router = with_alerts();
    for (query, expected) in [
        ("", &[2, 1][..]),
        ("?level=high,critical", &[2]),
        ("?address=10.0.0.0%2F31", &[1]),
        ("?q=10.0.0.2&state=all", &[2]),
        ("?from=now-7m&to=now", &[2]),
        ("?state=closed", &[]),
        ("?order=first_seen&limit=1", &[2]),
    ] {
        let list = read(&router, &format!("/api/v1/alerts{query}")).await.json();
        assert_eq!(ids(&list), expected, "{query}: {list}");
    }
    let first = read(&router, "/api/v1/alerts?limit=1").await.json();
    assert_eq!((&first["counts"]["triage"], &first["counts"]["all"]), (&json!(2), &json!(2)));
    let next = first["next"].as_str().unwrap();
    let second = read(&router, &format!("/api/v1/alerts?limit=1&cursor={next}")).await.json();
    assert_eq!((ids(&second), &second["next"]), (vec![1], &Value::Null));
    let groups = read(&router, "/api/v1/alerts?group_by=rule").await.json();
    assert_eq!((&groups["groups"][0]["key"], &groups["groups"][0]["alerts"]), (&json!("scan"), &json!(2)));
}

#[tokio::test]
async fn an_alert_is_told_with_its_evidence_and_related_alerts() {
    let router = with_alerts();
    let detail = read(&router, "/api/v1/alerts/1").await.json();
    let alert = &detail["alert"];
    assert_eq!(alert["entity"], json!([{"field": "src_ip", "value": "10.0.0.1"}]));
    assert_eq!(
        (&alert["value"], &alert["threshold"], &alert["usual"]),
        (&json!(173.0), &json!(25.0), &Value::Null)
    );
    assert_eq!(alert["evidence"]["filter"], "src_ip = 10.0.0.1");
    assert_eq!(alert["counterfactual"], "distinct dst_port: threshold 25, seen 173");
    assert_eq!(
        (&alert["first_seen"], &alert["spark"]["flows"]),
        (&json!("2025-03-01T11:50:00Z"), &json!([346]))
    );
    let related = &detail["related"][0];
    assert_eq!((&related["id"], &related["relation"]), (&json!(2), &json!("shared")));
    let timeline = read(&router, "/api/v1/alerts/timeline?from=now-7m").await.json();
    assert_eq!(timeline["markers"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn alerts_are_exported_in_other_shapes() {
    let router = with_alerts();
    let text = |reply: Reply| (reply.headers[header::CONTENT_TYPE].to_str().unwrap().to_owned(), reply.body);
    let (media, findings) = text(read(&router, "/api/v1/alerts/export/ocsf").await);
    assert_eq!(media, "application/x-ndjson");
    let uids: Vec<Value> = findings
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["finding_info"]["uid"].clone())
        .collect();
    assert_eq!(uids, ["2", "1"]);
    let (_, one) = text(read(&router, "/api/v1/alerts/export/cef?ids=1").await);
    assert!(
        one.starts_with("CEF:0|Weir|") && one.contains("src=10.0.0.1 ") && one.lines().count() == 1,
        "{one}"
    );
    let (media, page) = text(read(&router, "/api/v1/alerts/export/markdown?limit=1").await);
    assert!(media.starts_with("text/markdown") && page.starts_with("## scan (high)"), "{page}");
    let more = read(&router, "/api/v1/alerts/export/ecs?limit=1").await;
    let next = more.headers["x-next-cursor"].to_str().unwrap();
    let rest = read(&router, &format!("/api/v1/alerts/export/ecs?limit=1&cursor={next}")).await;
    assert!(rest.body.contains("\"id\":1,") && rest.headers.get("x-next-cursor").is_none(), "{}", rest.body);
    let none = read(&router, "/api/v1/alerts/export/ecs?state=closed").await;
    assert_eq!((none.status.as_u16(), none.body.as_str()), (200, ""));
    let wrong = read(&router, "/api/v1/alerts/export/stix").await;
    assert!(wrong.status == 400 && wrong.body.contains("ocsf, ecs, cef, markdown"), "{}", wrong.body);
}

#[tokio::test]
async fn actions_change_alerts_and_are_taken_back() {
    let router = with_alerts();
    let close =
        json!({"action": "close", "filter": "level=high", "verdict": "benign", "reason": "our scanner"});
    let done = act(&router, close).await.json();
    assert_eq!(done["changed"], 1, "{done}");
    let closed = read(&router, "/api/v1/alerts?state=closed").await.json();
    assert_eq!((&closed["alerts"][0]["id"], &closed["alerts"][0]["verdict"]), (&json!(2), &json!("benign")));
    let undone = act(&router, json!({"action": "undo", "undo": done["undo"]})).await.json();
    assert_eq!(undone["changed"], 1, "{undone}");
    assert_eq!(ids(&read(&router, "/api/v1/alerts").await.json()), [2, 1]);

    act(&router, json!({"action": "note", "ids": [1], "text": "asked the owner", "who": "ana"})).await;
    let history = read(&router, "/api/v1/alerts/1/history").await.json();
    assert_eq!(history["entries"][0]["what"], json!({"event": "created"}));
    assert_eq!(history["entries"][1]["what"], json!({"event": "note", "text": "asked the owner"}));
    assert_eq!(history["entries"][1]["who"], "ana");
}

#[tokio::test]
async fn what_is_not_understood_is_said() {
    let router = with_alerts();
    for (path, status, part) in [
        ("/api/v1/alerts?state=new", 400, "it can be open, mine"),
        ("/api/v1/alerts?level=bad", 400, "informational"),
        ("/api/v1/alerts?address=lan", 400, "neither an address nor a network"),
        ("/api/v1/alerts?limit=0", 400, "1 to 500"),
        ("/api/v1/alerts?stat=open", 400, "unknown field `stat`"),
        ("/api/v1/alerts?cursor=x", 400, "bad_cursor"),
        ("/api/v1/alerts?from=yesterday", 400, "bad_time"),
        ("/api/v1/alerts/x", 400, "`x` is no number"),
        ("/api/v1/alerts/99", 404, "there is no alert 99"),
        ("/api/v1/alerts/99/history", 404, "there is no alert 99"),
    ] {
        let reply = read(&router, path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.body);
        assert!(reply.body.contains(part), "{path}: {}", reply.body);
    }
    for (body, status, part) in [
        (json!({"action": "acknowledge"}), 400, "either `ids` or `filter`"),
        (json!({"action": "close", "ids": [1]}), 400, "needs `verdict`"),
        (json!({"action": "close", "ids": [1, 2], "verdict": "benign"}), 400, "needs `reason`"),
        (json!({"action": "note", "ids": [1], "text": " "}), 400, "needs `text`"),
        (json!({"action": "undo", "undo": "1-1"}), 404, "nothing to take back"),
        (json!({"action": "assign", "ids": [1], "assignee": "x".repeat(129)}), 400, "129 bytes"),
    ] {
        let reply = act(&router, body.clone()).await;
        assert_eq!(reply.status.as_u16(), status, "{body}: {}", reply.body);
        assert!(reply.body.contains(part), "{body}: {}", reply.body);
    }
}

#[tokio::test]
async fn suppressions_are_tried_made_listed_and_ended() {
    let router = with_alerts();
    act(&router, json!({"action": "close", "ids": [2], "verdict": "true_positive"})).await;
    let networks = json!({"conditions": {"networks": ["10.0.0.0/8"]}});
    let preview = order(&router, "POST", "/api/v1/suppressions/preview", networks).await.json();
    assert_eq!(
        (&preview["alerts"], &preview["of"], &preview["true_positives"]),
        (&json!(2), &json!(2), &json!(1))
    );
    assert!(preview["warning"].as_str().unwrap().contains("true positive"), "{preview}");
    assert_eq!(preview["shown"][0]["id"], 2);

    let new = json!({"alert": 1, "reason": "our scanner", "owner": "ana"});
    let made = order(&router, "POST", "/api/v1/suppressions", new).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let one = &made.json()["suppression"];
    assert_eq!(
        (&one["state"], &one["alerts"], &one["expires"]),
        (&json!("active"), &json!(1), &json!("2025-03-31T12:00:00Z"))
    );
    assert_eq!(one["conditions"]["entity"], json!([{"field": "src_ip", "value": "10.0.0.1"}]));
    assert!(ids(&read(&router, "/api/v1/alerts").await.json()).is_empty());
    assert_eq!(ids(&read(&router, "/api/v1/alerts?state=suppressed").await.json()), [1]);

    let without_end = json!({"conditions": {"rules": ["x"]}, "reason": "r", "for": "never"});
    let made = order(&router, "POST", "/api/v1/suppressions", without_end).await.json();
    assert_eq!(made["suppression"]["expires"], Value::Null);

    let ended = order(&router, "DELETE", "/api/v1/suppressions/1?who=ben", json!({})).await.json();
    assert_eq!((&ended["state"], &ended["ended_by"]), (&json!("ended"), &json!("ben")));
    assert_eq!(ids(&read(&router, "/api/v1/alerts").await.json()), [1]);
    let listed = |list: Value| list["suppressions"].as_array().unwrap().len();
    assert_eq!(listed(read(&router, "/api/v1/suppressions").await.json()), 1);
    assert_eq!(listed(read(&router, "/api/v1/suppressions?state=all").await.json()), 2);

    for (method, path, body, status, part) in [
        ("POST", "", json!({"conditions": {}, "reason": "r"}), 400, "would hide every alert"),
        ("POST", "", json!({"conditions": {"rules": ["x"]}, "reason": " "}), 400, "needs `reason`"),
        ("POST", "", json!({"conditions": {"rules": ["x"]}, "alert": 1, "reason": "r"}), 400, "either"),
        ("POST", "", json!({"conditions": {"networks": ["lan"]}, "reason": "r"}), 400, "no address prefix"),
        ("POST", "", json!({"conditions": {"filter": "src_prt = 1"}, "reason": "r"}), 400, "bad_filter"),
        ("POST", "", json!({"conditions": {"rules": ["x"]}, "reason": "r", "for": "long"}), 400, "bad_time"),
        ("POST", "/preview", json!({"alert": 99}), 404, "there is no alert 99"),
        ("DELETE", "/99", json!({}), 404, "there is no suppression 99"),
        ("GET", "?state=old", json!({}), 400, "active, all"),
    ] {
        let reply = order(&router, method, &format!("/api/v1/suppressions{path}"), body).await;
        assert_eq!(reply.status.as_u16(), status, "{method} {path}: {}", reply.body);
        assert!(reply.body.contains(part), "{method} {path}: {}", reply.body);
    }
}
