//! Posting JSON over HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use super::SendError;
use crate::tls::authorities;

/// Most bytes of an answer that are read, to say why something was refused.
const ANSWER: u64 = 4096;

/// Posts to one receiver. What it trusts is read for each request, so that files can be replaced.
pub(super) struct Poster {
    ca: Option<PathBuf>,
    timeout: Duration,
}

impl Poster {
    pub(super) fn new(ca: Option<&Path>, timeout: Duration) -> Self {
        Self { ca: ca.map(Path::to_owned), timeout }
    }

    /// What can be told to be wrong without posting.
    pub(super) fn check(&self, url: &str) -> Result<(), String> {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err("the address begins with neither `https://` nor `http://`".to_owned());
        }
        self.ca.as_deref().map_or(Ok(()), |path| authorities(Some(path)).map(|_| ()))
    }

    fn agent(&self, is_tls: bool) -> Result<Agent, String> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(self.timeout));
        if is_tls {
            let found = authorities(self.ca.as_deref())?;
            let certificates: Vec<_> =
                found.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
            let tls = TlsConfig::builder()
                .provider(TlsProvider::Rustls)
                .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .root_certs(RootCerts::Specific(Arc::new(certificates)))
                .build();
            config = config.tls_config(tls);
        }
        Ok(config.build().into())
    }

    /// Posts a body. A status of 2xx means that the receiver has it; 400, 413 and 422 that it will never take it.
    pub(super) fn post(&self, url: &str, headers: &[(&str, String)], body: &str) -> Result<(), SendError> {
        let agent = self.agent(url.starts_with("https://")).map_err(SendError::Later)?;
        let mut request = agent.post(url).header("Content-Type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value.as_str());
        }
        let mut response =
            request.send(body).map_err(|cause| SendError::Later(format!("no answer: {cause}")))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let answer = response.body_mut().with_config().limit(ANSWER).read_to_string().unwrap_or_default();
        let answer: String = answer.chars().filter(|c| !c.is_control()).take(200).collect();
        let why = format!("the receiver answered {status} {answer}").trim_end().to_owned();
        Err(match status.as_u16() {
            400 | 413 | 422 => SendError::Refused(why),
            _ => SendError::Later(why),
        })
    }
}
