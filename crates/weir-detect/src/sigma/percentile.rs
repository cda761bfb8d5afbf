//! Percentiles of whole numbers with a relative error of at most 1 %.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Neighbouring bins are this factor apart: (1 + e) / (1 - e) for an error e of 1 % (DDSketch; Masson, Rim and Lee, 2019).
const GAMMA: f64 = 1.01 / 0.99;

/// How many values fell in each of at most about 2 200 bins.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Percentiles(BTreeMap<u16, u64>);

impl Percentiles {
    pub(super) fn add(&mut self, value: u64) {
        let bin = if value == 0 { 0 } else { 1 + ((value as f64).ln() / GAMMA.ln()).ceil() as u16 };
        *self.0.entry(bin).or_default() += 1;
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (bin, count) in &other.0 {
            *self.0.entry(*bin).or_default() += count;
        }
    }

    /// The value at a percentile, 0 to 100 (nearest rank).
    pub(super) fn at(&self, percentile: f64) -> Option<f64> {
        let total: u64 = self.0.values().sum();
        let rank = ((percentile / 100.0 * total as f64).ceil() as u64).clamp(1, total.max(1));
        let mut passed = 0;
        let (bin, _) = self.0.iter().find(|(_, count)| {
            passed += **count;
            passed >= rank
        })?;
        Some(match bin {
            0 => 0.0,
            bin => 2.0 * GAMMA.powi(i32::from(*bin) - 1) / (1.0 + GAMMA),
        })
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len() * 24
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_one_percent() {
        let mut values = Percentiles::default();
        (0..=10_000).for_each(|value| values.add(value));
        for (percentile, expected) in [(50.0, 5000.0), (95.0, 9500.0), (100.0, 10_000.0)] {
            let found = values.at(percentile).unwrap();
            assert!((found / expected - 1.0).abs() <= 0.0101, "{percentile}: {found}");
        }
        assert_eq!(Percentiles::default().at(50.0), None);
    }
}
