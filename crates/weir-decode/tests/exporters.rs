//! Captures of real exporters, recorded by `scripts/record-exporters.sh`, against what was read from them when they
//! were looked at: `testdata/exporters/NAME.jsonl` beside each `NAME.pcap`.
//!
//! `WEIR_WRITE=1 cargo test -p weir-decode --test exporters` writes the expectations again; read the difference.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use weir_batch::Batches;
use weir_decode::Decoder;
use weir_ingest::capture::Capture;

/// What `weir decode` prints of a capture.
fn decode(capture: &Path) -> String {
    let mut decoder = Decoder::new();
    let mut rows = Batches::new();
    decoder.start_file(capture.file_name().unwrap().to_str().unwrap());
    for captured in Capture::open(capture, 0).unwrap() {
        let outcome = decoder.datagram(&captured.unwrap(), &mut rows);
        assert_eq!(outcome.rejected, None, "{}", capture.display());
    }
    decoder.end_file();
    String::from_utf8(decoder.take_lines()).unwrap()
}

#[test]
fn every_record_is_what_it_was() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/exporters"));
    let mut captures: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    captures.retain(|path| path.extension().is_some_and(|extension| extension == "pcap"));
    assert!(captures.len() >= 11, "only {} captures", captures.len());
    for capture in captures {
        let found = decode(&capture);
        let golden = capture.with_extension("jsonl");
        if std::env::var_os("WEIR_WRITE").is_some() {
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert!(!expected.is_empty(), "{}: no records", capture.display());
        for (place, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
            assert_eq!(found, expected, "{}: line {}", capture.display(), place + 1);
        }
        assert_eq!(found.lines().count(), expected.lines().count(), "{}", capture.display());
    }
}
