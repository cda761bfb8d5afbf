//! From an address to what the most specific prefix around it says.
//!
//! Nested prefixes are laid flat into ranges that do not overlap: a sorted list of where they start, each with a number.
//! A look-up is one binary search, narrowed by the upper 16 bits of the address; a table of 400 000 AS ranges takes
//! 3.4 MB. IPv4 has a list of its own.

/// "Nothing is known."
pub(crate) const NONE: u32 = u32::MAX;

/// Lists shorter than this are searched as a whole.
const INDEX_FROM: usize = 256;

/// An address as Weir keeps it: IPv4 is mapped into IPv6.
pub(crate) type Address = u128;

const MAPPED: Address = 0xffff << 32;

/// The IPv4 address within an address, if it is one.
fn v4(address: Address) -> Option<u32> {
    (address >> 32 == MAPPED >> 32).then_some(address as u32)
}

/// Disjoint ranges of addresses, each with a number.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    v4: Half<u32>,
    v6: Half<u128>,
}

impl Ranges {
    /// From ranges (both ends included) that may lie within each other: the innermost counts, of equal ones the last. A
    /// range has both ends in IPv4 or both in IPv6.
    pub(crate) fn new(ranges: impl IntoIterator<Item = (Address, Address, u32)>) -> Self {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for (first, last, value) in ranges {
            match (v4(first), v4(last)) {
                (Some(first), Some(last)) => short.push((first, last, value)),
                _ => long.push((first, last, value)),
            }
        }
        Self { v4: Half::new(short), v6: Half::new(long) }
    }

    /// The number of the innermost range around an address, or [`NONE`].
    pub(crate) fn find(&self, address: Address) -> u32 {
        match v4(address) {
            Some(short) => self.v4.find(short),
            None => self.v6.find(address),
        }
    }

    /// Number of ranges that say something.
    pub(crate) fn len(&self) -> usize {
        self.v4.values.iter().chain(&self.v6.values).filter(|value| **value != NONE).count()
    }
}

trait Bits: Copy + Ord {
    fn upper(self) -> usize;
    fn after(self) -> Option<Self>;
}

impl Bits for u32 {
    fn upper(self) -> usize {
        (self >> 16) as usize
    }
    fn after(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Bits for u128 {
    fn upper(self) -> usize {
        (self >> 112) as usize
    }
    fn after(self) -> Option<Self> {
        self.checked_add(1)
    }
}

/// The ranges of one family.
#[derive(Debug, Default)]
struct Half<T> {
    starts: Vec<T>,
    /// What holds from each start on.
    values: Vec<u32>,
    /// How many starts have smaller upper bits; empty for short lists.
    index: Vec<u32>,
}

impl<T: Bits> Half<T> {
    fn new(mut ranges: Vec<(T, T, u32)>) -> Self {
        ranges.retain(|(first, last, _)| first <= last);
        // An outer range comes before those within it.
        ranges.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        let mut half = Self { starts: Vec::new(), values: Vec::new(), index: Vec::new() };
        let mut open: Vec<(T, u32)> = Vec::new();
        for (first, last, value) in ranges {
            half.close(&mut open, Some(first));
            half.put(first, value);
            open.push((last, value));
        }
        half.close(&mut open, None);
        half.starts.shrink_to_fit();
        half.values.shrink_to_fit();
        if half.starts.len() >= INDEX_FROM {
            half.index = vec![0; (1 << 16) + 1];
            for start in &half.starts {
                half.index[start.upper() + 1] += 1;
            }
            let mut sum = 0;
            for count in &mut half.index {
                sum += *count;
                *count = sum;
            }
        }
        half
    }

    /// Ends the open ranges that lie before `next` (all, if there is no next one).
    fn close(&mut self, open: &mut Vec<(T, u32)>, next: Option<T>) {
        while let Some((last, _)) = open.last().copied()
            && next.is_none_or(|next| last < next)
        {
            open.pop();
            let Some(after) = last.after() else { continue };
            // What overlaps without lying within has ended before.
            while open.last().is_some_and(|outer| outer.0 < after) {
                open.pop();
            }
            self.put(after, open.last().map_or(NONE, |outer| outer.1));
        }
    }

    fn put(&mut self, start: T, value: u32) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.values.pop();
        }
        if self.values.last().copied().unwrap_or(NONE) != value {
            self.starts.push(start);
            self.values.push(value);
        }
    }

    fn find(&self, address: T) -> u32 {
        let upper = address.upper();
        let (from, to) = match self.index.get(upper..upper + 2) {
            Some(bounds) => (bounds[0] as usize, bounds[1] as usize),
            None => (0, self.starts.len()),
        };
        let within = self.starts.get(from..to).unwrap_or_default();
        let after = from + within.partition_point(|start| *start <= address);
        after.checked_sub(1).and_then(|at| self.values.get(at)).copied().unwrap_or(NONE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            let four = Ranges::new(prefixes.iter().enumerate().map(|(at, prefix)| {
                let (first, last) = bounds(*prefix);
                (MAPPED | u128::from(first), MAPPED | u128::from(last), at as u32)
            }));
            // The same as IPv6: the upper 32 bits.
            let six = Ranges::new(prefixes.iter().enumerate().map(|(at, prefix)| {
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

        /// Files from elsewhere may hold anything: no panic, and nothing is found outside of every range.
        #[test]
        fn any_ranges_can_be_searched(ranges in proptest::collection::vec((0..200_u8, 0..200_u8), 0..40), probe in 0..220_u8) {
            let made = Ranges::new(ranges.iter().enumerate().map(|(at, (a, b))| (u128::from(*a), u128::from(*b), at as u32)));
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
        let ranges = Ranges::new((0..5000_u32).map(|n| {
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
