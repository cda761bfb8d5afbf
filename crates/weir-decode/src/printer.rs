//! Lines of JSON: numbers records within their files and puts file, index and kind around what they hold.

use weir_ingest::{Watch, WatchedSet};
use weir_wire::{Protocol, sflow, v1, v5, v7};

use crate::fixed::FixedLayouts;
use crate::json;
use crate::layout::{Layout, Layouts};
use crate::report::FileSummary;
use crate::sflow::write_sample;

/// Records that had to wait for a template in the same file are printed at its end, or when they take so many bytes.
const MAX_WAITING: usize = 64 << 20;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A flow, event or sampled packet.
    Data,
    /// What an exporter says about itself: options records, sFlow counters.
    Options,
    /// A packet that was dropped, as sFlow tells of it. It is neither a flow nor a record about the exporter.
    Event,
}

impl Kind {
    fn name(self) -> &'static [u8] {
        match self {
            Kind::Data => b"data",
            Kind::Options => b"options",
            Kind::Event => b"event",
        }
    }
}

/// Prints the records of all files.
#[derive(Debug)]
pub(crate) struct Printer {
    pub(crate) files: Vec<File>,
    layouts: Layouts,
    fixed: FixedLayouts,
    /// The object of the record in hand.
    object: Vec<u8>,
    /// What has been printed and not been taken yet.
    pub(crate) lines: Vec<u8>,
}

/// A file that records come from.
#[derive(Debug)]
pub(crate) struct File {
    /// Its name, ready to be printed.
    quoted: Vec<u8>,
    pub(crate) summary: FileSummary,
    waiting: Vec<Waiting>,
    /// The objects of those that wait, back to back.
    objects: Vec<u8>,
}

/// A record that is printed when the file has been read, so that it does not move the others' numbers.
#[derive(Debug)]
struct Waiting {
    kind: Kind,
    protocol: Protocol,
    end: usize,
}

impl File {
    /// Appends the line of the next record of its kind.
    fn write_line(&mut self, lines: &mut Vec<u8>, kind: Kind, protocol: Protocol, held: bool, object: &[u8]) {
        let count = match kind {
            Kind::Data => &mut self.summary.data_records,
            Kind::Options => &mut self.summary.options_records,
            Kind::Event => &mut self.summary.drop_records,
        };
        let record = *count;
        *count += 1;
        lines.extend_from_slice(b"{\"file\":");
        lines.extend_from_slice(&self.quoted);
        lines.extend_from_slice(b",\"record\":");
        json::push_unsigned(lines, record);
        lines.extend_from_slice(b",\"kind\":\"");
        lines.extend_from_slice(kind.name());
        lines.extend_from_slice(b"\",\"protocol\":\"");
        lines.extend_from_slice(protocol.name().as_bytes());
        if held {
            self.summary.held_records += 1;
            lines.extend_from_slice(b"\",\"held\":true,\"fields\":");
        } else {
            lines.extend_from_slice(b"\",\"fields\":");
        }
        lines.extend_from_slice(object);
        lines.extend_from_slice(b"}\n");
    }

    fn write_waiting(&mut self, lines: &mut Vec<u8>) {
        let objects = std::mem::take(&mut self.objects);
        let mut start = 0;
        for Waiting { kind, protocol, end } in std::mem::take(&mut self.waiting) {
            let object = objects.get(start..end).unwrap_or_default();
            self.write_line(lines, kind, protocol, true, object);
            start = end;
        }
    }
}

impl Printer {
    pub(crate) fn new() -> Printer {
        Printer {
            files: Vec::new(),
            layouts: Layouts::default(),
            fixed: FixedLayouts::new(),
            object: Vec::new(),
            lines: Vec::new(),
        }
    }

    pub(crate) fn start_file(&mut self, name: &str) {
        let mut quoted = Vec::new();
        json::push_text(&mut quoted, name.as_bytes());
        let summary = FileSummary { name: name.to_owned(), ..FileSummary::default() };
        self.files.push(File { quoted, summary, waiting: Vec::new(), objects: Vec::new() });
    }

    /// Prints what of the last file had to wait.
    pub(crate) fn end_file(&mut self) {
        if let Some(file) = self.files.last_mut() {
            file.write_waiting(&mut self.lines);
        }
    }

    /// Prints the records of a datagram that needs no template, and that the session has taken.
    pub(crate) fn untemplated(&mut self, protocol: Protocol, payload: &[u8]) {
        let Some(file) = self.files.last_mut() else { return };
        let (layout, records) = match protocol {
            Protocol::Netflow1 => match v1::Datagram::parse(payload) {
                Ok(view) if view.record_len() == v1::RECORD_LEN => (&self.fixed.netflow1, view.records()),
                Ok(view) => (&self.fixed.netflow1_short, view.records()),
                Err(_) => return,
            },
            Protocol::Netflow5 => match v5::Datagram::parse(payload) {
                Ok(view) => (&self.fixed.netflow5, view.records()),
                Err(_) => return,
            },
            Protocol::Netflow7 => match v7::Datagram::parse(payload) {
                Ok(view) => (&self.fixed.netflow7, view.records()),
                Err(_) => return,
            },
            Protocol::Sflow5 => {
                let Ok(view) = sflow::Datagram::parse(payload) else { return };
                for sample in view.samples().flatten() {
                    self.object.clear();
                    if let Some(kind) = write_sample(&mut self.object, &sample) {
                        file.write_line(&mut self.lines, kind, protocol, false, &self.object);
                    }
                }
                return;
            }
            Protocol::Netflow9 | Protocol::Ipfix => return,
        };
        each_record(layout, records, &mut self.object, |object| {
            file.write_line(&mut self.lines, Kind::Data, protocol, false, object);
        });
    }
}

/// The session shows sets of records here; the tag of a datagram is the place of its file.
impl Watch for Printer {
    fn set(&mut self, set: WatchedSet<'_>) {
        let last = self.files.len().saturating_sub(1);
        let in_hand = set.tag as usize == last;
        let Some(file) = self.files.get_mut(set.tag as usize) else { return };
        file.summary.late_sets += u64::from(set.held);
        let kind = if set.options { Kind::Options } else { Kind::Data };
        let layout = self.layouts.of(&set);
        each_record(layout, set.body, &mut self.object, |object| {
            if set.held && in_hand {
                file.objects.extend_from_slice(object);
                file.waiting.push(Waiting { kind, protocol: set.protocol, end: file.objects.len() });
            } else {
                file.write_line(&mut self.lines, kind, set.protocol, set.held, object);
            }
        });
        if file.objects.len() > MAX_WAITING {
            file.write_waiting(&mut self.lines);
        }
    }
}

/// Prints the records that stand back to back in `body`, up to padding or a record that runs over.
fn each_record(layout: &Layout, mut body: &[u8], object: &mut Vec<u8>, mut print: impl FnMut(&[u8])) {
    loop {
        object.clear();
        let Some(length) = layout.write_record(object, body) else { break };
        print(object);
        body = body.get(length..).unwrap_or_default();
    }
}
