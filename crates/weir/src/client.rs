//! Asks a running server.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;
use crate::run_file::RunFile;

/// Where the server listens when nothing says otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8044";
/// Data directory of a server started without flags.
const DEFAULT_DATA: &str = "./weir-data";

/// A server.
pub(crate) struct Client {
    base: String,
    /// Keeps the connection for the next page.
    agent: ureq::Agent,
}

impl Client {
    /// The server named, else the one of the default data directory, else the default address.
    pub(crate) fn new(url: Option<&str>) -> Self {
        let base = match url {
            Some(url) if url.contains("://") => url.trim_end_matches('/').to_owned(),
            Some(host) => format!("http://{}", host.trim_end_matches('/')),
            None => RunFile::read(Path::new(DEFAULT_DATA))
                .map_or_else(|| DEFAULT_URL.to_owned(), |run| format!("http://{}", run.http)),
        };
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .build()
            .into();
        Self { base, agent }
    }

    /// Where it asks.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Gets a document; nothing when no server answers.
    pub(crate) fn get(&self, path: &str) -> Result<Option<Value>, Failure> {
        let url = format!("{}{path}", self.base);
        let Ok(mut response) = self.agent.get(&url).call() else { return Ok(None) };
        let status = response.status();
        let answer = response.body_mut().with_config().limit(1 << 30).read_json();
        answer.map(Some).map_err(|cause| {
            Failure::failed(format!("{url} answered {status}, and not with JSON: {cause}"))
                .help("is that a Weir? name another server with `--url URL`")
        })
    }

    /// Posts a request and reads the answer.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.base);
        let mut response = self.agent.post(&url).send_json(body).map_err(|cause| {
            Failure::failed(format!("no server answers at {}: {cause}", self.base))
                .help("start one with `weir serve`, name another with `--url URL`, or read a data directory with `--data DIR`")
        })?;
        let status = response.status();
        let answer: Value =
            response.body_mut().with_config().limit(1 << 30).read_json().map_err(|cause| {
                Failure::failed(format!("{url} answered {status}, and not with JSON: {cause}"))
            })?;
        if status.is_success() {
            return Ok(answer);
        }
        Err(Failure::from_answer(&answer["error"], status.is_client_error(), body["filter"].as_str()))
    }
}
