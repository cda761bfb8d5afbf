//! `weir load`: captures into the store.

use std::fmt::Write as _;
use std::sync::Arc;

use weir_api::time::rfc3339;
use weir_pipeline::{Deps, LoadSummary};
use weir_telemetry::{Registry, SystemClock, chain};

use crate::cli::Load;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;

const SECOND_NS: i64 = 1_000_000_000;

pub(crate) fn run(arguments: &Load) -> Result<(), Failure> {
    weir_telemetry::init_logging(weir_telemetry::LogFormat::Text);
    let mut configuration = Configuration::load(None)?;
    configuration.data.dir.clone_from(&arguments.data);
    let deps = Deps { clock: Arc::new(SystemClock), metrics: Registry::default() };
    let summary = weir_pipeline::load(&configuration.pipeline(), &deps, &arguments.files)
        .map_err(|error| Failure::from_error(&error).maybe_help(error.help()))?;
    say(&told(&summary, arguments))?;
    for (reason, count) in rejected(&summary) {
        eprintln!("  {reason}: {count}");
    }
    match summary.damaged.as_slice() {
        [] => Ok(()),
        [damage] => Err(Failure::from_error(damage)),
        [first, rest @ ..] => {
            for damage in rest {
                eprintln!("error: {}", chain(damage));
            }
            Err(Failure::from_error(first))
        }
    }
}

/// What was loaded, and the command that shows it.
fn told(summary: &LoadSummary, arguments: &Load) -> String {
    let done = &summary.accounting;
    let unread: u64 = rejected(summary).map(|(_, count)| count).sum();
    let counters = match done.rows.counters.stored {
        0 => String::new(),
        rows => format!(" and {rows} counters"),
    };
    let mut text = format!(
        "loaded {} records{counters} from {} datagrams in {} of {} files ({unread} datagrams and sets could not be read)\n",
        done.records.stored,
        done.datagrams.received,
        summary.files,
        arguments.files.len()
    );
    if summary.skipped > 0 {
        let _ = writeln!(text, "{} packets were no flow exports", summary.skipped);
    }
    if let Some(times) = &summary.times {
        // To the whole second, outwards: the end of a range is not in it.
        let from = rfc3339(times.start().div_euclid(SECOND_NS) * SECOND_NS);
        let to = rfc3339((times.end().div_euclid(SECOND_NS) + 1) * SECOND_NS);
        let data = arguments.data.display();
        let _ = writeln!(text, "see them: weir flows --from {from} --to {to} --data {data}");
    }
    text
}

/// What could not be read, by reason.
fn rejected(summary: &LoadSummary) -> impl Iterator<Item = (&String, u64)> {
    let done = &summary.accounting;
    done.datagrams.rejected.iter().chain(&done.sets.rejected).map(|(reason, count)| (reason, *count))
}
