//! The same question to a running server or to a data directory.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use weir_api::model::ErrorBody;
use weir_query::{Batches, Source};
use weir_store::{ReadStore, StoreError};
use weir_telemetry::{Clock as _, SystemClock};

use crate::cli::{Scope, Target};
use crate::client::Client;
use crate::failure::Failure;

/// Who answers.
pub(super) enum Asked {
    Server(Client),
    Directory(PathBuf),
}

/// Puts filter and range into a request.
pub(super) fn range(body: &mut Map<String, Value>, scope: &Scope) {
    let from = match &scope.last {
        Some(last) => Some(format!("now-{last}")),
        None => scope.from.clone(),
    };
    let entries = [("from", from), ("to", scope.to.clone()), ("filter", scope.filter.clone())];
    for (key, value) in entries {
        if let Some(value) = value {
            body.insert(key.to_owned(), json!(value));
        }
    }
}

impl Asked {
    pub(super) fn open(target: &Target) -> Self {
        match &target.data {
            Some(dir) => Self::Directory(dir.clone()),
            None => Self::Server(Client::new(target.url.as_deref())),
        }
    }

    pub(super) fn query(&self, body: &Value) -> Result<Value, Failure> {
        match self {
            Self::Server(client) => client.post("/api/v1/query", body),
            Self::Directory(dir) => {
                local(dir, body, |snapshot, now| weir_api::local::query(snapshot, body, now))
            }
        }
    }

    pub(super) fn flows(&self, body: &Value) -> Result<Value, Failure> {
        match self {
            Self::Server(client) => client.post("/api/v1/flows", body),
            Self::Directory(dir) => {
                local(dir, body, |snapshot, now| weir_api::local::flows(snapshot, body, now))
            }
        }
    }
}

fn local(
    dir: &Path,
    body: &Value,
    ask: impl Fn(&dyn Source, i64) -> Result<Value, Box<ErrorBody>>,
) -> Result<Value, Failure> {
    let refused = |error: Box<ErrorBody>| {
        let wrong_question = error.code.status() == 400;
        let error = serde_json::to_value(&error).unwrap_or_default();
        Failure::from_answer(&error, wrong_question, body["filter"].as_str())
    };
    let now_ns = SystemClock.now_ns();
    // A wrong question is told as such, whatever the directory holds: ask it of nothing first.
    ask(&Batches::default(), now_ns).map_err(refused)?;
    let failed = |error: &StoreError| Failure::from_error(error).maybe_help(error.help());
    let store = ReadStore::open(dir).map_err(|error| failed(&error))?;
    let snapshot = store.snapshot().map_err(|error| failed(&error))?;
    ask(&snapshot, now_ns).map_err(refused)
}
