//! `weir load`: captures into the store.

use std::sync::Arc;

use weir_pipeline::Deps;
use weir_telemetry::{Registry, SystemClock};

use crate::cli::Load;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &Load) -> Result<(), Failure> {
    weir_telemetry::init_logging(weir_telemetry::LogFormat::Text);
    let mut configuration = Configuration::load(None)?;
    configuration.data.dir.clone_from(&arguments.data);
    let deps = Deps { clock: Arc::new(SystemClock), metrics: Registry::default() };
    let summary = weir_pipeline::load(&configuration.pipeline(), &deps, &arguments.files)
        .map_err(|error| Failure::from_error(&error).maybe_help(error.help()))?;
    let done = &summary.accounting;
    let rejected: u64 = done.datagrams.rejected.values().sum();
    let sets: u64 = done.sets.rejected.values().sum();
    let counters = match done.rows.counters.stored {
        0 => String::new(),
        rows => format!(" and {rows} counters"),
    };
    say(&format!(
        "loaded {} records{counters} from {} datagrams in {} files ({rejected} datagrams and {sets} sets could not be read)\n",
        done.records.stored, done.datagrams.received, summary.files
    ))?;
    for (reason, count) in done.datagrams.rejected.iter().chain(&done.sets.rejected) {
        eprintln!("  {reason}: {count}");
    }
    Ok(())
}
