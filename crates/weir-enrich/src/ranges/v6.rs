//! IPv6: nearly every range ends with a /64, so that half of an address tells it.

use super::flat::Flat;
use super::{Address, NONE};

/// "This /64 is divided."
const DIVIDED: u32 = NONE - 1;

#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// By upper 64 bits; a divided block stands here by itself.
    starts: Box<[u64]>,
    values: Box<[u32]>,
    /// What divided blocks hold, from their first address on.
    fine: Box<[(Address, u32)]>,
}

impl Ranges {
    pub(super) fn new(flat: &Flat<Address>) -> Self {
        let mut coarse: Flat<u64> = Flat::default();
        let mut fine: Vec<(Address, u32)> = Vec::new();
        let mut holds = NONE;
        let mut divided = None;
        for (start, value) in flat.starts.iter().zip(&flat.values) {
            let block = (start >> 64) as u64;
            if divided.is_some_and(|divided| divided < block) {
                end_block(&mut coarse, &mut divided, holds);
            }
            if *start as u64 == 0 {
                coarse.put(block, *value);
            } else {
                if divided.is_none() {
                    fine.push((Address::from(block) << 64, holds));
                    coarse.put(block, DIVIDED);
                    divided = Some(block);
                }
                fine.push((*start, *value));
            }
            holds = *value;
        }
        end_block(&mut coarse, &mut divided, holds);
        Self {
            starts: coarse.starts.into_boxed_slice(),
            values: coarse.values.into_boxed_slice(),
            fine: fine.into_boxed_slice(),
        }
    }

    pub(super) fn find(&self, address: Address) -> u32 {
        let block = (address >> 64) as u64;
        let after = self.starts.partition_point(|start| *start <= block);
        match after.checked_sub(1).map(|at| self.values[at]) {
            None => NONE,
            Some(DIVIDED) => {
                let after = self.fine.partition_point(|(start, _)| *start <= address);
                after.checked_sub(1).map_or(NONE, |at| self.fine[at].1)
            }
            Some(value) => value,
        }
    }

    /// Number of ranges that say something.
    pub(super) fn len(&self) -> usize {
        let says_something = |value: &&u32| !matches!(**value, NONE | DIVIDED);
        self.values.iter().chain(self.fine.iter().map(|(_, value)| value)).filter(says_something).count()
    }
}

/// What holds at the end of a divided block goes on after it.
fn end_block(coarse: &mut Flat<u64>, divided: &mut Option<u64>, holds: u32) {
    if let Some(next) = divided.take().and_then(|block| block.checked_add(1)) {
        coarse.put(next, holds);
    }
}
