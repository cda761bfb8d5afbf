//! Paths, headers and errors that clients rely on.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_path_is_documented_and_every_documented_path_exists() {
    let document: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
    let documented: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let served: BTreeSet<_> = crate::route::all().into_iter().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(documented, served);
}

#[tokio::test]
async fn documented_methods_are_the_ones_taken() {
    let document: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "DELETE"] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::HOST, "127.0.0.1:8044")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from("{}"))
                .unwrap();
            let reply = send(router(Fake::default()), request).await;
            if item.get(method.to_ascii_lowercase()).is_some() {
                assert_ne!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            } else {
                assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                assert_eq!(reply.json()["error"]["code"], "method_not_allowed");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_binds_the_browser() {
    for path in ["/", "/flows", "/api/v1/health", "/api/v1/nothing", "/metrics", "/assets/none.js"] {
        let headers = get(path).await.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{path}");
    }
}

#[tokio::test]
async fn other_names_and_other_sites_are_refused_everywhere() {
    for path in ["/", "/api/v1/health", "/metrics"] {
        let request = Request::get(path).header(header::HOST, "evil.example").body(Body::empty()).unwrap();
        let reply = send(router(Fake::default()), request).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        let error = &reply.json()["error"];
        assert_eq!(error["code"], "host_not_allowed");
        assert!(error["message"].as_str().unwrap().contains("evil.example"));
        assert!(error["help"].as_str().unwrap().contains("http.allowed_hosts"));
    }
    let request = Request::post("/api/v1/query")
        .header(header::HOST, "127.0.0.1:8044")
        .header(header::ORIGIN, "http://evil.example")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    let reply = send(router(Fake::default()), request).await;
    assert_eq!(
        (reply.status, reply.json()["error"]["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("origin_not_allowed"))
    );
}

#[tokio::test]
async fn bodies_must_be_json_small_and_understood() {
    let as_form = Request::post("/api/v1/query")
        .header(header::HOST, "127.0.0.1:8044")
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from("{}"))
        .unwrap();
    let reply = send(router(Fake::default()), as_form).await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let large = format!("{{\"filter\":\"{}\"}}", "x".repeat(256 * 1024));
    let reply = post("/api/v1/query", &large).await;
    assert_eq!(
        (reply.status, reply.json()["error"]["code"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("body_too_large"))
    );

    for (body, expected) in [
        ("", "EOF"),
        ("{\"form\":\"now-1h\"}", "unknown field `form`, expected one of `table`"),
        ("{\"from\":true}", "a time as text, or milliseconds since 1970"),
    ] {
        let reply = post("/api/v1/query", body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(reply.body.contains(expected), "{}", reply.body);
    }
}

#[tokio::test]
async fn health_is_a_success_only_when_all_is_ready() {
    let reply = get("/api/v1/health").await;
    assert_eq!((reply.status, reply.json()["status"].as_str()), (StatusCode::OK, Some("ok")));
    assert_eq!(reply.json()["listeners"][0]["address"], "127.0.0.1:2055");
    for (status, name) in [(Status::Stopping, "stopping"), (Status::Failing, "failing")] {
        let request =
            Request::get("/api/v1/health").header(header::HOST, "localhost").body(Body::empty()).unwrap();
        let reply = send(router(Fake { status, ..Fake::default() }), request).await;
        assert_eq!(
            (reply.status, reply.json()["status"].as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, Some(name))
        );
    }
}

#[tokio::test]
async fn accounting_has_the_ledgers_as_scripts_know_them() {
    let json = get("/api/v1/accounting").await.json();
    for path in [
        "/datagrams/received",
        "/datagrams/decoded",
        "/datagrams/rejected",
        "/datagrams/dropped",
        "/datagrams/kernel_dropped",
        "/sets/rejected",
        "/records/decoded",
        "/records/stored",
        "/records/waiting",
        "/records/rejected",
        "/records/lost",
        "/rows/stored",
        "/rows/added_by_splitting",
        "/exporters/0/gaps/unit",
        "/exporters/0/gaps/count",
        "/exporters/0/gaps/estimated_records",
    ] {
        assert!(json.pointer(path).is_some(), "{path}");
    }
    assert_eq!(get("/api/v1/exporters").await.json()["exporters"][0]["rejected"]["truncated"], 1);
}

#[tokio::test]
async fn an_exporter_is_told_with_its_templates() {
    // However the address is written.
    for path in ["/api/v1/exporters/192.0.2.1", "/api/v1/exporters/::ffff:192.0.2.1"] {
        let json = get(path).await.json();
        assert_eq!((&json["exporters"][0]["datagrams"], &json["templates_total"]), (&7.into(), &1.into()));
        let template = &json["templates"][0];
        assert_eq!(template["fields"][0]["name"], "sourceIPv4Address");
        assert!(template["fields"][1]["length"].is_null() && template["used"].is_null());
        assert_eq!(template["doubts"]["padding_not_zero"], 1);
    }
    for (address, status, code) in [
        ("router-7", StatusCode::BAD_REQUEST, "bad_request"),
        ("192.0.2.2", StatusCode::NOT_FOUND, "not_found"),
        ("192.0.2.3", StatusCode::SERVICE_UNAVAILABLE, "busy"),
    ] {
        let reply = get(&format!("/api/v1/exporters/{address}")).await;
        assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (status, Some(code)), "{address}");
    }
}

#[tokio::test]
async fn fields_and_metrics_and_the_description_are_served() {
    let fields = get("/api/v1/fields").await.json();
    let src_ip = fields["fields"].as_array().unwrap().iter().find(|field| field["name"] == "src_ip").unwrap();
    assert_eq!((src_ip["kind"].as_str(), src_ip["mirror"].as_str()), (Some("ip"), Some("dst_ip")));
    assert!(src_ip["aliases"].as_array().unwrap().iter().any(|alias| alias == "source.ip"));

    let metrics = get("/metrics").await;
    assert!(metrics.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    assert!(metrics.body.contains("weir_up 1"));

    assert_eq!(get("/api/v1/openapi.json").await.body, crate::openapi_json());
}
