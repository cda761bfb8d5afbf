//! The journal as its users see it: what comes back, after any interruption and any damage.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use arrow_array::RecordBatch;
use proptest::prelude::*;
use tempfile::TempDir;
use weir_config::ByteSize;
use weir_schema::Field;

use crate::frame::{Encoder, Found, decode, read_frame};
use crate::{Cut, FOLDER, Journal, JournalConfig, JournalReader, Position, Visibility, file};

#[path = "../tests/support/batches.rs"]
mod batches;

use batches::{any_batch, batch};

const FIELDS: [Field; 6] =
    [Field::SrcIp, Field::DstIp, Field::Bytes, Field::Protocol, Field::FlowProtocol, Field::Extra];

fn open(dir: &TempDir) -> Journal {
    Journal::open(dir.path(), JournalConfig::default(), Position::START).unwrap()
}

fn small_files() -> JournalConfig {
    JournalConfig { file_size: ByteSize(8 << 10), ..JournalConfig::default() }
}

fn read_all(dir: &Path, from: Position) -> Vec<(Position, RecordBatch)> {
    JournalReader::open(dir, from, Visibility::All).unwrap().map(Result::unwrap).collect()
}

fn newest_file(dir: &TempDir) -> std::path::PathBuf {
    let folder = dir.path().join(FOLDER);
    file::path(&folder, *file::list(&folder).unwrap().last().unwrap())
}

#[test]
fn readers_see_what_was_appended_and_go_on_when_more_comes() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    let mut reader = journal.reader(Position::START).unwrap();
    assert!(reader.next().is_none());
    let first = batch(100, &FIELDS, 1);
    let at = journal.append(&first).unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), (at, first));
    assert!(reader.next().is_none());
    let second = batch(50, &FIELDS, 2);
    let later = journal.append(&second).unwrap();
    assert!(later > at);
    assert_eq!(reader.next().unwrap().unwrap(), (later, second.clone()));
    assert_eq!(read_all(dir.path(), at), [(later, second)]);
}

#[test]
fn other_processes_see_only_what_is_on_disk() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    let mut reader = JournalReader::open(dir.path(), Position::START, Visibility::Synced).unwrap();
    let at = journal.append(&batch(10, &FIELDS, 1)).unwrap();
    assert!(reader.next().is_none());
    assert_eq!(journal.sync().unwrap(), at);
    assert_eq!(reader.next().unwrap().unwrap().0, at);
}

#[test]
fn rolls_to_new_files_and_retires_those_that_are_passed() {
    let dir = TempDir::new().unwrap();
    let mut journal = Journal::open(dir.path(), small_files(), Position::START).unwrap();
    let mut slow = journal.reader(Position::START).unwrap();
    let positions: Vec<_> = (0..40).map(|seed| journal.append(&batch(50, &FIELDS, seed)).unwrap()).collect();
    let files = file::list(&dir.path().join(FOLDER)).unwrap();
    assert!(files.len() > 3, "{files:?}");
    assert_eq!(read_all(dir.path(), Position::START).len(), 40);

    let middle = positions[20];
    assert_eq!(journal.retire(middle).unwrap(), middle.file - 1);
    assert_eq!(read_all(dir.path(), middle).iter().map(|entry| entry.0).collect::<Vec<_>>(), positions[21..]);
    // A reader that holds a retired file finishes it and goes on with what is left.
    let seen: Vec<_> = slow.by_ref().map(|entry| entry.unwrap().0).collect();
    assert!(seen.starts_with(&positions[..1]) && seen.ends_with(&positions[21..]));

    // The file being written stays, whatever is passed.
    journal.retire(Position { file: u64::MAX, offset: 0 }).unwrap();
    assert_eq!(file::list(&dir.path().join(FOLDER)).unwrap(), files[files.len() - 1..]);
}

#[test]
fn a_file_cut_at_any_byte_loses_only_the_frames_behind_the_cut() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    let positions: Vec<_> = (0..4).map(|seed| journal.append(&batch(6, &FIELDS, seed)).unwrap()).collect();
    drop(journal);
    let path = newest_file(&dir);
    let whole = fs::read(&path).unwrap();
    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        let kept = positions.iter().filter(|position| position.offset <= len as u64).count();
        assert_eq!(read_all(dir.path(), Position::START).len(), kept, "before opening, cut at {len}");
        // Opening waits for the disk, so it is tried at the edges of frames and now and then.
        let ends = || positions.iter().map(|position| position.offset);
        if len % 61 != 0 && !ends().any(|end| end.abs_diff(len as u64) < 2) {
            continue;
        }
        let mut journal = open(&dir);
        let end = if kept > 0 { positions[kept - 1].offset } else { journal.position().offset };
        let has_header = journal.cut().files == 0;
        let torn = if has_header { len as u64 - end } else { 0 };
        assert_eq!(journal.cut(), Cut { bytes: torn, files: u64::from(!has_header) });
        let after = journal.append(&batch(3, &FIELDS, 9)).unwrap();
        let seen: Vec<_> = read_all(dir.path(), Position::START).iter().map(|entry| entry.0).collect();
        assert_eq!(seen, [&positions[..kept], &[after]].concat(), "after opening, cut at {len}");
        drop(journal);
        fs::remove_file(newest_file(&dir)).unwrap();
    }
}

#[test]
fn a_changed_byte_costs_its_frame_and_no_other() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    let positions: Vec<_> = (0..3).map(|seed| journal.append(&batch(20, &FIELDS, seed)).unwrap()).collect();
    drop(journal);
    let path = newest_file(&dir);
    let mut bytes = fs::read(&path).unwrap();
    bytes[positions[1].offset as usize - 5] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut reader = JournalReader::open(dir.path(), Position::START, Visibility::All).unwrap();
    let seen: Vec<_> = reader.by_ref().map(|entry| entry.unwrap().0).collect();
    assert_eq!(seen, [positions[0], positions[2]]);
    assert_eq!((reader.skipped().frames, reader.skipped().rows), (1, 20));
}

#[test]
fn an_opened_journal_goes_on_in_its_newest_file() {
    let dir = TempDir::new().unwrap();
    let before = open(&dir).append(&batch(20, &FIELDS, 1)).unwrap();
    let after = open(&dir).append(&batch(20, &FIELDS, 2)).unwrap();
    assert_eq!(after.file, before.file);
}

#[test]
fn positions_stay_ahead_of_a_reader_that_knows_more_than_the_disk() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    journal.append(&batch(20, &FIELDS, 1)).unwrap();
    let passed = journal.append(&batch(20, &FIELDS, 2)).unwrap();
    drop(journal);
    // The power failed before the frames were on disk.
    let path = newest_file(&dir);
    let len = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(len - 10).unwrap();
    let mut journal = Journal::open(dir.path(), JournalConfig::default(), passed).unwrap();
    let after = journal.append(&batch(5, &FIELDS, 3)).unwrap();
    assert!(after > passed);
    assert_eq!(read_all(dir.path(), passed).iter().map(|entry| entry.0).collect::<Vec<_>>(), [after]);
}

#[test]
fn frames_are_written_again_when_an_fsync_fails_and_read_once() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    let mut reader = journal.reader(Position::START).unwrap();
    let mut positions = vec![journal.append(&batch(20, &FIELDS, 1)).unwrap()];
    journal.sync().unwrap();
    positions.push(journal.append(&batch(20, &FIELDS, 2)).unwrap());
    positions.push(journal.append(&batch(20, &FIELDS, 3)).unwrap());
    assert_eq!(reader.by_ref().take(2).count(), 2);

    let mut fails = 3;
    journal.flush_with(move |opened| {
        fails -= 1;
        if fails >= 0 { Err(io::Error::other("the disk is gone")) } else { opened.sync_data() }
    });
    journal.sync().unwrap_err();
    journal.sync().unwrap_err();
    let synced = journal.sync().unwrap();
    assert!(synced > positions[2]);
    positions.push(journal.append(&batch(20, &FIELDS, 4)).unwrap());
    assert!(positions[3] > synced);

    assert_eq!(reader.by_ref().map(|entry| entry.unwrap().0).collect::<Vec<_>>(), positions[2..]);
    for (passed, from) in [Position::START].iter().chain(&positions).enumerate() {
        let seen: Vec<_> = read_all(dir.path(), *from).iter().map(|entry| entry.0).collect();
        assert_eq!(seen, positions[passed..], "from {from}");
    }
    // The first copies turn out not to be on disk.
    let first = file::path(&dir.path().join(FOLDER), positions[0].file);
    let mut bytes = fs::read(&first).unwrap();
    bytes[positions[1].offset as usize - 5] ^= 1;
    fs::write(&first, &bytes).unwrap();
    assert_eq!(
        read_all(dir.path(), Position::START).iter().map(|entry| entry.0).collect::<Vec<_>>(),
        positions
    );
    fs::write(&first, &bytes[..positions[0].offset as usize + 3]).unwrap();
    assert_eq!(
        read_all(dir.path(), Position::START).iter().map(|entry| entry.0).collect::<Vec<_>>(),
        positions
    );
}

/// Everything that the journal's folder holds, in frames and in what was set aside.
fn stored_bytes(dir: &TempDir) -> u64 {
    let folder = fs::read_dir(dir.path().join(FOLDER)).unwrap();
    let is_file = |name: &str| name.contains(".wj");
    let entries = folder.map(Result::unwrap).filter(|entry| is_file(entry.file_name().to_str().unwrap()));
    entries.map(|entry| entry.metadata().unwrap().len()).sum()
}

fn flip(path: &Path, at: u64, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at as usize] ^= 1 << bit;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_bit_flipped_in_a_frame_header_costs_no_other_frame() {
    for at in 0..44 {
        let dir = TempDir::new().unwrap();
        let mut journal = open(&dir);
        let positions: Vec<_> =
            (0..4).map(|seed| journal.append(&batch(20, &FIELDS, seed)).unwrap()).collect();
        journal.sync().unwrap();
        drop(journal);
        let path = newest_file(&dir);
        flip(&path, positions[0].offset + at, (at % 8) as u8);
        let before = stored_bytes(&dir);
        let mut journal = open(&dir);
        assert_eq!((journal.cut(), journal.damage().bytes > 0), (Cut::default(), true), "byte {at}");
        let after = journal.append(&batch(5, &FIELDS, 9)).unwrap();
        assert!(stored_bytes(&dir) > before, "byte {at}");
        let mut reader = journal.reader(Position::START).unwrap();
        let seen: Vec<_> = reader.by_ref().map(|entry| entry.unwrap().0).collect();
        assert_eq!(seen, [positions[0], positions[2], positions[3], after], "byte {at}");
        assert_eq!(reader.skipped().missing_frames, 1, "byte {at}");
        // The rows are still known, unless it is their number, or the length, that has changed.
        assert!(at < 12 || reader.skipped().rows == 20, "byte {at}");
    }
}

#[test]
fn a_tail_that_had_been_acknowledged_is_not_cut_off() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    let first = journal.append(&batch(20, &FIELDS, 1)).unwrap();
    let last = journal.append(&batch(30, &FIELDS, 2)).unwrap();
    journal.sync().unwrap();
    drop(journal);
    let path = newest_file(&dir);
    flip(&path, first.offset + 20, 3);
    let before = fs::read(&path).unwrap();
    let mut journal = open(&dir);
    assert_eq!(journal.cut(), Cut::default());
    let damage = journal.damage();
    assert_eq!((damage.frames, damage.rows, damage.bytes), (1, 30, last.offset - first.offset));
    assert_eq!(fs::read(&path).unwrap(), before);
    let after = journal.append(&batch(5, &FIELDS, 9)).unwrap();
    assert!(after > last);
    assert_eq!(read_all(dir.path(), Position::START).iter().map(|e| e.0).collect::<Vec<_>>(), [first, after]);
}

#[test]
fn a_file_that_lost_its_header_is_set_aside_and_its_rows_are_counted() {
    let dir = TempDir::new().unwrap();
    let mut journal = Journal::open(dir.path(), small_files(), Position::START).unwrap();
    let positions: Vec<_> = (0..20).map(|seed| journal.append(&batch(50, &FIELDS, seed)).unwrap()).collect();
    journal.sync().unwrap();
    drop(journal);
    let newest = positions[19].file;
    for number in [newest, newest - 1] {
        flip(&file::path(&dir.path().join(FOLDER), number), 30, 2);
    }
    let before = stored_bytes(&dir);
    let lost = positions.iter().filter(|position| position.file >= newest - 1).count();
    // The first of the frames that are lost here is in a segment already.
    let floor = positions[20 - lost];
    let mut journal = Journal::open(dir.path(), small_files(), floor).unwrap();
    let damage = journal.damage();
    assert_eq!((damage.files, damage.frames, damage.rows), (2, lost as u64 - 1, 50 * (lost as u64 - 1)));
    assert_eq!(journal.cut(), Cut::default());
    assert!(stored_bytes(&dir) > before);
    let after = journal.append(&batch(5, &FIELDS, 99)).unwrap();
    assert!(after > positions[19]);
    let seen: Vec<_> = read_all(dir.path(), Position::START).iter().map(|entry| entry.0).collect();
    assert_eq!(seen, [&positions[..20 - lost], &[after]].concat());
    // And again: no number is used twice.
    drop(journal);
    let journal = Journal::open(dir.path(), small_files(), floor).unwrap();
    assert_eq!((journal.damage(), journal.position() >= after), (crate::Damage::default(), true));
}

#[test]
fn columns_are_found_by_name_when_the_field_table_has_changed() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    journal.append(&batch(20, &[Field::Bytes, Field::Packets], 1)).unwrap();
    drop(journal);
    let path = newest_file(&dir);
    let mut bytes = fs::read(&path).unwrap();
    let find = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).position(|found| found == name).unwrap();
    let (at, other) = (find(&bytes, b"\x05bytes"), find(&bytes, b"\x07packets"));
    bytes[at + 1..at + 6].copy_from_slice(b"novel");
    // Swap the meaning of a column: what was `packets` is a column that has moved.
    bytes[other + 1..other + 8].copy_from_slice(b"flow_id");
    let end = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize + 20;
    let crc = crc32c::crc32c(&bytes[20..end]);
    bytes[16..20].copy_from_slice(&crc.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let (_, back) = read_all(dir.path(), Position::START).remove(0);
    let names: BTreeSet<_> = back.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["time", "received", "flow_id"].map(String::from).into());
    // And frames of today go to a file of their own.
    let before = newest_file(&dir);
    open(&dir).append(&batch(20, &[Field::Bytes], 1)).unwrap();
    assert_ne!(newest_file(&dir), before);
}

#[test]
fn refuses_what_is_not_a_batch_of_fields() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(&dir);
    let good = batch(3, &[Field::Bytes], 1);
    let renamed =
        good.schema().fields().iter().map(|f| f.as_ref().clone().with_name("a")).collect::<Vec<_>>();
    let schema = arrow_schema::Schema::new(renamed);
    let bad = RecordBatch::try_new(schema.into(), good.columns().to_vec()).unwrap();
    assert!(journal.append(&bad).is_err());
    assert_eq!(read_all(dir.path(), Position::START).len(), 0);
}

fn table() -> crate::columns::ColumnTable {
    Field::all().map(|field| Some((field, field.kind()))).collect()
}

fn write_frame(batch: &RecordBatch) -> Vec<u8> {
    Encoder::default().encode(batch).unwrap().place(7, Position { file: 1, offset: 2 })
}

fn read_back(bytes: &[u8]) -> Option<RecordBatch> {
    let file = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut &file, bytes).unwrap();
    let mut body = Vec::new();
    match read_frame(&file, 0, bytes.len() as u64, &mut body).unwrap() {
        Found::Frame(header) => decode(&header, &body, &table()).ok(),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_batch_survives_a_frame(batch in any_batch(300)) {
        prop_assert_eq!(read_back(&write_frame(&batch)), Some(batch));
    }

    #[test]
    fn a_slice_survives_too(batch in any_batch(300), from in 0usize..300, len in 0usize..300) {
        let from = from % batch.num_rows();
        let slice = batch.slice(from, len.min(batch.num_rows() - from));
        let present: Vec<usize> = (0..slice.num_columns())
            .filter(|at| slice.column(*at).null_count() < slice.num_rows() || slice.num_rows() == 0)
            .collect();
        prop_assume!(slice.num_rows() > 0);
        prop_assert_eq!(read_back(&write_frame(&slice)), Some(slice.project(&present).unwrap()));
    }

    #[test]
    fn addresses_still_share_one_dictionary(rows in 1usize..100, seed: u64) {
        let back = read_back(&write_frame(&batch(rows, &[Field::SrcIp, Field::DstIp, Field::NextHop], seed))).unwrap();
        let values: BTreeSet<_> = back.columns().iter()
            .filter_map(|column| arrow_array::cast::AsArray::as_dictionary_opt::<arrow_array::types::UInt32Type>(column))
            .map(|coded| std::sync::Arc::as_ptr(coded.values()).cast::<()>() as usize)
            .collect();
        prop_assert!(values.len() <= 1);
    }

    /// The checksums are made right again, so that the decoder itself meets the damage.
    #[test]
    fn no_body_makes_the_decoder_panic(batch in any_batch(60), changes in prop::collection::vec((any::<u16>(), any::<u8>()), 1..8)) {
        let mut raw = Vec::new();
        crate::columns::put_batch(&mut raw, &batch).unwrap();
        for (at, value) in changes {
            let at = usize::from(at) % raw.len();
            raw[at] = value;
        }
        let _ = crate::columns::get_batch(&raw, batch.num_rows(), &table());
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(raw in prop::collection::vec(any::<u8>(), 0..400), rows in 0usize..100) {
        let _ = crate::columns::get_batch(&raw, rows, &table());
    }

    /// Opening may refuse, but it destroys nothing that was acknowledged, and only what was hit is missing.
    #[test]
    fn one_flipped_bit_never_costs_more_than_what_it_hit(at: u64, bit in 0u8..8, newest: bool) {
        let dir = TempDir::new().unwrap();
        let config = || JournalConfig { file_size: ByteSize(20 << 10), ..JournalConfig::default() };
        let mut journal = Journal::open(dir.path(), config(), Position::START).unwrap();
        let positions: Vec<_> =
            (0..12).map(|seed| journal.append(&batch(50, &FIELDS, seed)).unwrap()).collect();
        journal.sync().unwrap();
        drop(journal);
        let number = if newest { positions[11].file } else { positions[0].file };
        let path = file::path(&dir.path().join(FOLDER), number);
        let before = stored_bytes(&dir);
        flip(&path, at % fs::metadata(&path).unwrap().len(), bit);
        let opened = Journal::open(dir.path(), config(), Position::START);
        prop_assert!(stored_bytes(&dir) >= before);
        if let Ok(mut journal) = opened {
            prop_assert_eq!(journal.cut(), Cut::default());
            let after = journal.append(&batch(5, &FIELDS, 99)).unwrap();
            prop_assert!(after > positions[11]);
            let seen: Vec<_> = read_all(dir.path(), Position::START).iter().map(|entry| entry.0).collect();
            prop_assert_eq!(seen.last(), Some(&after));
            let missing: Vec<_> = positions.iter().filter(|position| !seen.contains(position)).collect();
            let of_file = positions.iter().filter(|position| position.file == number).count();
            prop_assert!(missing.iter().all(|position| position.file == number));
            prop_assert!(missing.len() <= 1 || missing.len() == of_file, "{missing:?}");
        }
    }

    #[test]
    fn a_changed_frame_is_never_taken_for_another(batch in any_batch(60), at: u16, value in 1u8..) {
        let mut bytes = write_frame(&batch);
        let at = usize::from(at) % bytes.len();
        bytes[at] ^= value;
        prop_assert_eq!(read_back(&bytes), None);
    }
}
