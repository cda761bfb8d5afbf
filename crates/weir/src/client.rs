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

/// What to do without a server.
const START: &str = "start one with `weir serve`, or name another with `--url URL`";

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

    /// Posts a question about rows, which a data directory could answer too, and reads the answer.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let help = "start one with `weir serve`, name another with `--url URL`, or read a data directory with `--data DIR`";
        self.posted(path, body, help)
    }

    /// Posts something that only a server can do, and reads the answer.
    pub(crate) fn order(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.posted(path, body, START)
    }

    fn posted(&self, path: &str, body: &Value, help: &str) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.base);
        let response = self.agent.post(&url).send_json(body).map_err(|cause| self.silent(&cause, help))?;
        json_of(response, &url, body["filter"].as_str())
    }

    /// Gets a text, and the cursor at which it goes on, if it does.
    pub(crate) fn text(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<(String, Option<String>), Failure> {
        let url = format!("{}{path}", self.base);
        let pairs = query.iter().map(|(name, value)| (*name, value.as_str()));
        let request = self.agent.get(&url).query_pairs(pairs);
        let mut response = request.call().map_err(|cause| self.silent(&cause, START))?;
        let status = response.status();
        let next = response.headers().get("x-next-cursor").and_then(|value| value.to_str().ok());
        let next = next.map(str::to_owned);
        let text = response.body_mut().with_config().limit(1 << 30).read_to_string().map_err(|cause| {
            Failure::failed(format!("{url} answered {status}, and not with text: {cause}"))
        })?;
        if status.is_success() {
            return Ok((text, next));
        }
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        Err(Failure::from_answer(&answer["error"], status.is_client_error(), None))
    }

    /// Gets a document of a server that must be there.
    pub(crate) fn fetch(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let (text, _) = self.text(path, query)?;
        serde_json::from_str(&text).map_err(|cause| {
            Failure::failed(format!("{}{path} answered, and not with JSON: {cause}", self.base))
        })
    }

    /// Ends something that the server keeps, and reads what it was.
    pub(crate) fn delete(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.base);
        let request = self.agent.delete(&url).query_pairs(query.iter().copied());
        let response = request.call().map_err(|cause| self.silent(&cause, START))?;
        json_of(response, &url, None)
    }

    fn silent(&self, cause: &ureq::Error, help: &str) -> Failure {
        Failure::failed(format!("no server answers at {}: {cause}", self.base)).help(help)
    }
}

/// The JSON of an answer, or what it says went wrong. `filter` is the filter that was asked with, to point into.
fn json_of(
    mut response: ureq::http::Response<ureq::Body>,
    url: &str,
    filter: Option<&str>,
) -> Result<Value, Failure> {
    let status = response.status();
    let answer: Value =
        response.body_mut().with_config().limit(1 << 30).read_json().map_err(|cause| {
            Failure::failed(format!("{url} answered {status}, and not with JSON: {cause}"))
        })?;
    if status.is_success() {
        return Ok(answer);
    }
    Err(Failure::from_answer(&answer["error"], status.is_client_error(), filter))
}
