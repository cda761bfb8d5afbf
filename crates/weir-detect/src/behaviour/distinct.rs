//! Counts distinct things in bounded memory.

use serde::{Deserialize, Serialize};

/// Hashes kept. Up to so many distinct things the count is exact.
const KEPT: usize = 256;

/// The k smallest hashes of what was seen (Bar-Yossef and others, 2002): exact up to 256 distinct things, beyond that an
/// estimate with a standard error of 1/√254 = 6.3 %. Order does not matter, and two can be merged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Distinct {
    /// The smallest hashes, in order.
    smallest: Vec<u64>,
}

impl Distinct {
    /// Takes a thing by its hash, and says whether it changed anything.
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        if self.smallest.len() == KEPT && self.smallest.last().is_some_and(|last| hash >= *last) {
            return false;
        }
        let Err(at) = self.smallest.binary_search(&hash) else { return false };
        if self.smallest.len() == KEPT {
            self.smallest.pop();
        }
        self.smallest.insert(at, hash);
        true
    }

    /// Takes all that another one saw.
    pub(crate) fn merge(&mut self, other: &Distinct) {
        for hash in &other.smallest {
            self.insert(*hash);
        }
    }

    /// How many distinct things there were.
    pub(crate) fn count(&self) -> f64 {
        match self.smallest.last() {
            Some(last) if self.smallest.len() == KEPT => {
                (KEPT - 1) as f64 * (u64::MAX as f64) / (*last as f64).max(1.0)
            }
            _ => self.smallest.len() as f64,
        }
    }

    /// Whether the count is exact.
    pub(crate) fn is_exact(&self) -> bool {
        self.smallest.len() < KEPT
    }

    /// Bytes on the heap.
    pub(crate) fn heap(&self) -> usize {
        self.smallest.capacity() * size_of::<u64>()
    }
}

/// A hash that is the same in every run, so that saved state goes on counting (SplitMix64's finaliser over both halves).
pub(crate) fn hash(thing: u128, salt: u64) -> u64 {
    let mix = |mut x: u64| {
        x ^= x >> 30;
        x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 27;
        x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    mix(mix((thing >> 64) as u64 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(mix(thing as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted_exactly_and_many_within_the_stated_error() {
        let mut few = Distinct::default();
        for thing in 0..255_u128 {
            few.insert(hash(thing, 7));
            few.insert(hash(thing, 7));
        }
        assert!(few.is_exact());
        assert!((few.count() - 255.0).abs() < f64::EPSILON);
        let mut many = Distinct::default();
        (0..100_000_u128).for_each(|thing| {
            many.insert(hash(thing, 7));
        });
        assert!(!many.is_exact());
        assert!((many.count() / 100_000.0 - 1.0).abs() < 3.0 * 0.063, "{}", many.count());
    }

    #[test]
    fn halves_merge_to_the_whole() {
        let (mut left, mut right, mut whole) =
            (Distinct::default(), Distinct::default(), Distinct::default());
        for thing in 0..1000_u128 {
            whole.insert(hash(thing, 0));
            if thing % 2 == 0 { &mut left } else { &mut right }.insert(hash(thing, 0));
        }
        left.merge(&right);
        assert_eq!(left, whole);
    }
}
