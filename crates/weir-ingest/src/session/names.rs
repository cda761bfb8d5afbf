//! Names that options records told, by domain, bounded in memory.

use std::net::IpAddr;

use hashbrown::HashMap;
use weir_batch::Names;

use super::SessionLimits;
use crate::scope::Scope;

/// No domain's names may take more than this share of what all may take.
const SHARE: usize = 16;

/// The names of a domain, and about how much memory they take.
#[derive(Debug, Default)]
struct Known {
    names: Names,
    bytes: usize,
}

/// The names that all exporters have told.
#[derive(Debug, Default)]
pub(super) struct NamesStore {
    by_scope: HashMap<Scope, Known>,
    /// The domain of each address that told names last.
    latest: HashMap<IpAddr, Scope>,
    bytes: usize,
}

impl NamesStore {
    /// What a domain told; else what another domain of the same address told, because many routers export options
    /// under another number than flows.
    pub(super) fn of(&self, scope: &Scope) -> &Names {
        if self.by_scope.is_empty() {
            return Names::none();
        }
        let own = self.by_scope.get(scope);
        let other = || self.latest.get(&scope.address).and_then(|other| self.by_scope.get(other));
        own.or_else(other).map_or(Names::none(), |known| &known.names)
    }

    /// Lets `read` add the names in an options set of `set_bytes`; where there is no room, they are read to nowhere.
    pub(super) fn learn<R>(
        &mut self,
        scope: Scope,
        set_bytes: usize,
        limits: &SessionLimits,
        read: impl FnOnce(&mut Names) -> R,
    ) -> R {
        let mut known = self.by_scope.remove(&scope).unwrap_or_default();
        self.bytes -= known.bytes;
        let most = limits.name_bytes / SHARE;
        let has_room = known.bytes < most && self.bytes + known.bytes < limits.name_bytes;
        let mut nowhere = Names::default();
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
        self.bytes += known.bytes;
        self.by_scope.insert(scope, known);
        self.latest.insert(scope.address, scope);
        result
    }

    /// Keeps the names of those domains only.
    pub(super) fn retain(&mut self, mut is_wanted: impl FnMut(&Scope) -> bool) {
        self.by_scope.retain(|scope, _| is_wanted(scope));
        self.bytes = self.by_scope.values().map(|known| known.bytes).sum();
        self.latest.retain(|_, scope| self.by_scope.contains_key(scope));
    }

    pub(super) fn forget(&mut self, scope: &Scope) {
        if let Some(known) = self.by_scope.remove(scope) {
            self.bytes -= known.bytes;
        }
        if self.latest.get(&scope.address) == Some(scope) {
            self.latest.remove(&scope.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use weir_wire::Protocol;

    use super::*;

    fn scope(address: u8, domain: u32) -> Scope {
        Scope { address: [192, 0, 2, address].into(), protocol: Protocol::Netflow9, domain, connection: None }
    }

    #[test]
    fn other_domains_of_the_address_help_out() {
        let mut names = NamesStore::default();
        let limits = SessionLimits::default();
        names.learn(scope(1, 0), 100, &limits, |names| names.set_interface(7, "uplink"));
        names.learn(scope(1, 5), 100, &limits, |names| names.set_interface(7, "other"));
        assert_eq!(names.of(&scope(1, 0)).interface(7), Some("uplink"));
        assert_eq!(names.of(&scope(1, 9)).interface(7), Some("other"));
        assert_eq!(names.of(&scope(2, 0)).interface(7), None);
        names.forget(&scope(1, 5));
        assert_eq!(names.of(&scope(1, 9)).interface(7), None);
    }

    #[test]
    fn stays_within_its_memory_and_goes_on_with_what_is_known() {
        let limits = SessionLimits { name_bytes: 1 << 20, ..SessionLimits::default() };
        let mut names = NamesStore::default();
        for number in 0..100_000_u32 {
            names.learn(scope(1, number / 1_000), 40, &limits, |names| {
                names.set_interface(number, "GigabitEthernet0/0/0/1");
            });
        }
        let bytes: usize = names.by_scope.values().map(|known| known.names.memory()).sum();
        // The last set may go beyond it.
        assert!((1 << 19..(1 << 20) + 4_096).contains(&bytes), "{bytes} bytes");
        assert_eq!(names.of(&scope(1, 0)).interface(7), Some("GigabitEthernet0/0/0/1"));
        // A domain with room may still repeat itself for ever.
        for _ in 0..100_000 {
            names.learn(scope(1, 0), 40, &limits, |names| names.set_interface(7, "a"));
        }
        names.retain(|_| false);
        assert_eq!((names.bytes, names.latest.len()), (0, 0));
    }
}
