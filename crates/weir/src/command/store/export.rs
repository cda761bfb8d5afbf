//! `weir store export`: copies rows of a range to Parquet files.

use weir_api::time::{TimeRange, When, parse_length};
use weir_filter::Filter;
use weir_schema::Table;
use weir_telemetry::{Clock as _, SystemClock};

use crate::cli::StoreExport;
use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &StoreExport) -> Result<(), Failure> {
    let scope = &arguments.scope;
    let now_ns = SystemClock.now_ns();
    let wrong = |error: weir_api::time::TimeError| Failure::wrong_use(error.to_string()).help(error.help());
    let from = match &scope.last {
        Some(last) => {
            parse_length(last).map_err(wrong)?;
            Some(When::Text(format!("now-{last}")))
        }
        None => scope.from.clone().map(When::Text),
    };
    let to = scope.to.clone().map(When::Text);
    let range = TimeRange::resolve(from.as_ref(), to.as_ref(), now_ns).map_err(wrong)?;
    let filter = match &scope.filter {
        None => None,
        Some(text) => Some(weir_filter::parse(text).map_err(|errors| not_understood(text, &errors))?),
    };
    let table = Table::from(scope.table);
    let snapshot = super::snapshot(&arguments.data, table)?;
    std::fs::create_dir_all(&arguments.into)
        .map_err(|cause| Failure::failed(format!("cannot make `{}`: {cause}", arguments.into.display())))?;
    let compiled = filter.as_ref().map(Filter::new);
    let exported = snapshot.export(
        range.from_ns..range.to_ns,
        &weir_query::prune(filter.as_ref()),
        &|batch| Ok(compiled.as_ref().map(|filter| filter.mask(batch)).transpose()?),
        &arguments.into,
        table.name(),
    );
    let exported = exported.map_err(|error| super::failed(&error))?;
    let files = exported.files.len();
    say(&format!("{} rows in {files} files in {}\n", exported.rows, arguments.into.display()))?;
    if exported.damaged.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!("the rows of {} are missing: it is damaged", exported.damaged.join(", ")))
        .help("`weir store verify` says what is wrong with it"))
}

fn not_understood(text: &str, errors: &[weir_filter::FilterError]) -> Failure {
    let message = errors.first().map_or_else(String::new, ToString::to_string);
    Failure::wrong_use(format!("the filter `{text}` is not understood: {message}"))
}
