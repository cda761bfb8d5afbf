//! Datagrams in, lines of JSON out.

use std::io::{self, Write};
use std::path::PathBuf;

use weir_batch::Batches;
use weir_ingest::capture::{Capture, Captured};
use weir_ingest::{ExporterStatus, Outcome, Session, SessionLimits};
use weir_wire::template::{Dialect, Templates};
use weir_wire::{Protocol, ipfix, v9};

use crate::printer::Printer;
use crate::report::{FileSummary, Report};

/// Lines are written when there are so many bytes of them.
const WRITE_AT: usize = 1 << 16;
/// Rows that nobody wants are dropped when there are so many.
const DROP_ROWS_AT: usize = 1 << 14;

/// Decodes files one after the other, as one stream of one or more exporters, and writes a line for each record.
///
/// A file that cannot be read to its end is no error: its summary says so. The error is that of writing.
pub fn files(paths: &[PathBuf], out: &mut impl Write) -> io::Result<Report> {
    let mut decoder = Decoder::new();
    let mut rows = Batches::new();
    for path in paths {
        decoder.start_file(&path.to_string_lossy());
        match Capture::open(path, 0) {
            Ok(mut capture) => {
                for captured in &mut capture {
                    match captured {
                        Ok(captured) => decoder.datagram(&captured, &mut rows),
                        Err(error) => {
                            decoder.summary().error = Some(error);
                            break;
                        }
                    };
                    if rows.flows.rows() + rows.counters.rows() > DROP_ROWS_AT {
                        rows = Batches::new();
                    }
                    if decoder.printer.lines.len() > WRITE_AT {
                        decoder.write_lines(out)?;
                    }
                }
                decoder.summary().skipped_packets = capture.skipped();
            }
            Err(error) => decoder.summary().error = Some(error),
        }
        decoder.end_file();
        decoder.write_lines(out)?;
    }
    out.flush()?;
    Ok(Report { exporters: decoder.exporters(), files: decoder.into_summaries() })
}

/// Decodes datagrams and keeps the lines until they are taken.
pub struct Decoder {
    session: Session,
    printer: Printer,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder::new()
    }
}

impl Decoder {
    /// A decoder that has seen nothing yet.
    pub fn new() -> Decoder {
        // Files are read much faster than traffic arrives, and what waits for its template costs a collector nothing
        // here.
        let limits = SessionLimits {
            new_exporters_per_second: 0,
            held_bytes: 256 << 20,
            held_bytes_per_address: 256 << 20,
            ..SessionLimits::default()
        };
        Decoder { session: Session::new(limits), printer: Printer::new() }
    }

    /// From here on, datagrams are from this file.
    pub fn start_file(&mut self, name: &str) {
        self.printer.start_file(name);
    }

    /// Decodes a datagram of the file in hand. `rows` gets what a running collector would store.
    pub fn datagram(&mut self, captured: &Captured, rows: &mut Batches) -> Outcome {
        self.summary();
        let tag = self.printer.files.len() as u64 - 1;
        let Captured { source, received_ns, payload } = captured;
        let outcome =
            self.session.watched_datagram(*source, *received_ns, payload, tag, rows, &mut self.printer);
        if let (Some(protocol), None) = (outcome.protocol, outcome.rejected) {
            self.printer.untemplated(protocol, payload);
        }
        let templates = outcome.protocol.map_or(0, |protocol| count_templates(protocol, payload));
        let summary = self.summary();
        summary.note(&outcome);
        summary.templates += templates;
        outcome
    }

    /// Prints what of the file had to wait.
    pub fn end_file(&mut self) {
        self.printer.end_file();
    }

    /// The lines since the last call, each with its line feed.
    pub fn take_lines(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.printer.lines)
    }

    /// What is known of each exporter.
    pub fn exporters(&self) -> Vec<ExporterStatus> {
        self.session.exporters()
    }

    /// The summaries of all files.
    pub fn into_summaries(self) -> Vec<FileSummary> {
        self.printer.files.into_iter().map(|file| file.summary).collect()
    }

    /// That of the file in hand.
    fn summary(&mut self) -> &mut FileSummary {
        if self.printer.files.is_empty() {
            self.start_file("");
        }
        let last = self.printer.files.len() - 1;
        &mut self.printer.files[last].summary
    }

    fn write_lines(&mut self, out: &mut impl Write) -> io::Result<()> {
        let written = out.write_all(&self.printer.lines);
        self.printer.lines.clear();
        written
    }
}

/// The templates that a datagram announces.
fn count_templates(protocol: Protocol, payload: &[u8]) -> u64 {
    let (dialect, sets) = match protocol {
        Protocol::Netflow9 => (Dialect::Netflow9, v9::Datagram::parse(payload).map(v9::Datagram::sets)),
        Protocol::Ipfix => (Dialect::Ipfix, ipfix::Message::parse(payload).map(ipfix::Message::sets)),
        _ => return 0,
    };
    let ids = match dialect {
        Dialect::Netflow9 => [v9::TEMPLATE_SET, v9::OPTIONS_TEMPLATE_SET],
        Dialect::Ipfix => [ipfix::TEMPLATE_SET, ipfix::OPTIONS_TEMPLATE_SET],
    };
    let announced =
        sets.into_iter().flatten().flatten().filter(|set| ids.contains(&set.id)).flat_map(|set| {
            let templates = Templates::new(set.body, dialect, set.id == ids[1]);
            templates.flatten().filter(|template| !template.is_withdrawal())
        });
    announced.count() as u64
}
