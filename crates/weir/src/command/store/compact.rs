//! `weir store compact`: puts all segments together that a server would put together with time.

use std::sync::Arc;

use serde_json::json;
use weir_schema::Table;
use weir_store::{Store, table_dir};
use weir_telemetry::SystemClock;

use crate::cli::StoreCompact;
use crate::client::Client;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &StoreCompact) -> Result<(), Failure> {
    if let Some(url) = &arguments.url {
        let client = Client::new(Some(url));
        let health = client.post("/api/v1/store/compact", &json!({}))?;
        let waiting = |table: &str| {
            let count = |name: &str| health[table][name].as_u64().unwrap_or(0);
            count("segments").saturating_sub(count("sorted_segments"))
        };
        return say(&format!(
            "the server puts {} segments together now, in the background; `weir store ls` shows how far it is\n",
            waiting("store") + waiting("counters")
        ));
    }
    weir_telemetry::init_logging(weir_telemetry::LogFormat::Text);
    // A directory that is none must not become one.
    super::snapshot(&arguments.data, Table::Flows)?;
    let configuration = Configuration::load(None)?;
    let (mut before, mut after, mut done) = (0, 0, 0);
    for table in Table::ALL {
        let dir = table_dir(&arguments.data, table);
        if !dir.exists() {
            continue;
        }
        let store = Store::open(&dir, configuration.store.clone(), Arc::new(SystemClock));
        let store = store.map_err(|error| super::failed(&error))?;
        before += store.stats().bytes;
        done += store.compact_all().map_err(|error| super::failed(&error))?;
        after += store.stats().bytes;
    }
    if done == 0 {
        return say("nothing to put together\n");
    }
    say(&format!(
        "{done} segments put together: {before} bytes became {after}; the old files go when a server runs for a minute\n"
    ))
}
