//! IPv4: found by the upper half of the address, then by the lower.

use super::NONE;
use super::flat::Flat;

/// Shorter lists are searched as a whole: an index takes 256 KiB.
const INDEX_FROM: usize = 256;

#[derive(Debug)]
pub(super) enum Ranges {
    Few {
        starts: Box<[u32]>,
        values: Box<[u32]>,
    },
    Many {
        /// How many starts have a smaller upper half, for each upper half and for the one after the last.
        index: Box<[u32]>,
        /// The lower halves of the starts.
        lower: Box<[u16]>,
        values: Box<[u32]>,
    },
}

impl Default for Ranges {
    fn default() -> Self {
        Ranges::Few { starts: Box::default(), values: Box::default() }
    }
}

impl Ranges {
    pub(super) fn new(Flat { starts, values }: Flat<u32>) -> Self {
        let values = values.into_boxed_slice();
        if starts.len() < INDEX_FROM {
            return Ranges::Few { starts: starts.into_boxed_slice(), values };
        }
        let mut index = vec![0; (1 << 16) + 1];
        for start in &starts {
            index[(start >> 16) as usize + 1] += 1;
        }
        let mut sum = 0;
        for count in &mut index {
            sum += *count;
            *count = sum;
        }
        let lower = starts.iter().map(|start| *start as u16).collect();
        Ranges::Many { index: index.into_boxed_slice(), lower, values }
    }

    pub(super) fn find(&self, address: u32) -> u32 {
        let (after, values) = match self {
            Ranges::Few { starts, values } => (starts.partition_point(|start| *start <= address), values),
            Ranges::Many { index, lower, values } => {
                let upper = (address >> 16) as usize;
                let (from, to) = (index[upper] as usize, index[upper + 1] as usize);
                let low = address as u16;
                (from + lower[from..to].partition_point(|start| *start <= low), values)
            }
        };
        after.checked_sub(1).map_or(NONE, |at| values[at])
    }

    /// Number of ranges that say something.
    pub(super) fn len(&self) -> usize {
        let (Ranges::Few { values, .. } | Ranges::Many { values, .. }) = self;
        values.iter().filter(|value| **value != NONE).count()
    }
}
