//! What an alert is.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use weir_detect::{Detection, Entity};
use weir_sigma::Level;

/// What has been done about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing yet, or it came back.
    Open,
    /// Somebody looks at it.
    Acknowledged,
    /// It has a verdict.
    Closed,
}

impl State {
    /// Its name, as it is stored and as the API says it.
    pub fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Acknowledged => "acknowledged",
            State::Closed => "closed",
        }
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [State::Open, State::Acknowledged, State::Closed].into_iter().find(|state| state.name() == name)
    }
}

/// What a closed alert turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was what the rule says, and unwanted.
    TruePositive,
    /// It was what the rule says, and wanted: a scanner of one's own.
    Benign,
    /// It was something else.
    FalsePositive,
    /// Another alert tells the same.
    Duplicate,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Verdict; 4] =
        [Verdict::TruePositive, Verdict::Benign, Verdict::FalsePositive, Verdict::Duplicate];

    /// Its name, as it is stored and as the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::TruePositive => "true_positive",
            Verdict::Benign => "benign",
            Verdict::FalsePositive => "false_positive",
            Verdict::Duplicate => "duplicate",
        }
    }

    /// The verdict of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// What the detections of one rule about one entity came to. All times are nanoseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// The rule's title when it was created.
    pub title: String,
    /// The highest level of its detections.
    pub level: Level,
    /// The ATT&CK techniques that the rule named when it was created.
    pub techniques: Vec<String>,
    /// From 1; an alert that was closed and came back after a day of quiet is a new one with the next number.
    pub episode: u32,
    /// What has been done about it.
    pub state: State,
    /// What it turned out to be; only of a closed one.
    pub verdict: Option<Verdict>,
    /// Why it was closed, in words.
    pub reason: Option<String>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// When it was created, by the server's clock.
    pub created_ns: i64,
    /// When anything of it last changed.
    pub updated_ns: i64,
    /// When it last asked for attention: created, came back, grew tenfold, got a higher level.
    pub attention_ns: i64,
    /// Time of its first flow.
    pub first_ns: i64,
    /// Time of its last flow.
    pub last_ns: i64,
    /// Flows of all of its windows.
    pub flows: u64,
    /// Windows in which it was seen.
    pub windows: u64,
    /// The highest value of a window.
    pub peak: f64,
    /// How often it was opened again.
    pub reopened: u32,
    /// Notes on it.
    pub notes: u32,
    /// Start of the flows of its evidence: the earliest, as long as the filter stays the same.
    pub evidence_from_ns: i64,
    /// The suppression in force that hides it.
    pub suppressed_by: Option<i64>,
    /// The network of its source, or of the first address that it involves: its name, or its /24 or /64.
    pub network: Option<String>,
    /// What the newest of its windows says: rule, entity, sentence, value, risk, evidence, quality.
    pub latest: Detection,
}

impl Alert {
    /// Whom it is about.
    pub fn entity(&self) -> &Entity {
        &self.latest.entity
    }

    /// Who did it, where the entity says so.
    pub fn source(&self) -> Option<&str> {
        source_of(&self.latest)
    }

    /// To whom it was done, where the entity says so.
    pub fn target(&self) -> Option<&str> {
        target_of(&self.latest)
    }

    /// What would have had to be otherwise: `distinct dst_port: threshold 25, seen 173, usual 3`.
    pub fn counterfactual(&self) -> String {
        let latest = &self.latest;
        let about = if latest.exact && latest.quality.interval.is_none() { "" } else { "about " };
        let mut words = format!(
            "{}: threshold {}, seen {about}{}",
            latest.measure,
            in_words(latest.threshold),
            in_words(latest.value)
        );
        if let Some((low, high)) = latest.quality.interval {
            let _ = write!(words, " ({} to {})", in_words(low), in_words(high));
        }
        if self.peak > latest.value {
            let _ = write!(words, ", at most {}", in_words(self.peak));
        }
        if let Some(usual) = latest.usual {
            let _ = write!(words, ", usual {}", in_words(usual));
        }
        words
    }
}

/// A number with at most two digits behind the point.
pub(crate) fn in_words(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Who did it, where the entity says so.
pub(crate) fn source_of(detection: &Detection) -> Option<&str> {
    ["src_ip", "ip"].iter().find_map(|field| detection.entity.get(field))
}

/// To whom it was done, where the entity says so.
pub(crate) fn target_of(detection: &Detection) -> Option<&str> {
    detection.entity.get("dst_ip")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{NOW, only, open, scan};

    #[test]
    fn what_would_have_had_to_be_otherwise_is_one_sentence() {
        let (_dir, store) = open();
        store.record(&[scan("10.0.0.1", 0, 173)], NOW).unwrap();
        let mut alert = only(&store);
        assert_eq!(alert.counterfactual(), "distinct dst_port: threshold 25, seen 173, usual 3");
        alert.latest = Detection { value: 41.5, exact: false, usual: None, ..alert.latest };
        alert.latest.quality.interval = Some((30.0, 52.333));
        assert_eq!(
            alert.counterfactual(),
            "distinct dst_port: threshold 25, seen about 41.5 (30 to 52.33), at most 173"
        );
    }
}
