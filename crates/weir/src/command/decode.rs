//! `weir decode`: what captures hold, record by record.

use std::fmt::Write as _;
use std::io::ErrorKind;

use weir_decode::FileSummary;
use weir_ingest::{ExporterStatus, Reason};
use weir_telemetry::chain;

use crate::cli::Decode;
use crate::failure::Failure;

pub(crate) fn run(arguments: &Decode) -> Result<(), Failure> {
    let report = match weir_decode::files(&arguments.files, &mut std::io::stdout().lock()) {
        Ok(report) => report,
        // The reader has seen enough.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => return Ok(()),
        Err(cause) => return Err(Failure::failed(format!("cannot write to stdout: {cause}"))),
    };
    for file in &report.files {
        if arguments.stats || !file.is_complete() {
            eprint!("{}", summary(file, arguments.stats));
        }
    }
    if arguments.stats {
        report.exporters.iter().for_each(|exporter| eprint!("{}", gaps(exporter)));
    }
    match report.files.iter().filter(|file| file.is_damaged()).count() {
        0 => Ok(()),
        damaged => Err(Failure::failed(format!(
            "{damaged} of {} files could not be read in full: see above",
            report.files.len()
        ))),
    }
}

/// What a file gave in a line, and below it what could not be read.
fn summary(file: &FileSummary, counts: bool) -> String {
    let mut text = format!("{}:", file.name);
    if counts {
        let _ = write!(
            text,
            " datagrams={} skipped_packets={} data_records={} options_records={} drop_records={} \
             held_records={} templates={}",
            file.datagrams,
            file.skipped_packets,
            file.data_records,
            file.options_records,
            file.drop_records,
            file.held_records,
            file.templates
        );
    }
    text.push('\n');
    if let Some(error) = &file.error {
        let _ = writeln!(text, "  {}", chain(error));
    }
    for (reason, count) in file.rejected.iter() {
        let _ = writeln!(text, "  datagrams rejected, {reason}: {count}");
    }
    for (reason, count) in file.problems.iter().filter(|(reason, _)| *reason != Reason::NO_TEMPLATE) {
        let _ = writeln!(text, "  {reason}: {count}");
    }
    if file.sets_without_template() > 0 {
        let _ = writeln!(text, "  {}: {}", Reason::NO_TEMPLATE, file.sets_without_template());
    }
    text
}

/// What is missing from an exporter's sequence numbers; nothing where nothing is.
fn gaps(exporter: &ExporterStatus) -> String {
    match exporter.gaps {
        Some(gaps) if gaps.count + gaps.reordered + gaps.restarts > 0 => format!(
            "{} {} domain {}: missing {}={} reordered={} restarts={}\n",
            exporter.exporter,
            exporter.protocol,
            exporter.domain,
            gaps.unit,
            gaps.count,
            gaps.reordered,
            gaps.restarts
        ),
        _ => String::new(),
    }
}
