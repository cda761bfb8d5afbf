//! `weir decode` as a user meets it: lines on stdout, what could not be read on stderr, exit codes.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use weir_testkit::{Finished, Launch, run};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

fn decode(arguments: &[&Path]) -> Finished {
    run(Launch::new(WEIR).command().arg("decode").arg("--stats").args(arguments), Duration::from_mins(1))
}

fn lines(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A v9 datagram around FlowSets.
fn v9(sets: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![0, 9, 0, 1];
    bytes.extend([0, 0, 0xea, 0x60, 0x65, 0x53, 0xf1, 0, 0, 0, 0, 1, 0, 0, 0, 7]);
    bytes.extend(sets.concat());
    bytes
}

/// Announces 256: sourceIPv4Address, octetDeltaCount, and a vendor's field twice.
const TEMPLATE: &[u8] =
    &[0, 0, 0, 24, 1, 0, 0, 4, 0, 8, 0, 4, 0, 1, 0, 4, 0x80, 0xea, 0, 2, 0x80, 0xea, 0, 2];
/// One record of it.
const DATA: &[u8] = &[1, 0, 0, 16, 192, 0, 2, 1, 0, 0, 5, 220, 7, 0xe9, 0, 1];

#[test]
fn prints_records_with_the_file_where_they_stood() {
    let directory = tempfile::tempdir().unwrap();
    let data = write(directory.path(), "data.bin", &v9(&[DATA]));
    let template = write(directory.path(), "template.bin", &v9(&[TEMPLATE, DATA]));
    let finished = decode(&[&data, &template]).expect_code(0);
    let fields = json!({
        "sourceIPv4Address": "192.0.2.1", "octetDeltaCount": 1500, "v9:33002": "0x07e9", "v9:33002#2": "0x0001",
    });
    let line = |file: &Path, held: bool| {
        let mut line =
            json!({"file": file, "record": 0, "kind": "data", "protocol": "netflow9", "fields": fields});
        if held {
            line["held"] = json!(true);
        }
        line
    };
    assert_eq!(lines(&finished), [line(&data, true), line(&template, false)]);
    assert!(finished.stderr.contains("data_records=1 options_records=0"), "{}", finished.stderr);
}

#[test]
fn records_that_wait_do_not_move_the_numbers_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let other = [&[1, 1][..], &DATA[2..]].concat();
    let other_template = [&TEMPLATE[..4], &[1, 1], &TEMPLATE[6..]].concat();
    let datagrams = [v9(&[TEMPLATE, &other, DATA]), v9(&[&other_template, DATA])].concat();
    let finished = decode(&[&write(directory.path(), "both.bin", &datagrams)]).expect_code(0);
    let numbers: Vec<_> =
        lines(&finished).iter().map(|line| (line["record"].as_u64(), line["held"] == true)).collect();
    assert_eq!(numbers, [(Some(0), false), (Some(1), false), (Some(2), true)]);
}

#[test]
fn prints_what_can_be_read_of_damaged_files_and_fails() {
    let directory = tempfile::tempdir().unwrap();
    let overrun = [&DATA[..3], &[200], &DATA[4..]].concat();
    let damaged = write(directory.path(), "damaged.bin", &v9(&[TEMPLATE, DATA, &overrun]));
    let noise = write(directory.path(), "noise.bin", b"GET / HTTP/1.1\r\n");
    let whole = write(directory.path(), "whole.bin", &v9(&[DATA]));
    let finished = decode(&[&damaged, &noise, &whole]).expect_code(1);
    assert_eq!(lines(&finished).len(), 2);
    for told in ["set_overrun: 1", "is no capture", "2 of 3 files"] {
        assert!(finished.stderr.contains(told), "{told}: {}", finished.stderr);
    }
}

#[test]
fn data_without_a_template_is_told_and_no_failure() {
    let directory = tempfile::tempdir().unwrap();
    let data = write(directory.path(), "data.bin", &v9(&[DATA, DATA]));
    let finished = decode(&[&data]).expect_code(0);
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("no_template: 2"), "{}", finished.stderr);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let directory = tempfile::tempdir().unwrap();
    let mut datagram = vec![0, 5, 0, 30];
    datagram.resize(24 + 30 * 48, 0);
    let many = write(directory.path(), "many.bin", &datagram.repeat(500));
    let launch = Launch::new(WEIR);
    let mut command = launch.command();
    command.arg("decode").arg(&many).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"file\":"), "{first}");
    let finished = child.wait_with_output().unwrap();
    assert!(finished.status.success());
    assert_eq!(String::from_utf8_lossy(&finished.stderr), "");
}
