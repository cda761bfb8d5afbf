//! How many alerts there would be with other thresholds, out of the same pass over the flows.
//!
//! A correlation runs a second time with a quarter of its threshold. Its detections say how far each window went, and so
//! for every threshold above that whether there would have been one.

use std::collections::HashMap;

use weir_detect::Entity;
use weir_sigma::{Correlation, Operand, RuleSet};

/// Thresholds that are tried, as shares of the one in force.
const FACTORS: [f64; 9] = [0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];
/// Numbers of flows that are tried of a rule about single flows.
const FLOWS: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0];
/// Entities that are told apart at most.
const ENTITIES: usize = 200_000;
/// What the second correlation is called, after the first one's id.
const SUFFIX: &str = "/lowered";

/// What a threshold would have come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The threshold.
    pub threshold: f64,
    /// Whether it is the one in force.
    pub is_current: bool,
    /// Entities that there would have been an alert of.
    pub alerts: u64,
    /// Windows in which it would have been passed.
    pub windows: u64,
}

/// The correlation with a quarter of its threshold; nothing if it has none that a growing number passes.
pub(crate) fn lowered(only: &RuleSet, operand: Operand) -> Option<Correlation> {
    let target = only.correlations.last().filter(|_| matches!(operand, Operand::Correlation(_)))?;
    if !target.logic.is_rising() {
        return None;
    }
    let mut lowered = target.clone();
    let condition = lowered.logic.condition_mut()?;
    *condition = condition.scaled(|bound| (bound * FACTORS[0]).round().max(1.0));
    lowered.meta.id.push_str(SUFFIX);
    Some(lowered)
}

/// Counts for each threshold.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// The thresholds, ascending, and the windows that passed each.
    steps: Vec<(f64, u64)>,
    current: f64,
    /// The most that each entity came to, in shares of the threshold or in the rule's unit.
    peaks: HashMap<Entity, f64>,
}

impl Sweep {
    /// Whether a detection is only for this.
    pub(crate) fn is_of(rule: &str, id: &str) -> bool {
        rule.strip_suffix(SUFFIX) == Some(id)
    }

    /// For a correlation with this threshold, which is a whole number.
    pub(crate) fn of_correlation(threshold: f64) -> Self {
        let mut steps: Vec<f64> =
            FACTORS.iter().map(|factor| (threshold * factor).round().max(1.0)).collect();
        steps.dedup();
        Self::new(steps, threshold)
    }

    /// For a rule about single flows: how many of them within its window.
    pub(crate) fn of_rule() -> Self {
        Self::new(FLOWS.to_vec(), 1.0)
    }

    /// For an analytic: shares of its threshold, which may adapt itself.
    pub(crate) fn of_analytic() -> Self {
        Self::new(FACTORS.into_iter().filter(|factor| *factor >= 1.0).collect(), 1.0)
    }

    fn new(steps: Vec<f64>, current: f64) -> Self {
        Self { steps: steps.into_iter().map(|step| (step, 0)).collect(), current, peaks: HashMap::new() }
    }

    /// Takes note of a window that came to `value`.
    pub(crate) fn count(&mut self, entity: &Entity, value: f64) {
        for (threshold, windows) in &mut self.steps {
            *windows += u64::from(value >= *threshold);
        }
        if let Some(peak) = self.peaks.get_mut(entity) {
            *peak = peak.max(value);
        } else if self.peaks.len() < ENTITIES {
            self.peaks.insert(entity.clone(), value);
        }
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        let step = |(threshold, windows): &(f64, u64)| Step {
            threshold: *threshold,
            is_current: (*threshold - self.current).abs() < f64::EPSILON,
            alerts: self.peaks.values().filter(|peak| **peak >= *threshold).count() as u64,
            windows: *windows,
        };
        self.steps.iter().map(step).collect()
    }
}
