//! Sets of values made for asking often: is this one in it?

/// Disjoint ranges in ascending order, ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranges<T>(Vec<(T, T)>);

impl<T: Copy + Ord> Ranges<T> {
    /// Sorts and joins ranges; those whose ends are the wrong way round hold nothing.
    pub(crate) fn new(mut ranges: Vec<(T, T)>) -> Self {
        ranges.retain(|(low, high)| low <= high);
        ranges.sort_unstable();
        let mut joined: Vec<(T, T)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match joined.last_mut() {
                Some(last) if low <= last.1 => last.1 = last.1.max(high),
                _ => joined.push((low, high)),
            }
        }
        Self(joined)
    }

    pub(crate) fn contains(&self, value: T) -> bool {
        let after = self.0.partition_point(|(low, _)| *low <= value);
        after > 0 && value <= self.0[after - 1].1
    }

    pub(crate) fn as_slice(&self) -> &[(T, T)] {
        &self.0
    }
}

/// A set of numbers in the form that is fastest to ask.
#[derive(Debug, Clone)]
pub(crate) enum Numbers {
    /// One range: a subtraction and a comparison, and a loop that the compiler can vectorise.
    One { low: u64, width: u64 },
    /// One bit per number below 65536, for several ranges there.
    Bits(Box<[u64; 1024]>),
    /// Anything else, the empty set included.
    Many(Ranges<u64>),
}

impl Numbers {
    /// From signed ranges; what no `u64` can be is left out.
    pub(crate) fn new(ranges: &[(i128, i128)]) -> Self {
        let most = i128::from(u64::MAX);
        let ranges = Ranges::new(
            ranges
                .iter()
                .filter(|(low, high)| *high >= 0 && *low <= most)
                .map(|(low, high)| ((*low).max(0) as u64, (*high).min(most) as u64))
                .collect(),
        );
        match ranges.as_slice() {
            [(low, high)] => Numbers::One { low: *low, width: high - low },
            [.., (_, high)] if *high < 65536 => {
                let mut bits = Box::new([0_u64; 1024]);
                for number in ranges.as_slice().iter().flat_map(|(low, high)| *low..=*high) {
                    bits[(number / 64) as usize] |= 1 << (number % 64);
                }
                Numbers::Bits(bits)
            }
            _ => Numbers::Many(ranges),
        }
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        match self {
            Numbers::One { low, width } => number.wrapping_sub(*low) <= *width,
            Numbers::Bits(bits) => number < 65536 && bits[(number / 64) as usize] >> (number % 64) & 1 == 1,
            Numbers::Many(ranges) => ranges.contains(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_overlap_become_one() {
        assert_eq!(Ranges::new(vec![(5, 9), (1, 6), (20, 20), (9, 8)]).as_slice(), [(1, 9), (20, 20)]);
    }

    #[test]
    fn every_form_agrees_with_the_ranges() {
        for ranges in
            [vec![], vec![(3, 9)], vec![(3, 9), (70, 90)], vec![(3, 9), (1 << 40, 1 << 41)], vec![(-5, 2)]]
        {
            let numbers = Numbers::new(&ranges);
            for number in (0..200).chain([1 << 40, (1 << 41) + 1, u64::MAX]) {
                let inside = ranges.iter().any(|(low, high)| (*low..=*high).contains(&i128::from(number)));
                assert_eq!(numbers.contains(number), inside, "{number} in {ranges:?}");
            }
        }
    }
}
