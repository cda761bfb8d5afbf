//! Compares what was noticed with what is known.

use weir_detect::Detection;
use weir_sigma::Level;

use crate::labels::{Label, names};

/// Flows may be exported as one that began before the label and ended after it.
const SLACK: f64 = 60.0;

/// How a label was met.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) label: Label,
    /// The most serious detection of it, where there is one.
    pub(crate) by: Option<Detection>,
}

impl Hit {
    pub(crate) fn is_medium(&self) -> bool {
        self.by.as_ref().is_some_and(|by| by.level >= Level::Medium)
    }
}

/// Whether a detection is about what the label is about: its addresses and its time. What is only informational does
/// not count.
fn is_about(label: &Label, detection: &Detection) -> bool {
    if detection.level < Level::Low {
        return false;
    }
    let mut addresses: Vec<&str> = detection.addresses.iter().map(String::as_str).collect();
    addresses.extend(detection.entity.0.iter().map(|(_, value)| value.as_str()));
    let target = label.dst.contains('/') || names(&label.dst, &addresses);
    let overlaps = label.range.is_none_or(|(start, end)| {
        detection.first_ns as f64 / 1e9 <= end + SLACK && detection.last_ns as f64 / 1e9 >= start - SLACK
    });
    overlaps && names(&label.src, &addresses) && target
}

pub(crate) fn hit(label: &Label, detections: &[Detection]) -> Hit {
    let by = detections
        .iter()
        .filter(|detection| is_about(label, detection))
        .max_by_key(|detection| detection.level);
    Hit { label: label.clone(), by: by.cloned() }
}
