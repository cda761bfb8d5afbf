//! Keeps other sites out: the `Host` and `Origin` checks, and the headers that bind the browser.
//!
//! Weir has no login on loopback, so a web page that the user visits must not be able to talk to it. DNS rebinding (the
//! page's own name resolves to 127.0.0.1) is stopped by the `Host` check; forms and scripts of other origins by the
//! `Origin` check and by requiring a JSON content type, which they cannot send without asking first.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::model::ErrorCode;

/// Content security policy of everything that is not the UI's page.
const API_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Headers of every response. Those that the response has already are kept.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, API_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// The names under which this server may be called.
#[derive(Debug)]
pub(crate) struct Guard {
    /// `host` or `host:port`, lower case.
    names: Vec<String>,
}

impl Guard {
    /// Takes the bound address, its loopback names, and the names given in the configuration.
    ///
    /// Loopback names are allowed with every port: they cannot be made to point elsewhere, and a tunnel
    /// (`ssh -L 9000:127.0.0.1:8044`) changes the port.
    pub(crate) fn new(bound: SocketAddr, allowed_hosts: &[String]) -> Self {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into();
        names.push(bound.to_string());
        if bound.port() == 80 {
            names.push(bound.to_string().trim_end_matches(":80").to_owned());
        }
        names.extend(allowed_hosts.iter().map(|host| host.to_lowercase()));
        Self { names }
    }

    fn allows(&self, authority: &str) -> bool {
        let authority = authority.to_lowercase();
        let Ok(parsed) = authority.parse::<Authority>() else { return false };
        if authority.contains('@') {
            return false;
        }
        self.names.iter().any(|name| *name == authority || name == parsed.host())
    }

    /// The host that the request is addressed to must be this server.
    fn check_host(&self, request: &Request) -> Result<(), ApiError> {
        let host = text(request.headers(), &header::HOST);
        // A request line with a full URI overrules the header (RFC 9112, section 3.2.2).
        let target = request.uri().authority().map(Authority::as_str).or(host);
        match target {
            Some(target) if self.allows(target) => Ok(()),
            target => Err(ApiError::new(
                ErrorCode::HostNotAllowed,
                format!("this server is not called `{}`", target.unwrap_or_default()),
            )
            .help("add the name to `http.allowed_hosts` if it is yours, or use http://localhost with the right port")),
        }
    }

    /// A request that changes or asks with a body must come from this server's own pages, or from no page at all.
    fn check_origin(&self, request: &Request) -> Result<(), ApiError> {
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(());
        }
        let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
        let site = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, site)| site);
        let own = text(request.headers(), &header::HOST);
        let is_own = |site: &str| own.is_some_and(|own| own.eq_ignore_ascii_case(site));
        match site {
            Some(site) if is_own(site) || self.is_named(site) => Ok(()),
            _ => Err(ApiError::new(
                ErrorCode::OriginNotAllowed,
                format!("pages of `{}` may not use this server", String::from_utf8_lossy(origin.as_bytes())),
            )
            .help(
                "if that is a reverse proxy in front of this server, add its name to `http.allowed_hosts`",
            )),
        }
    }

    /// Whether the configuration names the site; other ports of loopback are other programs, hence other sites, and a
    /// loopback site without a port is whatever listens on port 80.
    fn is_named(&self, site: &str) -> bool {
        let (name, port) = match site.rsplit_once(':') {
            // The last group of an IPv6 address is no port.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (site, None),
        };
        if ["localhost", "127.0.0.1", "[::1]"].contains(&name) {
            port.is_some() && self.names.contains(&site.to_lowercase())
        } else {
            self.allows(site)
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Refuses what comes from elsewhere and adds the headers to every response.
pub(crate) async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.check_host(&request).and_then(|()| guard.check_origin(&request)) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn guard_of(allowed: &[&str]) -> Guard {
        let allowed: Vec<String> = allowed.iter().map(|&name| name.to_owned()).collect();
        Guard::new("127.0.0.1:8044".parse().unwrap(), &allowed)
    }

    fn request(method: Method, host: &str, origin: Option<&str>) -> Request {
        let mut request = Request::builder().method(method).uri("/").header(header::HOST, host);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_own_names_are_allowed() {
        let guard = guard_of(&["weir.example.org", "Proxy.example:8443"]);
        for host in [
            "127.0.0.1:8044",
            "localhost:8044",
            "LOCALHOST:8044",
            "[::1]:8044",
            "localhost:9000",
            "localhost",
            "weir.example.org",
            "weir.example.org:444",
            "proxy.example:8443",
        ] {
            assert!(guard.allows(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8044",
            "localhost.evil.example:8044",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "evil@localhost:8044",
            "proxy.example",
            "proxy.example:80",
            "127.0.0.2:8044",
            "192.0.2.1:8044",
        ] {
            assert!(!guard.allows(host), "{host}");
        }
    }

    #[test]
    fn a_full_uri_overrules_the_host_header() {
        let guard = guard_of(&[]);
        let request = Request::builder()
            .uri("http://evil.example/api/v1/health")
            .header(header::HOST, "localhost:8044")
            .body(Body::empty())
            .unwrap();
        assert!(guard.check_host(&request).is_err());
        let without_host = Request::builder().uri("/").body(Body::empty()).unwrap();
        assert!(guard.check_host(&without_host).is_err());
    }

    #[test]
    fn posts_come_from_own_pages_or_from_none() {
        let guard = guard_of(&["weir.example.org"]);
        let check = |origin| guard.check_origin(&request(Method::POST, "localhost:8044", origin)).is_ok();
        assert!(check(None));
        assert!(check(Some("http://localhost:8044")));
        assert!(check(Some("https://weir.example.org")));
        assert!(!check(Some("http://localhost")));
        assert!(!check(Some("http://[::1]")));
        assert!(!check(Some("http://localhost:3000")));
        assert!(!check(Some("http://127.0.0.1:3000")));
        assert!(!check(Some("http://evil.example")));
        assert!(!check(Some("null")));
        assert!(
            guard.check_origin(&request(Method::GET, "localhost:8044", Some("http://evil.example"))).is_ok()
        );
    }
}
