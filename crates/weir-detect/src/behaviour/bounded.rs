//! A map that never holds more than it may.

use std::hash::Hash;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// How much an entry is worth keeping, and what it takes.
pub(crate) trait Weigh {
    /// When the map is full, the lighter half goes.
    fn weight(&self) -> u64;

    /// Bytes on the heap.
    fn heap(&self) -> usize {
        0
    }
}

/// A map of at most `most` entries. When it is full the lighter half of its entries is given up, and counted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Bounded<K: Eq + Hash, V> {
    map: HashMap<K, V>,
    most: usize,
    evicted: u64,
}

impl<K: Eq + Hash + Ord + Copy, V: Weigh> Bounded<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { map: HashMap::new(), most, evicted: 0 }
    }

    /// The entry of a key, made if need be.
    pub(crate) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if self.map.len() >= self.most && !self.map.contains_key(&key) {
            self.make_room();
        }
        self.map.entry(key).or_insert_with(make)
    }

    fn make_room(&mut self) {
        let mut weights: Vec<u64> = self.map.values().map(Weigh::weight).collect();
        let half = weights.len() / 2;
        let (_, median, _) = weights.select_nth_unstable(half);
        let median = *median;
        let before = self.map.len();
        self.map.retain(|_, value| value.weight() > median);
        self.evicted += (before - self.map.len()) as u64;
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        self.map.retain(keep);
        if self.map.capacity() > 1024 && self.map.len() < self.map.capacity() / 8 {
            self.map.shrink_to_fit();
        }
    }

    /// Takes out what `is_done` says, in the order of keys.
    pub(crate) fn take(&mut self, mut is_done: impl FnMut(&K, &V) -> bool) -> Vec<(K, V)> {
        let mut taken: Vec<(K, V)> = self.map.extract_if(|key, value| is_done(key, value)).collect();
        taken.sort_by_key(|(key, _)| *key);
        taken
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(crate) fn memory(&self) -> usize {
        self.map.capacity() * (size_of::<(K, V)>() + 1) + self.map.values().map(Weigh::heap).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weigh for u64 {
        fn weight(&self) -> u64 {
            *self
        }
    }

    #[test]
    fn the_heavy_ones_stay_when_it_is_full() {
        let mut map: Bounded<u32, u64> = Bounded::new(100);
        *map.entry(1, || 0) = 1000;
        for key in 2..10_000 {
            map.entry(key, || 1);
        }
        assert!(map.iter().count() <= 100);
        assert_eq!(map.get(&1), Some(&1000));
        assert!(map.evicted() > 9_000);
    }
}
