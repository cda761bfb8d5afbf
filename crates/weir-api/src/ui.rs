//! Serves the UI that `make web` builds: embedded in release builds, read from `web/dist` in debug builds.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::error::ApiError;
use crate::model::ErrorCode;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
#[exclude = "*.map"]
#[exclude = ".vite/*"]
struct Dist;

/// Stands in `index.html` where the nonce of the response goes.
const NONCE_MARK: &str = "__WEIR_NONCE__";

/// Shown when the UI was not built.
const MISSING: &str = "<!doctype html>
<html lang=\"en\"><meta charset=\"utf-8\"><title>Weir</title>
<h1>This Weir was built without its UI</h1>
<p>Collecting, storing and the API work. To get the UI, run <code>make web</code> (it needs Node) and build Weir again.</p>
<p>The API is described at <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p>
</html>
";

/// Finds a file of the UI by its path below `web/dist`.
type Find = fn(&str) -> Option<Cow<'static, [u8]>>;

fn find_in_dist(path: &str) -> Option<Cow<'static, [u8]>> {
    Dist::get(path).map(|file| file.data)
}

/// Answers every path that no other handler has.
pub(crate) async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(find_in_dist, &method, uri.path(), &headers)
}

fn answer(find: Find, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if path == "/api" || path.starts_with("/api/") {
        return ApiError::new(ErrorCode::NotFound, format!("there is nothing at `{path}`"))
            .help("`/api/v1/openapi.json` lists every path")
            .into_response();
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return ApiError::new(ErrorCode::MethodNotAllowed, format!("`{path}` takes only GET"))
            .into_response();
    }
    let name = path.trim_start_matches('/');
    if name.is_empty() || name == "index.html" {
        return page(find);
    }
    match file(find, name, headers) {
        Some(response) => response,
        // A page of the UI has no extension and lives nowhere but in the browser's router.
        None if name.starts_with("assets/") => {
            ApiError::new(ErrorCode::NotFound, format!("there is nothing at `{path}`")).into_response()
        }
        None => page(find),
    }
}

/// The UI's page, with a nonce that lets exactly this response bring its own styles.
fn page(find: Find) -> Response {
    let Some(template) = find("index.html") else { return Html(MISSING).into_response() };
    let nonce = match nonce() {
        Ok(nonce) => nonce,
        Err(error) => {
            return ApiError::new(ErrorCode::Internal, "no random numbers to be had")
                .detail(error.to_string())
                .into_response();
        }
    };
    let html = String::from_utf8_lossy(&template).replace(NONCE_MARK, &nonce);
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = Html(html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// 128 random bits.
fn nonce() -> Result<String, getrandom::Error> {
    let bits = (u128::from(getrandom::u64()?) << 64) | u128::from(getrandom::u64()?);
    Ok(format!("{bits:032x}"))
}

/// A file, in the smallest form that the client takes.
fn file(find: Find, name: &str, headers: &HeaderMap) -> Option<Response> {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, extension)| Some((encoding, find(&format!("{name}.{extension}"))?)));
    let (encoding, bytes) = match compressed {
        Some((encoding, bytes)) => (Some(encoding), bytes),
        None => (None, find(name)?),
    };
    let body = match bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    // Names below assets/ carry a hash of their content.
    let caching =
        if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = (
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, content_type(name)),
            (header::CACHE_CONTROL, caching),
            (header::VARY, "accept-encoding"),
        ],
        body,
    )
        .into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// Whether an `Accept-Encoding` header takes the encoding.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let is_refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)));
        is_it && !is_refused
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
