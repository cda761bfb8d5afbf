//! The catalogue of captures, and its cases decoded.

use std::path::{Path, PathBuf};

use serde_json::Value;
use weir_batch::Batches;
use weir_decode::{Decoder, FileSummary};
use weir_ingest::capture::Capture;

/// Where the captures are; `None` where they are not at hand.
pub(crate) fn captures() -> Option<PathBuf> {
    std::env::var_os("WEIR_SHARED").map(|shared| PathBuf::from(shared).join("captures"))
}

/// Files that are fed to one decoder in order.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The catalogue's line for each file.
    pub(crate) files: Vec<Value>,
}

/// What the decoder made of a case.
pub(crate) struct Decoded {
    pub(crate) lines: Vec<Value>,
    pub(crate) summaries: Vec<FileSummary>,
}

impl Case {
    pub(crate) fn all(captures: &Path) -> Vec<Case> {
        let lines = std::fs::read_to_string(captures.join("expected.jsonl")).unwrap();
        let mut cases: Vec<Case> = Vec::new();
        for line in lines.lines() {
            let expected: Value = serde_json::from_str(line).unwrap();
            let name = expected["case"].as_str().unwrap();
            match cases.last_mut() {
                Some(case) if case.name == name => case.files.push(expected),
                _ => cases.push(Case { name: name.to_owned(), files: vec![expected] }),
            }
        }
        cases
    }

    pub(crate) fn decode(&self, captures: &Path) -> Decoded {
        let mut decoder = Decoder::new();
        let mut rows = Batches::new();
        for expected in &self.files {
            let file = expected["file"].as_str().unwrap();
            decoder.start_file(file);
            for captured in Capture::open(&captures.join(file), 0).unwrap() {
                decoder.datagram(&captured.unwrap(), &mut rows);
            }
            decoder.end_file();
        }
        let lines = decoder.take_lines();
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        Decoded { lines, summaries: decoder.into_summaries() }
    }
}

impl Decoded {
    /// The records of a kind that stand in a file.
    pub(crate) fn lines<'a>(&'a self, file: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.lines.iter().filter(move |line| line["file"] == file && line["kind"] == kind)
    }
}
