//! The UI's files, from a made-up `web/dist`.

use super::*;

fn find(path: &str) -> Option<Cow<'static, [u8]>> {
    let bytes: &[u8] = match path {
        "index.html" => b"<style nonce=\"__WEIR_NONCE__\"></style><meta content=\"__WEIR_NONCE__\">",
        "assets/app-1a2b.js" => b"plain",
        "assets/app-1a2b.js.br" => b"brotli",
        "assets/app-1a2b.js.gz" => b"gzip",
        "favicon.svg" => b"<svg/>",
        _ => return None,
    };
    Some(Cow::Borrowed(bytes))
}

async fn get(path: &str, encodings: &str) -> (StatusCode, HeaderMap, String) {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, encodings.parse().unwrap());
    read(answer(find, &Method::GET, path, &headers)).await
}

async fn read(response: Response) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

fn nonce_of(headers: &HeaderMap) -> String {
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned()
}

#[tokio::test]
async fn each_page_has_its_own_nonce() {
    let (status, headers, html) = get("/", "br").await;
    assert_eq!(status, StatusCode::OK);
    let nonce = nonce_of(&headers);
    assert_eq!(nonce.len(), 32);
    assert_eq!(html, format!("<style nonce=\"{nonce}\"></style><meta content=\"{nonce}\">"));
    assert_ne!(nonce_of(&get("/", "br").await.1), nonce);
}

#[tokio::test]
async fn pages_of_the_ui_are_its_index() {
    for path in ["/flows", "/hosts/10.0.0.1", "/hosts/example.org", "/index.html"] {
        let (status, headers, html) = get(path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(html.contains(&nonce_of(&headers)));
    }
}

#[tokio::test]
async fn files_come_in_the_best_form_the_client_takes() {
    for (encodings, body, encoding) in [
        ("gzip, deflate, br;q=0.9", "brotli", Some("br")),
        ("gzip", "gzip", Some("gzip")),
        ("br;q=0, gzip;q=0.0", "plain", None),
        ("", "plain", None),
    ] {
        let (_, headers, text) = get("/assets/app-1a2b.js", encodings).await;
        assert_eq!(text, body, "{encodings}");
        assert_eq!(headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap()), encoding);
        assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert!(headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_eq!(headers[header::VARY], "accept-encoding");
    }
    let (_, headers, _) = get("/favicon.svg", "br").await;
    assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    for path in ["/assets/gone-9f.js", "/api/v1/nothing", "/api", "/api/v2/health"] {
        let (status, _, body) = get(path, "").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(body.starts_with("{\"error\":{\"code\":\"not_found\""), "{body}");
    }
    let (status, _, _) = read(answer(find, &Method::POST, "/flows", &HeaderMap::new())).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_build_without_ui_says_how_to_get_it() {
    let (status, _, html) = read(answer(|_| None, &Method::GET, "/flows", &HeaderMap::new())).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("make web"));
}
