//! `weir load`: captures into a store, their own times kept.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use weir_testkit::{ALWAYS, Capture, Finished, Launch, Sums, run, skip};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// A NetFlow v5 datagram of `records` records of 1000 bytes in 2 packets each, that ended at `seconds` since 1970.
fn v5(seconds: u32, sequence: u32, records: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend([0, 5]);
    bytes.extend(records.to_be_bytes());
    // Up for a minute when it sends, at a whole second.
    bytes.extend(60_000_u32.to_be_bytes());
    bytes.extend(seconds.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(sequence.to_be_bytes());
    bytes.extend([0; 4]);
    for record in 0..records {
        let mut body = [0; 48];
        body[..8].copy_from_slice(&[192, 0, 2, record as u8, 198, 51, 100, 1]);
        body[16..20].copy_from_slice(&2_u32.to_be_bytes());
        body[20..24].copy_from_slice(&1000_u32.to_be_bytes());
        body[24..28].copy_from_slice(&50_000_u32.to_be_bytes());
        body[28..32].copy_from_slice(&60_000_u32.to_be_bytes());
        body[38] = 17;
        bytes.extend(body);
    }
    bytes
}

fn load(launch: &Launch, files: &[PathBuf]) -> Finished {
    let mut command = launch.command();
    command.arg("load").args(files).arg("--data").arg(launch.data());
    run(&mut command, Duration::from_mins(2))
}

fn sums(launch: &Launch, from: &str, to: &str) -> Sums {
    let mut command = launch.command();
    command.args(["query", "--from", from, "--to", to, "--format", "json", "--data"]).arg(launch.data());
    Sums::of_answer(&run(&mut command, Duration::from_mins(1)).expect_code(0).json())
}

#[test]
fn a_capture_keeps_its_times() {
    let launch = Launch::new(WEIR);
    let (exporter, collector) =
        ((Ipv4Addr::new(192, 0, 2, 254), 50_000), (Ipv4Addr::new(192, 0, 2, 253), 2055));
    let mut capture = Capture::new();
    // 2021-01-01 and a day later.
    for (number, seconds) in [1_609_459_200_u32, 1_609_459_201, 1_609_545_600].into_iter().enumerate() {
        let datagram = v5(seconds, number as u32 * 20, 20);
        capture.push_datagram(u64::from(seconds) * 1_000_000, exporter, collector, &datagram);
    }
    let file = launch.folder().join("export.pcap");
    capture.save(&file).unwrap();

    let loaded = load(&launch, &[file]).expect_code(0);
    assert!(
        loaded.stdout.contains("loaded 60 records from 3 datagrams in 1 of 1 files"),
        "{}",
        loaded.stdout
    );
    let command = "weir flows --from 2021-01-01T00:00:00Z --to 2021-01-02T00:00:01Z --data ";
    assert!(loaded.stdout.contains(command), "{}", loaded.stdout);
    let [(_, from), (_, to)] = ALWAYS;
    assert_eq!(sums(&launch, from, to), Sums { flows: 60, bytes: 60_000, packets: 120 });
    let first_day = sums(&launch, "2021-01-01T00:00:00Z", "2021-01-01T12:00:00Z");
    assert_eq!(first_day, Sums { flows: 40, bytes: 40_000, packets: 80 });

    // A server on the same directory shows them too.
    let weir = launch.start();
    assert_eq!(weir.sums(Some("exporter = 192.0.2.254")).flows, 60);
}

#[test]
fn a_file_that_is_no_capture_is_refused() {
    let launch = Launch::new(WEIR);
    let absent = load(&launch, &[launch.folder().join("absent.pcap")]);
    assert_eq!(absent.code, 1, "{}", absent.stderr);
    assert!(absent.stderr.contains("absent.pcap"), "{}", absent.stderr);
}

#[test]
fn what_stands_before_and_after_a_damaged_file_is_loaded() {
    let launch = Launch::new(WEIR);
    let save = |name: &str, bytes: &[u8]| {
        let file = launch.folder().join(name);
        fs::write(&file, bytes).unwrap();
        file
    };
    let whole = save("whole.v5", &v5(1_609_459_200, 0, 20));
    let no_capture = save("letter.txt", b"Dear Sir or Madam");
    let later = save("later.v5", &v5(1_609_459_201, 20, 10));
    let loaded = load(&launch, &[whole, no_capture, launch.folder().join("absent.pcap"), later]);
    assert_eq!(loaded.code, 1, "{}", loaded.stderr);
    assert!(
        loaded.stdout.contains("loaded 30 records from 2 datagrams in 2 of 4 files"),
        "{}",
        loaded.stdout
    );
    assert!(loaded.stderr.contains("letter.txt` is no capture"), "{}", loaded.stderr);
    assert!(loaded.stderr.contains("absent.pcap"), "{}", loaded.stderr);
    let [(_, from), (_, to)] = ALWAYS;
    assert_eq!(sums(&launch, from, to).flows, 30);
}

#[test]
fn a_template_in_one_file_describes_data_in_the_next() {
    let launch = Launch::new(WEIR);
    // NetFlow v9: template 256 of sourceIPv4Address and octetDeltaCount; then a record by it.
    let v9 = |sequence: u32, set: &[u8]| {
        let mut bytes = vec![0, 9, 0, 1];
        bytes.extend(60_000_u32.to_be_bytes());
        bytes.extend(1_609_459_200_u32.to_be_bytes());
        bytes.extend(sequence.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(set);
        bytes
    };
    let template = v9(0, &[0, 0, 0, 16, 1, 0, 0, 2, 0, 8, 0, 4, 0, 1, 0, 4]);
    let data = v9(1, &[1, 0, 0, 12, 192, 0, 2, 1, 0, 0, 3, 0xe8]);
    let files: Vec<PathBuf> = [("template.v9", template), ("data.v9", data)]
        .into_iter()
        .map(|(name, bytes)| {
            let file = launch.folder().join(name);
            fs::write(&file, bytes).unwrap();
            file
        })
        .collect();
    let loaded = load(&launch, &files).expect_code(0);
    assert!(loaded.stdout.contains("loaded 1 records from 2 datagrams"), "{}", loaded.stdout);
    let [(_, from), (_, to)] = ALWAYS;
    assert_eq!(sums(&launch, from, to).bytes, 1000);
}

#[test]
fn every_shared_capture_loads() {
    let Some(shared) = std::env::var_os("WEIR_SHARED") else {
        return skip("WEIR_SHARED is not set: it names the folder with the captures");
    };
    let mut files = Vec::new();
    list(&Path::new(&shared).join("captures"), &mut files);
    assert!(files.len() > 50, "{} captures in {}", files.len(), shared.display());

    let launch = Launch::new(WEIR);
    let loaded = load(&launch, &files).expect_code(0);
    let words: Vec<&str> = loaded.stdout.split_whitespace().collect();
    let records: u64 = words[1].parse().unwrap_or_else(|_| panic!("{}", loaded.stdout));
    assert!(records > 1_000, "{}", loaded.stdout);
    // Records of any age, also those whose exporter had no clock.
    let mut query = launch.command();
    query.args([
        "query",
        "--measure",
        "rows",
        "--from",
        "1970-01-01T00:00:00Z",
        "--to",
        "2200-01-01T00:00:00Z",
    ]);
    query.args(["--format", "json", "--data"]).arg(launch.data());
    let answer = run(&mut query, Duration::from_mins(1)).expect_code(0).json();
    // Some records became two rows; events are rows as well.
    let rows = answer["rows"][0]["rows"].as_u64().unwrap_or_default();
    assert!(rows >= records, "{rows} rows of {records} records; {}", loaded.stdout);
    println!("{} captures: {}", files.len(), loaded.stdout.trim());
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let ending = entry.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        if entry.is_dir() {
            list(&entry, files);
        } else if !matches!(ending, "md" | "jsonl") {
            files.push(entry);
        }
    }
}
