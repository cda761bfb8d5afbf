//! From an address to what the most specific prefix around it says.
//!
//! Nested prefixes are laid flat into ranges that do not overlap: a sorted list of where they start, each with a number.
//! A look-up is one binary search. Memory matters, as the table of a whole Internet stays there: IPv4 starts are found by
//! their upper half and kept as their lower (6 bytes a range; 400 000 AS ranges take 2.7 MB), IPv6 starts are kept as the
//! upper 64 bits (12 bytes), but for the few blocks that are divided below that.

mod flat;
mod v4;
mod v6;

use flat::Flat;

/// "Nothing is known."
pub(crate) const NONE: u32 = u32::MAX;

/// An address as Weir keeps it: IPv4 is mapped into IPv6.
pub(crate) type Address = u128;

const MAPPED: Address = 0xffff << 32;

/// The IPv4 address within an address, if it is one.
fn short(address: Address) -> Option<u32> {
    (address >> 32 == MAPPED >> 32).then_some(address as u32)
}

/// Disjoint ranges of addresses, each with a number.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    v4: v4::Ranges,
    v6: v6::Ranges,
}

impl Ranges {
    /// The number of the innermost range around an address, or [`NONE`].
    pub(crate) fn find(&self, address: Address) -> u32 {
        match short(address) {
            Some(short) => self.v4.find(short),
            None => self.v6.find(address),
        }
    }

    /// Number of ranges that say something.
    pub(crate) fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }
}

impl FromIterator<(Address, Address, u32)> for Ranges {
    fn from_iter<I: IntoIterator<Item = (Address, Address, u32)>>(ranges: I) -> Self {
        let mut gathered = Gathered::default();
        for (first, last, value) in ranges {
            gathered.push(first, last, value);
        }
        gathered.finish()
    }
}

/// Ranges on their way, by family.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    short: Vec<(u32, u32, u32)>,
    long: Vec<(Address, Address, u32)>,
}

impl Gathered {
    /// Adds a range, both ends included. It may lie within others: the innermost counts, of equal ones the last. It has
    /// both ends in IPv4 or both in IPv6.
    pub(crate) fn push(&mut self, first: Address, last: Address, value: u32) {
        match (short(first), short(last)) {
            (Some(first), Some(last)) => self.short.push((first, last, value)),
            _ => self.long.push((first, last, value)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.short.is_empty() && self.long.is_empty()
    }

    pub(crate) fn finish(self) -> Ranges {
        Ranges { v4: v4::Ranges::new(Flat::new(self.short)), v6: v6::Ranges::new(&Flat::new(self.long)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges_of(ranges: impl Iterator<Item = (Address, Address, u32)>) -> Ranges {
        ranges.collect()
    }

    /// Prefixes as (address, length): few different bits, so that many lie within each other.
    fn prefixes() -> impl Strategy<Value = Vec<(u32, u8)>> {
        let address = (0..4_u32, 0..4_u32, 0..3_u32).prop_map(|(a, b, c)| a << 30 | b << 14 | c);
        proptest::collection::vec((address, 0..=32_u8), 0..400)
    }

    fn mask(length: u8) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
    }

    proptest! {
        #[test]
        fn the_longest_prefix_counts(prefixes in prefixes(), probes in proptest::collection::vec(any::<u32>(), 50)) {
            let bounds = |(address, length): (u32, u8)| (address & mask(length), address | !mask(length));
            let four = ranges_of(prefixes.iter().enumerate().map(|(at, prefix)| {
                let (first, last) = bounds(*prefix);
                (MAPPED | u128::from(first), MAPPED | u128::from(last), at as u32)
            }));
            // The same as IPv6: the upper 32 bits.
            let six = ranges_of(prefixes.iter().enumerate().map(|(at, prefix)| {
                let (first, last) = bounds(*prefix);
                (u128::from(first) << 96, u128::from(last) << 96 | u128::MAX >> 32, at as u32)
            }));
            let edges = prefixes.iter().flat_map(|prefix| {
                let (first, last) = bounds(*prefix);
                [first, last, first.wrapping_sub(1), last.wrapping_add(1)]
            });
            for address in edges.chain(probes.iter().copied()) {
                let naive = prefixes
                    .iter()
                    .enumerate()
                    .filter(|(_, (prefix, length))| (prefix ^ address) & mask(*length) == 0)
                    .max_by_key(|(at, (_, length))| (*length, *at))
                    .map_or(NONE, |(at, _)| at as u32);
                prop_assert_eq!(four.find(MAPPED | u128::from(address)), naive);
                prop_assert_eq!(six.find(u128::from(address) << 96 | 0x4d), naive);
            }
        }

        /// Ranges as fine as single addresses, many within one /64 and across its ends.
        #[test]
        fn borders_within_a_64_count(ranges in proptest::collection::vec((0..6_u128, 0..4_u128, 0..6_u128, 0..4_u128), 0..40)) {
            let at = |block: u128, low: u128| (0x2a01 << 112 | block << 64) + [0, 1, 1 << 63, u64::MAX.into()][low as usize];
            let ranges: Vec<_> = ranges.into_iter().map(|(a, b, c, d)| (at(a, b), at(c, d))).collect();
            let made = ranges_of(ranges.iter().enumerate().map(|(n, (first, last))| (*first, *last, n as u32)));
            let flat = Flat::new(ranges.iter().enumerate().map(|(n, (first, last))| (*first, *last, n as u32)).collect());
            for (block, low) in (0..7).flat_map(|block| (0..4).map(move |low| (block, low))) {
                for address in [at(block, low), at(block, low) + 1, at(block, low) - 1] {
                    let after = flat.starts.partition_point(|start| *start <= address);
                    let wanted = after.checked_sub(1).map_or(NONE, |at| flat.values[at]);
                    prop_assert_eq!(made.find(address), wanted, "{:x}", address);
                }
            }
        }

        /// Files from elsewhere may hold anything: no panic, and nothing is found outside of every range.
        #[test]
        fn any_ranges_can_be_searched(ranges in proptest::collection::vec((0..200_u8, 0..200_u8), 0..40), probe in 0..220_u8) {
            let made = ranges_of(ranges.iter().enumerate().map(|(at, (a, b))| (u128::from(*a), u128::from(*b), at as u32)));
            let around: Vec<u32> = ranges
                .iter()
                .enumerate()
                .filter(|(_, (first, last))| (*first..=*last).contains(&probe))
                .map(|(at, _)| at as u32)
                .collect();
            let found = made.find(u128::from(probe));
            let fits = if around.is_empty() { found == NONE } else { around.contains(&found) };
            prop_assert!(fits, "{} of {:?}", found, around);
        }
    }

    #[test]
    fn long_lists_are_searched_by_their_index() {
        let ranges = ranges_of((0..5000_u32).map(|n| {
            let first = MAPPED | u128::from(n << 19);
            (first, first + 0xffff, n)
        }));
        for n in 0..5000_u32 {
            assert_eq!(ranges.find(MAPPED | u128::from((n << 19) + 0xffff)), n);
            assert_eq!(ranges.find(MAPPED | u128::from((n << 19) + 0x1_0000)), NONE);
        }
        assert_eq!(ranges.find(MAPPED | u128::from(u32::MAX)), NONE);
    }
}
