//! What became of each file.

use weir_ingest::capture::CaptureError;
use weir_ingest::{ExporterStatus, Outcome, Reason, Reasons};

/// What a file gave, and what of it could not be read.
#[derive(Debug, Default)]
pub struct FileSummary {
    /// The file's name, as in the records.
    pub name: String,
    /// Flow exports in the file.
    pub datagrams: u64,
    /// Packets of a capture that were something else.
    pub skipped_packets: u64,
    /// Data records printed, sFlow flow samples included.
    pub data_records: u64,
    /// Options records printed, sFlow counter samples included.
    pub options_records: u64,
    /// sFlow notices of dropped packets printed.
    pub drop_records: u64,
    /// Of the data and options records, those whose template came after them.
    pub held_records: u64,
    /// Sets that had to wait for their template, and of these, those that were decoded.
    pub(crate) held_sets: u64,
    pub(crate) late_sets: u64,
    /// Templates announced, the same again counted again.
    pub templates: u64,
    /// Datagrams that could not be read at all.
    pub rejected: Reasons,
    /// Sets, templates, records and samples that could not be read.
    pub problems: Reasons,
    /// Why the file could not be opened or read to its end.
    pub error: Option<CaptureError>,
}

impl FileSummary {
    pub(crate) fn note(&mut self, outcome: &Outcome) {
        self.datagrams += 1;
        if let Some(reason) = outcome.rejected {
            self.rejected.add(reason, 1);
        }
        self.problems.merge(&outcome.problems);
        self.held_sets += outcome.held_sets;
    }

    /// Sets whose template did not come, also not in a later file.
    pub fn sets_without_template(&self) -> u64 {
        let no_room = self.problems.iter().filter(|(reason, _)| *reason == Reason::NO_TEMPLATE);
        self.held_sets.saturating_sub(self.late_sets) + no_room.map(|(_, count)| count).sum::<u64>()
    }

    /// Whether everything in the file was read.
    pub fn is_complete(&self) -> bool {
        self.error.is_none()
            && self.rejected.is_empty()
            && self.problems.is_empty()
            && self.sets_without_template() == 0
    }

    /// Whether something in the file could not be read because it is damaged. Data whose template is not there is
    /// not damaged, nor is what a later version of the protocol may define.
    pub fn is_damaged(&self) -> bool {
        let harmless = [Reason::NO_TEMPLATE, Reason::SET_ID_RESERVED];
        self.error.is_some()
            || !self.rejected.is_empty()
            || self.problems.iter().any(|(reason, _)| !harmless.contains(&reason))
    }
}

/// What became of all files.
#[derive(Debug, Default)]
pub struct Report {
    /// One summary per file, in the order given.
    pub files: Vec<FileSummary>,
    /// Who exported, over all files.
    pub exporters: Vec<ExporterStatus>,
}
