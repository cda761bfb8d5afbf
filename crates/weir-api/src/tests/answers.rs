//! Questions and their answers over the made-up records.

use std::sync::Mutex;

use serde_json::json;
use weir_query::Part;
use weir_schema::Field;
use weir_store::StoreError;

use super::*;

#[tokio::test]
async fn without_grouping_there_is_one_row() {
    let reply = post("/api/v1/query", "{}").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let json = reply.json();
    assert_eq!(json["rows"], json!([{"bytes": 2100, "packets": 21, "flows": 6}]));
    let meta = &json["meta"];
    assert_eq!(meta["rows_matched"], 6);
    assert_eq!((meta["exact"].as_bool(), meta["resolution"].as_str()), (Some(true), Some("raw")));
    assert_eq!(
        (meta["from"].as_str(), meta["to"].as_str()),
        (Some("2025-03-01T11:00:00Z"), Some("2025-03-01T12:00:00Z"))
    );
    assert!(!meta["query_id"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn groups_come_largest_first_with_the_remainder_last() {
    let body = r#"{"by":["src_ip"],"measures":["bytes","unique(dst_port)"],"top":1,"other":true}"#;
    let json = post("/api/v1/query", body).await.json();
    assert_eq!(json["rows"][0], json!({"src_ip": "10.0.0.2", "bytes": 1500, "unique(dst_port)": 1}));
    assert_eq!(json["rows"][1]["src_ip"], json!(null));
    assert_eq!((&json["rows"][1]["bytes"], &json["rows"][1]["other"]), (&json!(600), &json!(true)));
    assert_eq!(json["meta"]["truncated"], false);
}

#[tokio::test]
async fn filters_and_aliases_narrow_the_answer() {
    let body = r#"{"filter":"dst_port = 53 and bytes >= 200","by":["source.ip"]}"#;
    let json = post("/api/v1/query", body).await.json();
    assert_eq!(json["rows"], json!([{"source.ip": "10.0.0.1", "bytes": 500, "packets": 5, "flows": 2}]));
}

#[tokio::test]
async fn buckets_carry_their_start() {
    let body =
        r#"{"from":"2025-03-01T11:20:00Z","to":"2025-03-01T11:40:00Z","every":"10m","measures":["bytes"]}"#;
    let json = post("/api/v1/query", body).await.json();
    assert_eq!(
        json["rows"],
        json!([{"time": "2025-03-01T11:20:00Z", "bytes": 300}, {"time": "2025-03-01T11:30:00Z", "bytes": 400}])
    );
}

#[tokio::test]
async fn series_are_columns_of_equal_length() {
    let body = r#"{"by":["dst_port"],"measures":["bytes","flows"],"every":"30m","top":1,"other":true}"#;
    let reply = post("/api/v1/query/timeseries", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let json = reply.json();
    assert_eq!(json["start_ms"], json!(NOW_NS / 1_000_000 - 3_600_000));
    assert_eq!((&json["step_ms"], &json["count"]), (&json!(1_800_000), &json!(2)));
    assert_eq!(json["measures"], json!(["bytes", "flows"]));
    assert_eq!(
        json["series"],
        json!([{"key": {"dst_port": 443}, "values": [[0, 1500], [0, 3]], "totals": [1500, 3]}])
    );
    assert_eq!(json["other"], json!({"values": [[600, 0], [3, 0]], "totals": [600, 3]}));

    let single = post("/api/v1/query/timeseries", r#"{"measures":["packets"],"every":"1h"}"#).await.json();
    assert_eq!(single["series"], json!([{"key": {}, "values": [[21]], "totals": [21]}]));
    assert_eq!(single["other"], json!(null));
}

#[tokio::test]
async fn records_come_newest_first_page_by_page() {
    let mut cursor = json!(null);
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let body = json!({"from": "2025-03-01", "to": "2025-03-01T12:00:00Z", "limit": 4, "cursor": cursor,
                          "columns": ["bytes", "protocol", "src_ip"]});
        let reply = post("/api/v1/flows", &body.to_string()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let json = reply.json();
        assert_eq!(json["meta"]["rows_matched"], 6);
        seen.extend(json["rows"].as_array().unwrap().iter().map(|row| row["bytes"].as_u64().unwrap()));
        pages += 1;
        if pages == 2 {
            assert_eq!(json["rows"][0], json!({"bytes": 200, "protocol": 17, "src_ip": "10.0.0.1"}));
        }
        cursor = json["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!((seen, pages), (vec![600, 500, 400, 300, 200, 100], 2));
}

#[tokio::test]
async fn absent_values_are_left_out_of_records() {
    let body = r#"{"filter":"bytes = 300","columns":["protocol","bytes"]}"#;
    let json = post("/api/v1/flows", body).await.json();
    assert_eq!(json["rows"], json!([{"bytes": 300}]));
    assert_eq!(json["next"], json!(null));
}

#[tokio::test]
async fn wrong_filters_are_marked_where_they_are_wrong() {
    for path in ["/api/v1/query", "/api/v1/query/timeseries", "/api/v1/flows"] {
        let reply = post(path, r#"{"filter":"src_prot = 80"}"#).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let error = &reply.json()["error"];
        assert_eq!(error["code"], "bad_filter", "{path}");
        let mistake = &error["errors"][0];
        assert_eq!((&mistake["start"], &mistake["end"]), (&json!(0), &json!(8)), "{mistake}");
        assert_eq!(mistake["suggestion"], "src_port");
    }
}

#[tokio::test]
async fn filters_are_taken_apart_for_the_chips() {
    let json = post("/api/v1/filter/parse", r#"{"filter":"dst_port = 53 and  bytes > 1KB"}"#).await.json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["terms"][0], json!({"text": "dst_port = 53", "start": 0, "end": 13}));
    assert_eq!(json["terms"][1], json!({"text": "bytes > 1KB", "start": 19, "end": 30}));
    assert!(json["canonical"].is_string());

    let json = post("/api/v1/filter/parse", r#"{"filter":"app = \"😀\" and nope = 1"}"#).await.json();
    assert_eq!((json["ok"].as_bool(), &json["canonical"]), (Some(false), &json!(null)));
    assert_eq!((&json["errors"][0]["start"], &json["errors"][0]["end"]), (&json!(15), &json!(19)));

    let json = post("/api/v1/filter/parse", r#"{"filter":"  "}"#).await.json();
    assert_eq!(json, json!({"ok": true, "canonical": "", "terms": [], "translations": [], "errors": []}));
}

#[tokio::test]
async fn filters_of_nfdump_are_translated() {
    let body = r#"{"filter":"app = \"😀\" and dst port 53"}"#;
    let json = post("/api/v1/filter/parse", body).await.json();
    assert_eq!(json["canonical"], "app = \"😀\" and dst_port = 53");
    assert_eq!(
        json["translations"],
        json!([{"text": "dst port 53", "start": 15, "end": 26, "weir": "dst_port = 53"}])
    );
    let json = post("/api/v1/query", r#"{"filter":"dst port 53 and src ip 10.0.0.1","measures":["rows"]}"#)
        .await
        .json();
    assert_eq!(json["rows"], json!([{"rows": 3}]));
}

#[tokio::test]
async fn sets_and_the_present_are_known_to_every_question() {
    let parse = |filter: &str| ask("/api/v1/filter/parse", json!({ "filter": filter }));
    assert_eq!(parse("time >= now-1h").await.json()["canonical"], "time >= 2025-03-01T11:00:00Z");
    let count = |filter: &str| ask("/api/v1/query", json!({"filter": filter, "measures": ["rows"]}));
    assert_eq!(count("src_ip in @clients").await.json()["rows"], json!([{"rows": 3}]));
    assert_eq!(count("time >= now-25m").await.json()["rows"], json!([{"rows": 3}]));
    let error = &count("src_ip in @client").await.json()["error"];
    assert_eq!(
        (&error["code"], &error["errors"][0]["suggestion"]),
        (&json!("bad_filter"), &json!("@clients"))
    );
    let reply =
        post("/api/v1/flows", r#"{"filter":"src_ip = @clients","columns":["src_ip"],"limit":1}"#).await;
    assert_eq!(reply.json()["rows"], json!([{"src_ip": "10.0.0.1"}]));
}

async fn completions(body: &serde_json::Value) -> serde_json::Value {
    let reply = post("/api/v1/filter/complete", &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    reply.json()
}

#[tokio::test]
async fn values_are_offered_by_how_often_they_are_in_the_scope() {
    let texts = |json: &serde_json::Value| -> Vec<String> {
        let items = json["items"].as_array().unwrap();
        items
            .iter()
            .filter(|item| item["rows"].is_u64())
            .map(|item| item["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let json = completions(&json!({"filter": "src_ip = "})).await;
    assert_eq!(
        (&json["expects"], &json["fields"], &json["complete"]),
        (&json!("value"), &json!(["src_ip"]), &json!(true))
    );
    assert_eq!(json["items"][0], json!({"text": "10.0.0.1", "rows": 3}));
    assert!(json["items"].as_array().unwrap().contains(&json!({"text": "@clients", "detail": "1 values"})));

    // Under the terms before, and in the range.
    let json = completions(&json!({"filter": "src_ip = 10.0.0.2 and dst_port = "})).await;
    assert!(!texts(&json).contains(&"53".to_owned()), "{json}");
    let json = completions(&json!({"filter": "src_ip = ", "from": "now-15m"})).await;
    assert_eq!(texts(&json).len(), 1, "{json}");

    // Both sides of a name without one, and only what begins like what is typed.
    let json = completions(&json!({"filter": "ip = 10.0.0.1"})).await;
    assert_eq!((&json["start"], &json["end"]), (&json!(5), &json!(13)));
    assert!(texts(&json).iter().all(|text| text.starts_with("10.0.0.1")), "{json}");

    // Whatever is offered is understood.
    for filter in ["protocol = ", "dst_port in (", "service = ", "src_ip != ", "exporter = "] {
        let json = completions(&json!({ "filter": filter })).await;
        for item in json["items"].as_array().unwrap() {
            let written = format!(
                "{filter}{}{}",
                item["text"].as_str().unwrap(),
                if filter.ends_with('(') { ")" } else { "" }
            );
            let reading =
                post("/api/v1/filter/parse", &json!({ "filter": written }).to_string()).await.json();
            assert_eq!(reading["ok"], true, "{written}");
        }
    }
}

#[tokio::test]
async fn a_place_is_completed_also_inside_the_text_and_without_a_store() {
    let json =
        completions(&json!({"filter": "app = \"😀\" and by > 1", "cursor": 17, "values": false})).await;
    assert_eq!((&json["start"], &json["end"], &json["expects"]), (&json!(15), &json!(17), &json!("field")));
    assert_eq!(json["items"][0]["text"], "bytes");
    let fake = Fake { snapshot: Box::new(|_| Err("gone".into())), ..Fake::default() };
    let request = Request::post("/api/v1/filter/complete")
        .header(header::HOST, "localhost:8044")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"filter":"protocol = "}"#))
        .unwrap();
    let json = send(router(fake), request).await.json();
    assert_eq!((&json["complete"], &json["items"][0]["text"]), (&json!(false), &json!("tcp")));
    let reply = post("/api/v1/filter/complete", r#"{"filter":"","limit":101}"#).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_an_error_with_its_cause_and_query() {
    let fake = Fake { snapshot: Box::new(|_| Err("segment x.parquet: gone".into())), ..Fake::default() };
    let request = Request::post("/api/v1/flows")
        .header(header::HOST, "localhost:8044")
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .body(Body::from("{}"))
        .unwrap();
    let reply = send(router(fake), request).await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    let error = &reply.json()["error"];
    assert_eq!(error["code"], "internal");
    assert!(error["detail"].as_str().unwrap().contains("segment x.parquet: gone"));
    assert!(error["query_id"].is_string());
}

#[tokio::test]
async fn limits_and_cursors_are_checked() {
    for (body, code) in [
        (r#"{"limit":0}"#, "too_large"),
        (r#"{"limit":5001}"#, "too_large"),
        (r#"{"cursor":"nonsense"}"#, "bad_cursor"),
        (r#"{"columns":["nope"]}"#, "unknown_name"),
        (r#"{"columns":["bytes","bytes"]}"#, "bad_request"),
    ] {
        let reply = post("/api/v1/flows", body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(reply.json()["error"]["code"], code, "{body}");
    }
}

#[test]
fn a_data_directory_gives_the_same_answers_and_errors() {
    let source = |table| Ok(rows_of(table));
    let body = json!({"by": ["src_ip"], "measures": ["bytes"], "top": 1});
    let answer = crate::local::query(&source, &body, NOW_NS).unwrap();
    assert_eq!(answer["rows"], json!([{"src_ip": "10.0.0.2", "bytes": 1500}]));
    let answer = crate::local::flows(&source, &json!({"limit": 1, "columns": ["bytes"]}), NOW_NS).unwrap();
    assert_eq!(answer["rows"], json!([{"bytes": 600}]));
    let error = crate::local::query(&source, &json!({"filter": "src_prot = 80"}), NOW_NS).unwrap_err();
    assert_eq!((error.code.status(), error.errors.len()), (400, 1));
    let error = crate::local::flows(&source, &json!({"colums": []}), NOW_NS).unwrap_err();
    assert!(error.message.contains("unknown field `colums`"), "{}", error.message);
}

#[tokio::test]
async fn counters_are_a_table_of_their_own() {
    let body = r#"{"table":"counters","by":["in_if","counter"]}"#;
    let json = post("/api/v1/query", body).await.json();
    let row = json!({"in_if": 7, "counter": "ifInOctets", "sum(delta)": 700, "max(value)": 1700, "rows": 3});
    assert_eq!(json["rows"], json!([row]));

    let body = r#"{"table":"counters","by":["counter"],"every":"1m",
        "from":"2025-03-01T11:57:00Z","to":"2025-03-01T12:00:00Z","filter":"kind = counters"}"#;
    let json = post("/api/v1/query/timeseries", body).await.json();
    assert_eq!(json["measures"], json!(["sum(delta)", "max(value)", "rows"]));
    let series = json!({"key": {"counter": "ifInOctets"}, "totals": [700, 1700, 3],
        "values": [[0, 500, 200], [1000, 1500, 1700], [1, 1, 1]]});
    assert_eq!(json["series"], json!([series]));

    let body = r#"{"table":"counters","columns":["value","delta"],"limit":3}"#;
    let json = post("/api/v1/flows", body).await.json();
    let rows = json!([{"value": 1700, "delta": 200}, {"value": 1500, "delta": 500}, {"value": 1000}]);
    assert_eq!(json["rows"], rows);
}

#[tokio::test]
async fn a_table_that_is_not_there_is_the_questions_fault() {
    for path in ["/api/v1/query", "/api/v1/query/timeseries", "/api/v1/flows"] {
        let reply = post(path, r#"{"table":"flow"}"#).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("unknown table `flow`; there are flows and counters"), "{message}");
    }
}

/// Rows whose segment retention has removed.
struct Removed;

impl Source for Removed {
    fn parts(&self, _: std::ops::Range<i64>) -> Vec<Box<dyn Part + '_>> {
        vec![Box::new(Removed)]
    }
}

impl Part for Removed {
    fn rows(&self) -> usize {
        1
    }

    fn time_bounds(&self) -> (i64, i64) {
        (NOW_NS - 2 * SECOND_NS, NOW_NS - SECOND_NS)
    }

    fn read(&self, _: &[Field]) -> Result<RecordBatch, SourceError> {
        Err(Box::new(StoreError::Gone { path: "segments/7.parquet".into() }))
    }
}

#[tokio::test]
async fn a_query_that_retention_outran_asks_once_more() {
    for path in ["/api/v1/query", "/api/v1/query/timeseries", "/api/v1/flows"] {
        for removed in 1..=2 {
            let left = Mutex::new(removed);
            let snapshot = move |table| -> Result<Box<dyn Source>, SourceError> {
                let mut left = left.lock().unwrap();
                if *left == 0 {
                    return Ok(rows_of(table));
                }
                *left -= 1;
                Ok(Box::new(Removed))
            };
            let fake = Fake { snapshot: Box::new(snapshot), ..Fake::default() };
            let request = Request::post(path)
                .header(header::HOST, "localhost:8044")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from("{}"))
                .unwrap();
            let reply = send(router(fake), request).await;
            let expected = if removed == 1 { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
            assert_eq!(reply.status, expected, "{path}: {}", reply.body);
        }
    }
}
