//! Rules and ATT&CK over HTTP.

use serde_json::{Value, json};
use weir_detect::Engine;

use super::*;

async fn read(router: &Router, path: &str) -> Value {
    let request = Request::get(path).header(header::HOST, "127.0.0.1:8044").body(Body::empty()).unwrap();
    send(router.clone(), request).await.json()
}

async fn write(router: &Router, path: &str, body: Value) -> Reply {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8044")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    send(router.clone(), request).await
}

fn find<'a>(list: &'a Value, id: &str) -> &'a Value {
    list["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id || rule["name"] == id).unwrap()
}

#[tokio::test]
async fn every_rule_is_listed_with_what_is_known_of_it() {
    let list = get("/api/v1/rules").await.json();
    let kinds =
        |kind: &str| list["rules"].as_array().unwrap().iter().filter(|rule| rule["kind"] == kind).count();
    assert!(kinds("rule") >= 30 && kinds("correlation") >= 30 && kinds("behaviour") >= 25);
    let scan = find(&list, "weir-port-scan");
    assert_eq!(
        (&scan["state"], &scan["techniques"][0]["name"], &scan["techniques"][0]["tactics"][0]["id"]),
        (&json!("on"), &json!("Network Service Discovery"), &json!("TA0007"))
    );
    let rdp = find(&list, "rdp_from_internet");
    assert!(rdp["source"].as_str().unwrap().starts_with("title: RDP session from the Internet"));
    assert_eq!((&rdp["origin"]["built_in"], &rdp["tested"]), (&json!(true), &json!(true)));
    let needs: Vec<&Value> = rdp["needs"].as_array().unwrap().iter().map(|need| &need["field"]).collect();
    assert!(needs.contains(&&json!("tcp_flags")) && needs.contains(&&json!("locality")), "{needs:?}");
    assert_eq!(find(&list, "unanswered_internal")["state"], "part");
    assert_eq!(rdp["alerts"]["week"]["alerts"], 0);
}

#[tokio::test]
async fn what_exporters_do_not_send_makes_a_rule_blind() {
    let fake = Fake::default();
    let mut engine = Engine::of(&fake.rules);
    engine.observe(&records(), &mut Vec::new());
    engine.tell();
    let router = router(fake);
    let list = read(&router, "/api/v1/rules").await;
    let rdp = find(&list, "rdp_from_internet");
    assert_eq!(rdp["state"], "blind");
    assert!(rdp["cannot"].as_str().unwrap().contains("`tcp_flags`"), "{}", rdp["cannot"]);
    assert!(rdp["cost"]["ns_per_record"].is_number() && list["analytics_cost"]["ns_per_record"].is_number());
}

#[tokio::test]
async fn a_rule_is_switched_with_a_reason_and_the_engine_follows() {
    let fake = Fake::default();
    let book = Arc::clone(&fake.rules);
    let router = router(fake);
    let path = "/api/v1/rules/rdp_from_internet/enabled";
    let refused = write(&router, path, json!({"enabled": false})).await;
    assert_eq!((refused.status, refused.body.contains("needs `reason`")), (StatusCode::BAD_REQUEST, true));
    let done =
        write(&router, path, json!({"enabled": false, "reason": "a jump host", "who": "ana"})).await.json();
    assert_eq!((&done["rule"]["state"], &done["rule"]["enabled"]), (&json!("off"), &json!(false)));
    assert_eq!(done["switches"][0]["reason"], "a jump host");
    assert!(!book.is_on(done["rule"]["id"].as_str().unwrap()));
    let again = write(&router, path, json!({"enabled": true})).await.json();
    assert_eq!((&again["rule"]["state"], again["switches"].as_array().unwrap().len()), (&json!("on"), 2));
    for (rule, status, part) in
        [("nothing", 404, "no rule `nothing`"), ("unanswered_internal", 400, "part of")]
    {
        let reply = write(&router, &format!("/api/v1/rules/{rule}/enabled"), json!({"enabled": true})).await;
        assert_eq!(reply.status.as_u16(), status);
        assert!(reply.body.contains(part), "{}", reply.body);
    }
}

#[tokio::test]
async fn sigma_text_is_checked_and_explained() {
    let text = "title: t\nid: x\nlogsource: {category: network, service: connection}\ndetection:\n  s:\n    \
                destination.port: 22\n  condition: s\n---\ntitle: many\nname: many\ncorrelation:\n  type: event_count\n  \
                rules: [x, rdp_from_internet]\n  group-by: [source.ip]\n  timespan: 5m\n  condition: {gte: 10}\n---\n\
                title: w\nlogsource: {category: network}\ndetection:\n  s:\n    source.prot: 3\n  condition: s\n";
    let check = ask("/api/v1/rules/check", json!({ "text": text })).await.json();
    assert_eq!(check["usable"], false);
    assert_eq!(check["rules"][0]["explanation"]["filter"], "dst_port = 22 and kind = \"flow\"");
    assert_eq!(check["rules"][1]["explanation"]["asks"], "events ≥ 10 within 5m");
    assert_eq!(check["rules"].as_array().unwrap().len(), 2);
    let problem = &check["problems"][0];
    assert_eq!((&problem["line"], &problem["column"]), (&json!(22), &json!(5)), "{problem}");
    assert_eq!(problem["help"], "did you mean `source.port`?");
    let again = ask("/api/v1/rules/check", json!({"text": "title: [", })).await.json();
    assert_eq!((&again["usable"], &again["problems"][0]["severity"]), (&json!(false), &json!("error")));
}

#[tokio::test]
async fn the_matrix_says_how_well_each_technique_is_covered() {
    let matrix = get("/api/v1/attack").await.json();
    let cell = |tactic: &str, id: &str| {
        let column = matrix["tactics"].as_array().unwrap().iter().find(|one| one["tag"] == tactic).unwrap();
        column["techniques"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
    };
    assert_eq!(cell("discovery", "T1046")["state"], "captured");
    assert_eq!(cell("credential-access", "T1110")["state"], "captured", "by its sub-technique");
    assert_eq!(cell("credential-access", "T1110.004")["state"], "gap");
    assert_eq!(cell("lateral-movement", "T1021.005")["state"], "lab");
    assert_eq!(matrix["unknown"], json!([]));
    assert!(matrix["attribution"].as_str().unwrap().contains("MITRE"));
    let layer = get("/api/v1/attack/navigator?from=now-7d").await.json();
    assert_eq!((&layer["versions"]["layer"], &layer["domain"]), (&json!("4.5"), &json!("enterprise-attack")));
    let scan =
        layer["techniques"].as_array().unwrap().iter().find(|one| one["techniqueID"] == "T1046").unwrap();
    assert_eq!((&scan["tactic"], &scan["color"]), (&json!("discovery"), &json!("#1a7f37")));
    assert_eq!(get("/api/v1/attack?from=yesterday").await.status, StatusCode::BAD_REQUEST);
}
