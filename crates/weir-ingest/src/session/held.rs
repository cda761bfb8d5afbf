//! Data sets that came before their template: kept for a while, decoded when it comes.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::templated::Header;
use super::{Reason, Reasons, SessionLimits};
use crate::exporter::ExporterKey;
use crate::scope::Scope;

/// A set that waits for its template, and what the datagram that it came in said.
#[derive(Debug)]
pub(super) struct HeldSet {
    pub(super) exporter: ExporterKey,
    pub(super) received_ns: i64,
    pub(super) tag: u64,
    pub(super) header: Header,
    pub(super) body: Box<[u8]>,
}

impl HeldSet {
    /// Memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        size_of::<HeldSet>() + self.body.len()
    }
}

/// All sets that wait, by the template that they wait for, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct HeldSets {
    sets: HashMap<(Scope, u16), Vec<HeldSet>>,
    by_address: HashMap<IpAddr, usize>,
    bytes: usize,
}

/// How much of an exporter's is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) sets: u64,
    pub(crate) bytes: u64,
}

impl Holding {
    pub(super) fn charge(&mut self, set: &HeldSet) {
        self.sets += 1;
        self.bytes += set.bytes() as u64;
    }

    pub(super) fn discharge(&mut self, set: &HeldSet) {
        self.sets = self.sets.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(set.bytes() as u64);
    }
}

/// Sets that were held and will not be decoded: their template did not come in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use = "sets that are given up belong in the accounts"]
pub struct GivenUp {
    /// How many.
    pub sets: u64,
}

impl GivenUp {
    /// The same in the words of a datagram's problems.
    pub fn problems(self) -> Reasons {
        let mut problems = Reasons::default();
        if self.sets > 0 {
            problems.add(Reason::NO_TEMPLATE, self.sets);
        }
        problems
    }
}

impl HeldSets {
    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Whether there is room for a set of so many bytes.
    pub(super) fn has_room(&self, address: IpAddr, body: usize, limits: &SessionLimits) -> bool {
        let bytes = size_of::<HeldSet>() + body;
        let of_address = self.by_address.get(&address).copied().unwrap_or_default();
        self.bytes + bytes <= limits.held_bytes && of_address + bytes <= limits.held_bytes_per_address
    }

    pub(super) fn hold(&mut self, template: u16, set: HeldSet) {
        let bytes = set.bytes();
        self.bytes += bytes;
        *self.by_address.entry(set.exporter.address).or_default() += bytes;
        self.sets.entry((Scope::of(set.exporter), template)).or_default().push(set);
    }

    /// The sets that waited for a template.
    pub(super) fn take(&mut self, scope: Scope, template: u16) -> Vec<HeldSet> {
        let sets = self.sets.remove(&(scope, template)).unwrap_or_default();
        for set in &sets {
            self.discharge(set);
        }
        sets
    }

    /// The sets that came before `oldest_ns`.
    pub(super) fn take_older(&mut self, oldest_ns: i64) -> Vec<HeldSet> {
        let mut old = Vec::new();
        self.sets.retain(|_, sets| {
            old.extend(sets.extract_if(.., |set| set.received_ns < oldest_ns));
            !sets.is_empty()
        });
        for set in &old {
            self.discharge(set);
        }
        old
    }

    /// The sets of an exporter.
    pub(super) fn take_of(&mut self, exporter: ExporterKey) -> Vec<HeldSet> {
        let scope = Scope::of(exporter);
        let mut taken = Vec::new();
        self.sets.retain(|(of, _), sets| {
            if *of == scope {
                taken.extend(sets.extract_if(.., |set| set.exporter == exporter));
            }
            !sets.is_empty()
        });
        for set in &taken {
            self.discharge(set);
        }
        taken
    }

    fn discharge(&mut self, set: &HeldSet) {
        let bytes = set.bytes();
        self.bytes -= bytes;
        if let Some(of_address) = self.by_address.get_mut(&set.exporter.address) {
            *of_address -= bytes;
            if *of_address == 0 {
                self.by_address.remove(&set.exporter.address);
            }
        }
    }
}
