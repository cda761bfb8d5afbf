//! Names that options records told, by domain, bounded in memory.

use std::net::IpAddr;

use hashbrown::HashMap;
use weir_batch::{NameLookup, Names};
use weir_wire::Protocol;

use super::SessionLimits;
use super::memory::RememberedNames;
use crate::scope::Scope;
use crate::transport::Transport;

/// No domain's names may take more than this share of what all may take.
const SHARE: usize = 16;

/// The names of a domain, and about how much memory they take.
#[derive(Debug, Default)]
struct Known {
    names: Names,
    bytes: usize,
    /// When something was last told, be it new or not.
    told_ns: i64,
}

/// Domains that may help each other out: of one address, protocol and connection.
type Kin = (IpAddr, Protocol, Option<(Transport, u16)>);

fn kin(scope: &Scope) -> Kin {
    (scope.address, scope.protocol, scope.connection)
}

/// The names that all exporters have told.
#[derive(Debug, Default)]
pub(super) struct NamesStore {
    by_scope: HashMap<Scope, Known>,
    by_kin: HashMap<Kin, Vec<Scope>>,
    bytes: usize,
    /// Grows with everything new over UDP.
    changes: u64,
}

impl NamesStore {
    /// What a domain told, and beside it what the only other domain of the same address told: many routers export
    /// options under another number than flows. Whose names count where there are several others is not known.
    pub(super) fn of(&self, scope: &Scope) -> NameLookup<'_> {
        if self.by_scope.is_empty() {
            return Names::none();
        }
        let names = |scope: &Scope| self.by_scope.get(scope).map(|known| &known.names);
        NameLookup::new(names(scope), self.only_other(scope).and_then(names)).of_domain(scope.domain)
    }

    fn only_other(&self, scope: &Scope) -> Option<&Scope> {
        let mut others = self.by_kin.get(&kin(scope))?.iter().filter(|other| *other != scope);
        others.next().filter(|_| others.next().is_none())
    }

    /// Lets `read` add the names in an options set of `set_bytes`; where there is no room, they are read to nowhere.
    pub(super) fn learn<R>(
        &mut self,
        scope: Scope,
        set_bytes: usize,
        now_ns: i64,
        limits: &SessionLimits,
        read: impl FnOnce(&mut Names) -> R,
    ) -> R {
        let mut known = self.by_scope.remove(&scope).unwrap_or_default();
        self.bytes -= known.bytes;
        let most = limits.name_bytes / SHARE;
        let has_room = known.bytes < most && self.bytes + known.bytes < limits.name_bytes;
        let mut nowhere = Names::default();
        let (is_new, before) = (known.names.is_empty(), known.names.changes());
        let result = read(if has_room { &mut known.names } else { &mut nowhere });
        if known.names.is_empty() {
            return result;
        }
        if has_room {
            // Most sets repeat what is known: what they add is only measured when it may matter.
            known.bytes += 2 * set_bytes;
            if known.bytes >= most || self.bytes + known.bytes >= limits.name_bytes {
                known.bytes = known.names.memory();
            }
        }
        known.told_ns = known.told_ns.max(now_ns);
        if scope.connection.is_none() {
            self.changes += known.names.changes() - before;
        }
        self.bytes += known.bytes;
        self.by_scope.insert(scope, known);
        if is_new {
            self.by_kin.entry(kin(&scope)).or_default().push(scope);
        }
        result
    }

    /// Brings back what a domain told before a restart, where there is room.
    pub(super) fn restore(
        &mut self,
        scope: Scope,
        remembered: &RememberedNames,
        now_ns: i64,
        limits: &SessionLimits,
    ) {
        let names = remembered.names();
        let bytes = names.memory();
        let is_known = self.by_scope.contains_key(&scope);
        if is_known
            || names.is_empty()
            || bytes > limits.name_bytes / SHARE
            || self.bytes + bytes > limits.name_bytes
        {
            return;
        }
        self.bytes += bytes;
        self.by_scope.insert(scope, Known { names, bytes, told_ns: remembered.told_ns.min(now_ns) });
        self.by_kin.entry(kin(&scope)).or_default().push(scope);
    }

    /// Forgets what was last told before `oldest_ns`. Connections keep theirs for as long as they last.
    pub(super) fn expire(&mut self, oldest_ns: i64) {
        let before = self.by_scope.len();
        self.by_scope.retain(|scope, known| known.told_ns >= oldest_ns || scope.connection.is_some());
        if self.by_scope.len() == before {
            return;
        }
        self.bytes = self.by_scope.values().map(|known| known.bytes).sum();
        self.by_kin.retain(|_, scopes| {
            scopes.retain(|scope| self.by_scope.contains_key(scope));
            !scopes.is_empty()
        });
    }

    pub(super) fn forget(&mut self, scope: &Scope) {
        let Some(known) = self.by_scope.remove(scope) else { return };
        self.bytes -= known.bytes;
        if let Some(scopes) = self.by_kin.get_mut(&kin(scope)) {
            scopes.retain(|other| other != scope);
            if scopes.is_empty() {
                self.by_kin.remove(&kin(scope));
            }
        }
    }

    /// Every domain over UDP that told names.
    pub(super) fn domains(&self) -> impl Iterator<Item = &Scope> {
        self.by_scope.keys().filter(|scope| scope.connection.is_none())
    }

    pub(super) fn remember(&self, scope: &Scope) -> Option<RememberedNames> {
        self.by_scope.get(scope).map(|known| RememberedNames::of(&known.names, known.told_ns))
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(address: u8, domain: u32) -> Scope {
        Scope { address: [192, 0, 2, address].into(), protocol: Protocol::Netflow9, domain, connection: None }
    }

    #[test]
    fn the_only_other_domain_of_the_address_helps_out() {
        let mut names = NamesStore::default();
        let limits = SessionLimits::default();
        names.learn(scope(1, 0), 100, 1, &limits, |names| names.set_interface(7, "uplink"));
        assert_eq!(names.of(&scope(1, 9)).interface(7), Some("uplink"));
        names.learn(scope(1, 5), 100, 2, &limits, |names| names.set_interface(8, "other"));
        // Each has one other; a third one has two, and whose names are meant is not known.
        assert_eq!(names.of(&scope(1, 0)).interface(7), Some("uplink"));
        assert_eq!(names.of(&scope(1, 0)).interface(8), Some("other"));
        assert_eq!(names.of(&scope(1, 9)).interface(7), None);
        assert_eq!(names.of(&scope(2, 0)).interface(7), None);
        assert_eq!(names.changes(), 2);
        names.forget(&scope(1, 5));
        assert_eq!(names.of(&scope(1, 9)).interface(7), Some("uplink"));
        names.expire(2);
        assert!(names.of(&scope(1, 0)).is_empty() && names.by_kin.is_empty());
    }

    #[test]
    fn stays_within_its_memory_and_goes_on_with_what_is_known() {
        let limits = SessionLimits { name_bytes: 1 << 20, ..SessionLimits::default() };
        let mut names = NamesStore::default();
        for number in 0..100_000_u32 {
            names.learn(scope(1, number / 1_000), 40, 0, &limits, |names| {
                names.set_interface(number, "GigabitEthernet0/0/0/1");
            });
        }
        let bytes: usize = names.by_scope.values().map(|known| known.names.memory()).sum();
        // The last set may go beyond it.
        assert!((1 << 19..(1 << 20) + 4_096).contains(&bytes), "{bytes} bytes");
        assert_eq!(names.of(&scope(1, 0)).interface(7), Some("GigabitEthernet0/0/0/1"));
        // A domain with room may still repeat itself for ever.
        for _ in 0..100_000 {
            names.learn(scope(1, 0), 40, 0, &limits, |names| names.set_interface(7, "a"));
        }
        names.expire(1);
        assert_eq!((names.bytes, names.by_kin.len()), (0, 0));
    }
}
