//! Who may become an exporter: a bound for each address and on how many new ones come in a second. Nobody who is known
//! has to leave for somebody new.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use super::{Reason, SessionLimits};

/// New exporters may save up so many seconds of their rate: at a start, many come at once.
const BURST_SECS: i64 = 10;
const SECOND_NS: i64 = 1_000_000_000;

/// Counts exporters by address and new ones by time.
#[derive(Debug, Default)]
pub(super) struct Guard {
    by_address: HashMap<IpAddr, usize>,
    pub(super) newcomers: Newcomers,
}

/// How many new exporters may still come. Clones share it: sessions of one Weir count together.
#[derive(Debug, Clone, Default)]
pub struct Newcomers(Arc<Mutex<Allowance>>);

#[derive(Debug, Default)]
struct Allowance {
    /// When the allowance was last topped up.
    since_ns: Option<i64>,
    /// Saved time; each new exporter costs its share of a second.
    saved_ns: i64,
}

impl Newcomers {
    /// Takes one's share, if there is any left.
    fn take(&self, per_second: u32, now_ns: i64) -> bool {
        let most = BURST_SECS * SECOND_NS;
        let mut allowance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Time from captures may jump either way, and workers do not look at the clock in turn.
        let since_ns = *allowance.since_ns.get_or_insert(now_ns.saturating_sub(most));
        let passed = now_ns.saturating_sub(since_ns).clamp(0, most);
        allowance.since_ns = Some(now_ns);
        allowance.saved_ns = (allowance.saved_ns + passed).min(most);
        let cost = SECOND_NS / i64::from(per_second);
        let enough = allowance.saved_ns >= cost;
        if enough {
            allowance.saved_ns -= cost;
        }
        enough
    }
}

impl Guard {
    /// Lets a new exporter in, or tells why not. `known`: it was here before a restart.
    pub(super) fn admit(
        &mut self,
        address: IpAddr,
        known: bool,
        now_ns: i64,
        exporters: usize,
        limits: &SessionLimits,
    ) -> Result<(), Reason> {
        if exporters >= limits.exporters {
            return Err(Reason::EXPORTERS_FULL);
        }
        let of_address = self.by_address.get(&address).copied().unwrap_or_default();
        if of_address >= limits.exporters_per_address {
            return Err(Reason::EXPORTERS_PER_ADDRESS);
        }
        let per_second = limits.new_exporters_per_second;
        if !known && per_second > 0 && !self.newcomers.take(per_second, now_ns) {
            return Err(Reason::EXPORTERS_TOO_FAST);
        }
        *self.by_address.entry(address).or_default() += 1;
        Ok(())
    }

    /// Takes note that an exporter is gone.
    pub(super) fn leave(&mut self, address: IpAddr) {
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn admits_a_burst_then_so_many_a_second_and_the_known_always() {
        let limits = SessionLimits { new_exporters_per_second: 2, ..SessionLimits::default() };
        let mut guard = Guard::default();
        let now_ns = 1_700_000_000 * SECOND_NS;
        let admitted = |guard: &mut Guard, now_ns| {
            (0..100).filter(|_| guard.admit(ONE, false, now_ns, 0, &limits).is_ok()).count()
        };
        assert_eq!(admitted(&mut guard, now_ns), 20);
        assert_eq!(guard.admit(ONE, false, now_ns, 0, &limits), Err(Reason::EXPORTERS_TOO_FAST));
        assert_eq!(guard.admit(ONE, true, now_ns, 0, &limits), Ok(()));
        assert_eq!(admitted(&mut guard, now_ns + SECOND_NS), 2);
        assert_eq!(admitted(&mut guard, now_ns), 0);
        assert_eq!(admitted(&mut guard, now_ns + SECOND_NS / 2), 1);
    }

    #[test]
    fn sessions_of_one_weir_count_new_exporters_together() {
        let limits = SessionLimits { new_exporters_per_second: 2, ..SessionLimits::default() };
        let newcomers = Newcomers::default();
        let guard = || Guard { newcomers: newcomers.clone(), ..Guard::default() };
        let mut guards = [guard(), guard(), guard()];
        let admitted = (0..100)
            .filter(|number| guards[number % 3].admit(ONE, false, 7 * SECOND_NS, 0, &limits).is_ok())
            .count();
        assert_eq!(admitted, 20);
    }

    #[test]
    fn one_address_has_a_bound_of_its_own() {
        let limits = SessionLimits { exporters_per_address: 2, ..SessionLimits::default() };
        let mut guard = Guard::default();
        let admit = |guard: &mut Guard, address| guard.admit(address, false, 0, 0, &limits);
        assert_eq!((admit(&mut guard, ONE), admit(&mut guard, ONE)), (Ok(()), Ok(())));
        assert_eq!(admit(&mut guard, ONE), Err(Reason::EXPORTERS_PER_ADDRESS));
        assert_eq!(admit(&mut guard, IpAddr::from([192, 0, 2, 2])), Ok(()));
        guard.leave(ONE);
        assert_eq!(admit(&mut guard, ONE), Ok(()));
    }
}
