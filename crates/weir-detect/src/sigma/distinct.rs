//! How many different values there are: exactly while they are few, then about.

use serde::{Deserialize, Serialize};

/// Hashes that are kept one by one. Up to here a count is exact, but for two values with the same 64 bits.
const EXACT: usize = 1024;
/// Registers of the sketch are `2^BITS`; its standard error is `1.04 / sqrt(2^BITS)`, 1.6 %.
const BITS: u32 = 12;

/// A set of hashes, or a HyperLogLog sketch of it (Flajolet et al., 2007).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Distinct {
    /// In order.
    Few(Vec<u64>),
    Many(Vec<u8>),
}

impl Default for Distinct {
    fn default() -> Self {
        Distinct::Few(Vec::new())
    }
}

impl Distinct {
    pub(super) fn add(&mut self, hash: u64) {
        match self {
            Distinct::Few(hashes) => {
                if let Err(place) = hashes.binary_search(&hash) {
                    hashes.insert(place, hash);
                }
                if hashes.len() > EXACT {
                    *self = Distinct::Many(registers(hashes));
                }
            }
            Distinct::Many(registers) => note(registers, hash),
        }
    }

    pub(super) fn join(&mut self, other: &Distinct) {
        match (&mut *self, other) {
            (_, Distinct::Few(hashes)) => hashes.iter().for_each(|hash| self.add(*hash)),
            (Distinct::Few(hashes), Distinct::Many(theirs)) => {
                let mut joined = theirs.clone();
                for hash in hashes.iter() {
                    note(&mut joined, *hash);
                }
                *self = Distinct::Many(joined);
            }
            (Distinct::Many(ours), Distinct::Many(theirs)) => {
                for (our, their) in ours.iter_mut().zip(theirs) {
                    *our = (*our).max(*their);
                }
            }
        }
    }

    pub(super) fn count(&self) -> f64 {
        match self {
            Distinct::Few(hashes) => hashes.len() as f64,
            Distinct::Many(registers) => {
                let size = registers.len() as f64;
                let sum: f64 = registers.iter().map(|register| (-f64::from(*register)).exp2()).sum();
                let raw = 0.7213 / (1.0 + 1.079 / size) * size * size / sum;
                let empty = registers.iter().map(|register| usize::from(*register == 0)).sum::<usize>();
                let estimate =
                    if raw <= 2.5 * size && empty > 0 { size * (size / empty as f64).ln() } else { raw };
                estimate.round()
            }
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Distinct::Few(_))
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Distinct::Few(hashes) => hashes.capacity() * size_of::<u64>(),
            Distinct::Many(registers) => registers.capacity(),
        }
    }
}

fn registers(hashes: &[u64]) -> Vec<u8> {
    let mut registers = vec![0; 1 << BITS];
    for hash in hashes {
        note(&mut registers, *hash);
    }
    registers
}

fn note(registers: &mut [u8], hash: u64) {
    let place = (hash >> (64 - BITS)) as usize;
    let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
    // A saved state may have any length.
    if let Some(register) = registers.get_mut(place) {
        *register = (*register).max(rank);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigma::atom::Atom;

    #[test]
    fn counts_are_exact_up_to_a_thousand_and_then_within_five_percent() {
        let mut all = Distinct::default();
        let mut halves = [Distinct::default(), Distinct::default()];
        for number in 0..200_000_u64 {
            let hash = Atom::Number(number).mix(0);
            all.add(hash);
            all.add(hash);
            halves[(number % 2) as usize].add(hash);
            if number == 999 {
                assert!(all.is_exact());
                assert_eq!(all.count() as u64, 1000);
            }
        }
        assert!((all.count() / 200_000.0 - 1.0).abs() < 0.05, "{}", all.count());
        let [mut joined, other] = halves;
        joined.join(&other);
        assert_eq!(joined, all);
    }
}
