//! The same question to a running server or to a data directory.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use weir_api::model::ErrorBody;
use weir_api::time::parse_length;
use weir_query::{Batches, Source, SourceError};
use weir_schema::Table;
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

/// Puts table, filter and range into a request.
pub(super) fn range(body: &mut Map<String, Value>, scope: &Scope) -> Result<(), Failure> {
    body.insert("table".to_owned(), json!(Table::from(scope.table).name()));
    let from = match &scope.last {
        Some(last) => {
            parse_length(last)
                .map_err(|wrong| Failure::wrong_use(format!("`--last`: {wrong}")).help(wrong.help()))?;
            Some(format!("now-{last}"))
        }
        None => scope.from.clone(),
    };
    let entries = [("from", from), ("to", scope.to.clone()), ("filter", scope.filter.clone())];
    for (key, value) in entries {
        if let Some(value) = value {
            body.insert(key.to_owned(), json!(value));
        }
    }
    Ok(())
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
                local(dir, body, |snapshots, now| weir_api::local::query(snapshots, body, now))
            }
        }
    }

    pub(super) fn flows(&self, body: &Value) -> Result<Value, Failure> {
        match self {
            Self::Server(client) => client.post("/api/v1/flows", body),
            Self::Directory(dir) => {
                local(dir, body, |snapshots, now| weir_api::local::flows(snapshots, body, now))
            }
        }
    }
}

/// Takes a snapshot of a table.
type Snapshots<'a> = dyn Fn(Table) -> Result<Box<dyn Source>, SourceError> + 'a;

fn local(
    dir: &Path,
    body: &Value,
    ask: impl Fn(&Snapshots<'_>, i64) -> Result<Value, Box<ErrorBody>>,
) -> Result<Value, Failure> {
    let refused = |error: Box<ErrorBody>| {
        let wrong_question = error.code.status() == 400;
        let error = serde_json::to_value(&error).unwrap_or_default();
        Failure::from_answer(&error, wrong_question, body["filter"].as_str())
    };
    let now_ns = SystemClock.now_ns();
    // A wrong question is told as such, whatever the directory holds: ask it of nothing first.
    ask(&|_| Ok(Box::new(Batches::default())), now_ns).map_err(refused)?;
    let failed = |error: &StoreError| Failure::from_error(error).maybe_help(error.help());
    if dir.exists() && !dir.is_dir() {
        return Err(Failure::failed(format!("`{}` is a file, not a data directory", dir.display())));
    }
    let table = body["table"].as_str().and_then(Table::from_name).unwrap_or_default();
    let store = ReadStore::open_table(dir, table).map_err(|error| failed(&error))?;
    // The first snapshot is taken here, where a failure can still say what to do.
    let first = Cell::new(Some(store.snapshot().map_err(|error| failed(&error))?));
    let snapshots = |_| -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(match first.take() {
            Some(first) => first,
            None => store.snapshot()?,
        }))
    };
    ask(&snapshots, now_ns).map_err(refused)
}
