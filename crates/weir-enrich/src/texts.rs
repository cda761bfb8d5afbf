//! Names, each kept once: from here on a name is a small number.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::ranges::NONE;

/// Names by their numbers, one behind the other: 100 000 of them are 3 MB and two allocations.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    letters: String,
    /// Where each name ends.
    ends: Vec<usize>,
}

impl Names {
    /// The name of a number, if it is one's.
    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        let number = number as usize;
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.letters.get(start..end)
    }

    fn push(&mut self, text: &str) -> u32 {
        self.letters.push_str(text);
        self.ends.push(self.letters.len());
        self.ends.len() as u32 - 1
    }
}

/// Every name that the sources have told. It only grows: by what new versions of the files say anew.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    names: Arc<Names>,
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl Texts {
    /// Longer names are cut.
    const LONGEST: usize = 256;

    /// The number of a name; [`NONE`] for an empty one.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let text = text.trim();
        let text = text.get(..text.floor_char_boundary(Self::LONGEST)).unwrap_or(text);
        if text.is_empty() {
            return NONE;
        }
        let hash = self.hasher.hash_one(text);
        if let Some(known) = self.numbers.find(hash, |number| self.names.get(*number) == Some(text)) {
            return *known;
        }
        // Copied if those who look up still hold what there was before.
        let names = Arc::make_mut(&mut self.names);
        let number = names.push(text);
        let rehash = |number: &u32| self.hasher.hash_one(names.get(*number).unwrap_or_default());
        self.numbers.insert_unique(hash, number, rehash);
        number
    }

    /// Gives back the room for more names: more come seldom.
    pub(crate) fn shrink(&mut self) {
        // Nothing was added to names that somebody looks up in.
        if let Some(names) = Arc::get_mut(&mut self.names) {
            names.letters.shrink_to_fit();
            names.ends.shrink_to_fit();
        }
    }

    /// All names there are now.
    pub(crate) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names)
    }
}
