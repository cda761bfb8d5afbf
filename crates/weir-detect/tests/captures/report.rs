//! The report, as a page of the book, and the floor that it must not fall below.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use weir_detect::Detection;
use weir_sigma::Level;

use crate::labels::Label;
use crate::score::{Hit, hit};

/// A capture and what was noticed in it.
pub(crate) struct Capture {
    pub(crate) file: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) rows: usize,
    pub(crate) detections: Vec<Detection>,
}

impl Capture {
    fn is_benign(&self) -> bool {
        self.labels.iter().all(|label| label.benign)
    }

    fn hits(&self) -> impl Iterator<Item = Hit> {
        self.labels.iter().map(|label| hit(label, &self.detections))
    }

    fn of_level(&self, level: Level) -> usize {
        self.detections.iter().filter(|found| found.level >= level).count()
    }
}

/// The numbers that count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quality {
    /// Labels that flow records alone show: met, of all.
    pub(crate) flow: (usize, usize),
    /// The same, by a detection of medium or higher.
    pub(crate) flow_medium: (usize, usize),
    /// Labels that need a learnt normal or roles.
    pub(crate) baseline: (usize, usize),
    /// Labels that need intelligence.
    pub(crate) intel: (usize, usize),
    /// Benign captures with a detection of medium or higher, of all.
    pub(crate) benign_medium: (usize, usize),
    /// Benign captures with a detection of low.
    pub(crate) benign_low: (usize, usize),
}

impl Quality {
    pub(crate) fn of(captures: &[Capture]) -> Self {
        let hits: Vec<Hit> = captures.iter().flat_map(Capture::hits).collect();
        let of = |needs: &str, is_met: fn(&Hit) -> bool| {
            let all = || hits.iter().filter(|hit| hit.label.needs == needs);
            (all().filter(|hit| is_met(hit)).count(), all().count())
        };
        let benign = |level| {
            let all = || captures.iter().filter(|capture| capture.is_benign());
            (all().filter(|capture| capture.of_level(level) > 0).count(), all().count())
        };
        Self {
            flow: of("flow", |hit| hit.by.is_some()),
            flow_medium: of("flow", Hit::is_medium),
            baseline: of("baseline", |hit| hit.by.is_some()),
            intel: of("intel", |hit| hit.by.is_some()),
            benign_medium: benign(Level::Medium),
            benign_low: benign(Level::Low),
        }
    }

    /// Nothing may be worse than what is recorded.
    pub(crate) fn check(&self, floor: &Quality) {
        for (name, reached, least) in [
            ("flow", self.flow, floor.flow),
            ("flow by medium", self.flow_medium, floor.flow_medium),
            ("baseline", self.baseline, floor.baseline),
        ] {
            assert!(reached.0 >= least.0, "recall of `{name}` labels fell from {least:?} to {reached:?}");
        }
        let (now, most) = (self.benign_medium, floor.benign_medium);
        assert!(now.0 <= most.0, "benign captures with an alert rose from {most:?} to {now:?}");
    }
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is recorded as reached.
pub(crate) fn floor() -> Quality {
    let text = std::fs::read_to_string(manifest().join("tests/captures/floor.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Writes the page, the floor, and which techniques were noticed by what.
pub(crate) fn write(captures: &[Capture], quality: &Quality) {
    let noticed =
        captures.iter().flat_map(Capture::hits).filter(|hit| !hit.label.benign && hit.label.needs != "skip");
    let noticed: BTreeSet<String> = noticed
        .filter_map(|hit| Some(format!("{} {}\n", hit.label.technique, hit.by?.rule)))
        .filter(|line| line.starts_with('T'))
        .collect();
    std::fs::write(manifest().join("src/captured.txt"), String::from_iter(noticed)).unwrap();
    let floor = serde_json::to_string_pretty(quality).unwrap() + "\n";
    std::fs::write(manifest().join("tests/captures/floor.json"), floor).unwrap();
    std::fs::write(manifest().join("../../docs/src/detection-quality.md"), page(captures, quality)).unwrap();
}

fn page(captures: &[Capture], quality: &Quality) -> String {
    let mut page = String::from(
        "# Detection quality\n\n\
         What the behavioural analytics notice in labelled captures of real attacks and of ordinary traffic, with no\n\
         configuration and nothing learnt. Written by `make detect-report`; CI fails when a number falls below what stands\n\
         here. Each capture goes through softflowd as IPFIX; files of nfdump, Argus and Zeek are read as flows.\n\n\
         | measure | reached |\n| --- | --- |\n",
    );
    let share = |(met, all): (usize, usize)| format!("{met} of {all}");
    for (name, value) in [
        ("attacks that flow records alone show, noticed", share(quality.flow)),
        ("the same, with a level of medium or higher", share(quality.flow_medium)),
        ("attacks that need a learnt normal or roles, noticed", share(quality.baseline)),
        ("attacks that need intelligence, noticed", share(quality.intel)),
        ("benign captures with a detection of medium or higher", share(quality.benign_medium)),
        ("benign captures with a detection of low or higher", share(quality.benign_low)),
    ] {
        let _ = writeln!(page, "| {name} | {value} |");
    }
    let rows: usize = captures.iter().map(|capture| capture.rows).sum();
    let _ = writeln!(page, "\n{} captures, {rows} flow records.\n\n## Attacks\n", captures.len());
    page.push_str("| capture | attack | technique | needs | noticed by | level |\n| --- | --- | --- | --- | --- | --- |\n");
    for hit in
        captures.iter().flat_map(Capture::hits).filter(|hit| !hit.label.benign && hit.label.needs != "skip")
    {
        let Label { file, attack, technique, needs, .. } = &hit.label;
        let (by, level) = hit.by.as_ref().map_or(("–", "–"), |by| (by.rule.as_str(), by.level.name()));
        let _ = writeln!(page, "| {file} | {attack} | {technique} | {needs} | {by} | {level} |");
    }
    page.push_str("\n## Detections in benign captures\n\n| capture | level | by | sentence |\n| --- | --- | --- | --- |\n");
    for capture in captures.iter().filter(|capture| capture.is_benign()) {
        for found in capture.detections.iter().filter(|found| found.level >= Level::Low) {
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} |",
                capture.file,
                found.level.name(),
                found.rule,
                found.sentence
            );
        }
    }
    page
}
