//! Detection quality on labelled captures.
//!
//! Reads `attacks` under `WEIR_SHARED`; without that variable, or without softflowd, there is nothing to measure. With
//! `WEIR_WRITE_REPORT` it writes the report into the book; without, it checks what was reached against the recorded floor.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its captures fails")]

mod labels;
mod replay;
mod report;
mod score;
mod texts;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;

use labels::Label;
use report::{Capture, Quality};
use weir_detect::Detection;
use weir_sigma::Level;

/// What must be reached (`floor.json` beside this file holds what is recorded).
#[test]
fn labelled_captures_are_noticed_and_benign_ones_are_not() {
    let Some(shared) = std::env::var_os("WEIR_SHARED") else {
        println!("skipped: WEIR_SHARED is not set: it names the folder with the labelled captures");
        return;
    };
    let folder = PathBuf::from(shared).join("attacks");
    if !replay::has_probe() {
        assert!(std::env::var_os("CI").is_none(), "softflowd is not installed");
        println!("skipped: softflowd is not installed");
        return;
    }
    let only = std::env::var("WEIR_CAPTURE").ok();
    let mut by_file: BTreeMap<String, Vec<Label>> = BTreeMap::new();
    for label in labels::read(&folder) {
        by_file.entry(label.file.clone()).or_default().push(label);
    }
    let (mut captures, mut replayed) = (Vec::new(), Replayed::default());
    for (file, labels) in by_file {
        if only.as_ref().is_some_and(|only| !file.contains(only.as_str())) {
            continue;
        }
        let path = folder.join(&file);
        let batches = match labels[0].format.as_str() {
            "pcap" | "pcapng" => {
                let received = replay::flows(&path);
                check_replayed(&mut replayed, &labels, &watch::replayed(&received));
                received.into_iter().map(replay::with_own_time).collect()
            }
            other => texts::flows(&path, other),
        };
        let detections = watch::detections(&batches);
        for label in &labels {
            let hit = score::hit(label, &detections);
            let verdict = hit.by.as_ref().map_or("-", |by| by.level.name());
            println!("{file} {} {} {}: {verdict}", label.needs, label.attack, label.dst);
        }
        for found in &detections {
            println!("    {} {} {}: {}", found.level.name(), found.rule, found.value, found.sentence);
        }
        captures.push(Capture { file, labels, rows: watch::rows(&batches), detections });
    }
    let quality = Quality::of(&captures);
    println!("{quality:?} {replayed:?}");
    if only.is_some() {
        return;
    }
    if std::env::var_os("WEIR_WRITE_REPORT").is_some() {
        report::write(&captures, &quality);
    } else {
        quality.check(&report::floor());
        // What is received long after it happened is judged as well as what comes live.
        assert!(replayed.missed.is_empty(), "missed when replayed: {:?}", replayed.missed);
        assert!(replayed.benign.len() <= 1, "noticed when replayed: {:?}", replayed.benign);
    }
}

/// How captures fared that were received with the clock of their time.
#[derive(Debug, Default)]
struct Replayed {
    missed: Vec<String>,
    benign: Vec<String>,
}

fn check_replayed(replayed: &mut Replayed, labels: &[Label], found: &[Detection]) {
    for label in labels {
        // Their times were moved: only addresses can be compared.
        let anytime = Label { range: None, ..label.clone() };
        let hit = score::hit(&anytime, found);
        let name = format!("{} {}", label.file, label.attack);
        if label.needs == "flow" && hit.by.is_none() {
            replayed.missed.push(name);
        } else if label.benign && found.iter().any(|found| found.level >= Level::Medium) {
            replayed.benign.push(name);
        }
    }
}
