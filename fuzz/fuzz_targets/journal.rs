//! Journal files, whatever is on disk: a reader yields sound batches or passes over what it cannot read.
//!
//! The first byte of the input says what the rest is: 0 a whole file, 1 the body of a frame, 2 a compressed body behind
//! the length (four bytes) that it claims to have. In front of a body come the rows (two bytes), and the target makes
//! the header, because a fuzzer cannot guess checksums.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use weir_journal::{Journal, JournalConfig, JournalReader, Position, Visibility};

/// A data directory whose journal has one file, and what that file begins with.
struct Place {
    directory: TempDir,
    file: PathBuf,
    header: Vec<u8>,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    // In memory where there is such a directory: every input is written.
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let directory = tempfile::tempdir_in(parent).expect("a directory for the journal");
    drop(
        Journal::open(directory.path(), JournalConfig::default(), Position::START).expect("an empty journal"),
    );
    let file = directory.path().join(weir_journal::FOLDER).join("0000000000000001.wj");
    let header = fs::read(&file).expect("the journal's first file");
    Place { directory, file, header }
});

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let mut content = match kind % 3 {
        0 => rest.to_vec(),
        kind => {
            let Some(([first, second], rest)) = rest.split_first_chunk() else { return };
            let rows = u32::from(u16::from_le_bytes([*first, *second]));
            let (raw_len, body) = match rest.split_first_chunk() {
                Some((length, body)) if kind == 2 => (u32::from_le_bytes(*length), body),
                _ => (rest.len() as u32, rest),
            };
            [&PLACE.header[..], &frame(rows, raw_len, body)].concat()
        }
    };
    // A file's own number and header are not what is tested here.
    if kind % 3 == 0 {
        let length = content.len().min(PLACE.header.len());
        content[..length].copy_from_slice(&PLACE.header[..length]);
    }
    fs::write(&PLACE.file, &content).expect("the input as a file");
    let reader = JournalReader::open(PLACE.directory.path(), Position::START, Visibility::All);
    let mut reader = reader.expect("a reader of the journal");
    let mut frames = 0;
    while let Some(Ok((position, batch))) = reader.next() {
        assert!(position > Position::START);
        assert!(batch.num_rows() <= 1 << 20);
        frames += 1;
    }
    assert!(frames <= content.len() / 44);
});

/// A frame with a sound header.
fn frame(rows: u32, raw_len: u32, body: &[u8]) -> Vec<u8> {
    let end = (PLACE.header.len() + 44 + body.len()) as u64;
    let mut bytes = Vec::with_capacity(44 + body.len());
    for word in [body.len() as u32, raw_len, rows, crc32c::crc32c(body)] {
        bytes.extend(word.to_le_bytes());
    }
    for word in [0, 1, end] {
        bytes.extend(u64::to_le_bytes(word));
    }
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend(body);
    bytes
}
