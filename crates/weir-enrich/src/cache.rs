//! What was found for addresses before: a table of fixed size in which a new address takes the place of an old one.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::ranges::Address;
use crate::sources::Facts;

/// 4 MiB, taken with the first address. A flood of forged addresses turns it over and costs no more memory.
const SLOTS: usize = 1 << 17;

#[derive(Debug)]
pub(crate) struct Cache {
    slots: Box<[Option<(Address, Facts)>]>,
    hasher: RandomState,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { slots: Box::default(), hasher: RandomState::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill(None);
    }

    /// What is known of an address: looked up here, else by `find`.
    pub(crate) fn get(&mut self, address: Address, find: impl FnOnce(Address) -> Facts) -> Facts {
        if self.slots.is_empty() {
            self.slots = vec![None; SLOTS].into_boxed_slice();
        }
        let place = (self.hasher.hash_one(address) >> 40) as usize & (SLOTS - 1);
        match &mut self.slots[place] {
            Some((known, facts)) if *known == address => *facts,
            slot => slot.insert((address, find(address))).1,
        }
    }
}
