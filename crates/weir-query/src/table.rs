//! The groups of all parts together.

use std::borrow::Cow;
use std::cmp::Ordering;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use weir_filter::value::Value;

use crate::QueryError;
use crate::codes::{Codes, Key, mix};
use crate::group::Grouping;
use crate::intern::{Interner, whole};
use crate::plan::{Plan, Slot};

/// What one part adds to a [`Table`].
#[derive(Debug)]
pub(crate) struct PartGroups<'a> {
    /// The time bucket, where there are buckets, then the fields to group by.
    pub(crate) columns: &'a [Codes<'a>],
    pub(crate) grouping: &'a Grouping,
    /// Per slot, the number of each group.
    pub(crate) slots: Vec<Vec<u64>>,
    /// Per unique field, its codes and the pairs of group and code.
    pub(crate) uniques: Vec<(Codes<'a>, Vec<(u32, u32)>)>,
}

/// Groups by value, with their numbers.
#[derive(Debug)]
pub(crate) struct Table {
    bucketed: bool,
    interners: Vec<Interner>,
    /// Per group its codes: the bucket, where there are buckets, then one per field.
    keys: Vec<u32>,
    /// Length of one group's piece of `keys`.
    stride: usize,
    groups: usize,
    /// Half a hash and the group; not used while `stride` is 1.
    index: HashTable<(u32, u32)>,
    /// With a `stride` of 1: the group of each code.
    by_code: Vec<u32>,
    kinds: Vec<Slot>,
    pub(crate) slots: Vec<Vec<u64>>,
    uniques: Vec<UniqueSet>,
    memory_bytes: usize,
}

#[derive(Debug)]
struct UniqueSet {
    interner: Interner,
    /// Group in the upper 32 bits, code in the lower.
    pairs: HashTable<u64>,
}

const UNKNOWN: u32 = u32::MAX;

impl Table {
    pub(crate) fn new(plan: &Plan) -> Self {
        let bucketed = plan.buckets.is_some();
        Self {
            bucketed,
            interners: plan.by.iter().map(|field| Interner::new(*field)).collect(),
            keys: Vec::new(),
            stride: plan.by.len() + usize::from(bucketed),
            groups: 0,
            index: HashTable::new(),
            by_code: Vec::new(),
            kinds: plan.slots.clone(),
            slots: vec![Vec::new(); plan.slots.len()],
            uniques: plan
                .uniques
                .iter()
                .map(|field| UniqueSet { interner: Interner::new(*field), pairs: HashTable::new() })
                .collect(),
            memory_bytes: plan.memory_bytes,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.groups
    }

    /// Takes in the groups of a part: each value and each group is looked up once.
    pub(crate) fn merge(&mut self, part: &PartGroups<'_>) -> Result<(), QueryError> {
        let ids = self.ids(part);
        for ((slot, kind), numbers) in self.slots.iter_mut().zip(&self.kinds).zip(&part.slots) {
            slot.resize(self.groups, kind.empty());
            for (id, number) in ids.iter().zip(numbers) {
                let total = &mut slot[*id as usize];
                *total = kind.join(*total, *number);
            }
        }
        for (set, (codes, pairs)) in self.uniques.iter_mut().zip(&part.uniques) {
            let mut known = vec![0; codes.cardinality];
            for (group, code) in pairs {
                let value = &mut known[*code as usize];
                if *value == 0 {
                    *value = set.interner.intern(codes.key(*code));
                }
                insert(&mut set.pairs, u64::from(ids[*group as usize]) << 32 | u64::from(*value));
            }
        }
        self.check_memory()
    }

    /// The number here of each group of a part.
    fn ids(&mut self, part: &PartGroups<'_>) -> Vec<u32> {
        let mut known: Vec<Vec<u32>> =
            part.columns.iter().map(|column| vec![UNKNOWN; column.cardinality]).collect();
        let mut key = vec![0; self.stride];
        let mut ids = Vec::with_capacity(part.grouping.len());
        for row in &part.grouping.examples {
            for (place, column) in part.columns.iter().enumerate() {
                let code = column.code(*row as usize);
                let value = &mut known[place][code as usize];
                if *value == UNKNOWN {
                    *value = match (self.bucketed, column.key(code)) {
                        (true, Key::Number(bucket)) if place == 0 => bucket as u32,
                        (bucketed, key) => self.interners[place - usize::from(bucketed)].intern(key),
                    };
                }
                key[place] = *value;
            }
            ids.push(self.id(&key));
        }
        ids
    }

    fn id(&mut self, key: &[u32]) -> u32 {
        let (keys, stride) = (&self.keys, self.stride);
        let new = self.groups as u32;
        let id = if let [code] = key {
            let code = *code as usize;
            if code >= self.by_code.len() {
                self.by_code.resize((code + 1).next_power_of_two(), UNKNOWN);
            }
            let id = &mut self.by_code[code];
            if *id == UNKNOWN {
                *id = new;
            }
            *id
        } else {
            let of = |id: u32| &keys[id as usize * stride..(id as usize + 1) * stride];
            let half = (hash(key) >> 32) as u32;
            let same = |entry: &(u32, u32)| entry.0 == half && of(entry.1) == key;
            self.index.entry(whole(half), same, |entry| whole(entry.0)).or_insert((half, new)).get().1
        };
        if id == new {
            self.keys.extend_from_slice(key);
            self.groups += 1;
        }
        id
    }

    fn check_memory(&self) -> Result<(), QueryError> {
        let uniques: usize =
            self.uniques.iter().map(|set| set.pairs.allocation_size() + set.interner.memory_bytes()).sum();
        let interners: usize = self.interners.iter().map(Interner::memory_bytes).sum();
        let groups = (self.keys.capacity() + self.by_code.capacity()) * 4
            + self.index.allocation_size()
            + self.groups * 8 * self.slots.len();
        if uniques + interners + groups <= self.memory_bytes {
            return Ok(());
        }
        let pairs: usize = self.uniques.iter().map(|set| set.pairs.len()).sum();
        Err(QueryError::Memory {
            limit_mib: self.memory_bytes >> 20,
            groups: self.groups,
            unique: if pairs > 0 { format!(" and {pairs} unique values") } else { String::new() },
        })
    }

    pub(crate) fn bucket(&self, id: usize) -> u32 {
        if self.bucketed { self.keys[id * self.stride] } else { 0 }
    }

    /// The group's codes without the bucket.
    fn codes(&self, id: usize) -> &[u32] {
        &self.keys[id * self.stride + usize::from(self.bucketed)..(id + 1) * self.stride]
    }

    pub(crate) fn key(&self, id: usize) -> Vec<Value> {
        self.codes(id).iter().zip(&self.interners).map(|(code, interner)| interner.value(*code)).collect()
    }

    /// Orders groups by the values of their fields.
    pub(crate) fn order(&self, a: usize, b: usize) -> Ordering {
        let pairs = self.codes(a).iter().zip(self.codes(b)).zip(&self.interners);
        pairs
            .map(|((a, b), interner)| interner.order(*a, *b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// For each group the place among the groups without regard to buckets, and an example of each of those.
    pub(crate) fn without_buckets(&self) -> (Vec<u32>, Vec<usize>) {
        let mut index: HashTable<u32> = HashTable::new();
        let mut examples: Vec<usize> = Vec::new();
        let places = (0..self.groups)
            .map(|id| {
                let key = self.codes(id);
                let same = |place: &u32| self.codes(examples[*place as usize]) == key;
                let rehash = |place: &u32| hash(self.codes(examples[*place as usize]));
                let (place, new) = match index.entry(hash(key), same, rehash) {
                    Entry::Occupied(entry) => (*entry.get(), false),
                    Entry::Vacant(vacant) => {
                        let place = examples.len() as u32;
                        vacant.insert(place);
                        (place, true)
                    }
                };
                if new {
                    examples.push(id);
                }
                place
            })
            .collect();
        (places, examples)
    }

    /// The numbers of the groups as they are.
    pub(crate) fn totals(&self) -> Totals<'_> {
        let uniques = self.uniques.iter().map(|set| {
            let mut counts = vec![0; self.groups];
            set.pairs.iter().for_each(|pair| counts[(pair >> 32) as usize] += 1);
            counts
        });
        Totals { slots: Cow::Borrowed(&self.slots), uniques: uniques.collect() }
    }

    /// The numbers of larger groups: group `i` here goes into group `into[i]` there, or nowhere.
    pub(crate) fn roll_up(&self, into: &[Option<u32>], groups: usize) -> Totals<'static> {
        let slots = self.slots.iter().zip(&self.kinds).map(|(slot, kind)| {
            let mut totals = vec![kind.empty(); groups];
            for (number, into) in slot.iter().zip(into) {
                if let Some(into) = into {
                    let total = &mut totals[*into as usize];
                    *total = kind.join(*total, *number);
                }
            }
            totals
        });
        let uniques = self.uniques.iter().map(|set| {
            let mut seen = HashTable::new();
            let mut counts = vec![0; groups];
            for pair in &set.pairs {
                let Some(into) = into[(pair >> 32) as usize] else { continue };
                if insert(&mut seen, u64::from(into) << 32 | (pair & u64::from(u32::MAX))) {
                    counts[into as usize] += 1;
                }
            }
            counts
        });
        Totals { slots: Cow::Owned(slots.collect()), uniques: uniques.collect() }
    }
}

/// The numbers of some groups.
#[derive(Debug)]
pub(crate) struct Totals<'a> {
    pub(crate) slots: Cow<'a, [Vec<u64>]>,
    pub(crate) uniques: Vec<Vec<u64>>,
}

fn insert(set: &mut HashTable<u64>, pair: u64) -> bool {
    match set.entry(mix(pair), |other| *other == pair, |other| mix(*other)) {
        Entry::Occupied(_) => false,
        Entry::Vacant(place) => {
            place.insert(pair);
            true
        }
    }
}

fn hash(key: &[u32]) -> u64 {
    key.iter().fold(0, |hash, code| mix(hash ^ u64::from(*code)))
}
