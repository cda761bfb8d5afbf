//! A client for HTTP/1.1 that is just enough for our own server.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// Asks one server, a connection per request.
#[derive(Debug, Clone)]
pub struct Http {
    server: SocketAddr,
    /// The network namespace in which the server listens, if not in ours.
    namespace: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// With the chunks put together.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("status {}, body is not JSON ({e}): {}", self.status, self.text()))
    }

    /// The same, when the status is the expected one.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

impl Http {
    /// A client for the server at this address.
    pub fn new(server: SocketAddr) -> Self {
        Self { server, namespace: None }
    }

    /// A client for a server inside a network namespace.
    pub fn within(server: SocketAddr, namespace: &str) -> Self {
        Self { server, namespace: Some(namespace.to_owned()) }
    }

    /// Sends a request and reads the answer. `headers` replace the ones of the same name.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let host = self.server.to_string();
        let length = body.len().to_string();
        let mut request = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
        let own = [
            ("host", host.as_str()),
            ("connection", "close"),
            ("content-type", "application/json"),
            ("content-length", length.as_str()),
        ];
        let kept =
            own.iter().filter(|(name, _)| !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
        for (name, value) in kept.chain(headers) {
            request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        parse(&self.exchange(&request)?)
    }

    /// A GET that must answer 200 with JSON.
    #[track_caller]
    pub fn get_json(&self, path: &str) -> Value {
        let response = self.request("GET", path, &[], b"").unwrap_or_else(|e| panic!("GET {path}: {e}"));
        response.expect_status(200).json()
    }

    /// A POST that must answer 200 with JSON.
    #[track_caller]
    pub fn post_json(&self, path: &str, body: &Value) -> Value {
        self.post(path, body).expect_status(200).json()
    }

    /// A POST with whatever answer.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Response {
        let bytes = body.to_string().into_bytes();
        self.request("POST", path, &[], &bytes).unwrap_or_else(|e| panic!("POST {path}: {e}"))
    }

    fn exchange(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut answer = Vec::new();
        if let Some(namespace) = &self.namespace {
            // A socket belongs to the namespace of the thread that opened it; a shell there opens ours.
            let script =
                format!("exec 3<>/dev/tcp/{}/{}; cat >&3; cat <&3", self.server.ip(), self.server.port());
            let mut shell = Command::new("ip")
                .args(["netns", "exec", namespace, "bash", "-c", &script])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            if let Some(mut stdin) = shell.stdin.take() {
                // A shell that could not connect is gone already; its empty answer tells.
                let _ = stdin.write_all(request);
            }
            if let Some(mut stdout) = shell.stdout.take() {
                stdout.read_to_end(&mut answer)?;
            }
            shell.wait()?;
        } else {
            let mut stream = TcpStream::connect_timeout(&self.server, Duration::from_secs(5))?;
            stream.set_read_timeout(Some(Duration::from_mins(1)))?;
            stream.write_all(request)?;
            stream.read_to_end(&mut answer)?;
        }
        Ok(answer)
    }
}

fn parse(bytes: &[u8]) -> io::Result<Response> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let split =
        bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(|| bad("no end of headers"))?;
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let rest = &bytes[split + 4..];
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| bad("no status line"))?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut response = Response { status, headers, body: Vec::new() };
    response.body = if response.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        unchunk(rest).ok_or_else(|| bad("the chunks do not end"))?
    } else if let Some(length) = response.header("content-length").and_then(|value| value.parse().ok()) {
        rest.get(..length).ok_or_else(|| bad("the body is shorter than its length says"))?.to_vec()
    } else {
        rest.to_vec()
    };
    Ok(response)
}

/// Puts the chunks together; nothing when the last one is missing.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line]).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        rest = rest.get(line + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn puts_chunks_together_and_notices_a_cut_body() {
        let whole =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(whole).unwrap().text(), "abcde");
        assert!(parse(&whole[..whole.len() - 7]).is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").is_err());
        assert!(parse(b"").is_err());
    }

    #[test]
    fn sends_method_headers_and_body() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let http = Http::new(listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut buffer = [0; 1024];
            while !seen.ends_with(b"{\"a\":1}") {
                let read = stream.read(&mut buffer).unwrap();
                seen.extend_from_slice(&buffer[..read]);
            }
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\nnull").unwrap();
            String::from_utf8(seen).unwrap()
        });
        let response = http.request("POST", "/x", &[("Host", "other")], b"{\"a\":1}").unwrap();
        assert_eq!((response.status, response.json()), (201, Value::Null));
        let seen = server.join().unwrap();
        assert!(seen.starts_with("POST /x HTTP/1.1\r\n"), "{seen}");
        assert!(seen.contains("Host: other\r\n") && !seen.contains("host: 127"), "{seen}");
    }
}
