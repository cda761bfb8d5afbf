//! Sampling rates that options records told, by sampler.

use std::net::IpAddr;

use hashbrown::HashMap;
use weir_batch::{OptionsRecord, Sampling, SamplingOrigin};

use crate::config::SamplingConfig;
use crate::scope::Scope;

use super::memory::RememberedFacts;

/// More samplers than this of one exporter are not remembered, nor rates of more interfaces.
const MAX_SAMPLERS: usize = 256;

/// What an exporter's options records have told so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// When something was last told, nanoseconds since 1970; 0 is never.
    pub(crate) latest_ns: i64,
    /// The rate of the whole domain.
    rate: u32,
    /// Rates by sampler or selector id.
    samplers: Vec<(u64, u32)>,
    /// Rates by interface.
    interfaces: Vec<(u64, u32)>,
    /// When the exporter started, nanoseconds since 1970.
    pub(crate) boot_ns: Option<i64>,
}

impl Told {
    /// Takes note of a record; tells whether it said something new.
    pub(crate) fn note(&mut self, record: OptionsRecord, now_ns: i64) -> bool {
        let mut news = false;
        if let Some(boot_ms) = record.boot_ms {
            let boot_ns = i64::try_from(boot_ms).ok().and_then(|boot_ms| boot_ms.checked_mul(1_000_000));
            news |= self.boot_ns != boot_ns;
            self.boot_ns = boot_ns;
            self.latest_ns = now_ns;
        }
        let Some(rate) = record.rate else { return news };
        self.latest_ns = now_ns;
        news |= match (record.sampler, record.interface) {
            (Some(id), _) => learn(&mut self.samplers, id, rate),
            (None, Some(index)) => learn(&mut self.interfaces, u64::from(index), rate),
            (None, None) => std::mem::replace(&mut self.rate, rate) != rate,
        };
        news
    }

    /// Whether nothing has been told yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.latest_ns == 0
    }

    pub(crate) fn remember(&self) -> RememberedFacts {
        RememberedFacts {
            told_ns: self.latest_ns,
            rate: self.rate,
            samplers: self.samplers.clone(),
            interfaces: self.interfaces.clone(),
            boot_ns: self.boot_ns,
        }
    }

    pub(crate) fn restore(facts: &RememberedFacts, now_ns: i64) -> Self {
        Told {
            latest_ns: facts.told_ns.min(now_ns),
            rate: facts.rate,
            samplers: facts.samplers.iter().copied().take(MAX_SAMPLERS).collect(),
            interfaces: facts.interfaces.iter().copied().take(MAX_SAMPLERS).collect(),
            boot_ns: facts.boot_ns,
        }
    }

    /// For records that carry no rate: their sampler's, their interface's, or the domain's, or the only sampler's.
    pub(crate) fn sampling(&self) -> Sampling<'_> {
        let mut rate = self.rate;
        if rate == 0
            && let Some((_, first)) = self.samplers.first()
            && self.samplers.iter().all(|(_, other)| other == first)
        {
            rate = *first;
        }
        Sampling {
            rate,
            origin: SamplingOrigin::Options,
            samplers: &self.samplers,
            interfaces: &self.interfaces,
            forced: false,
        }
    }
}

/// Takes the rate of a sampler or an interface; tells whether it is new.
fn learn(rates: &mut Vec<(u64, u32)>, id: u64, rate: u32) -> bool {
    if let Some((_, known)) = rates.iter_mut().find(|(known, _)| *known == id) {
        return std::mem::replace(known, rate) != rate;
    }
    let has_room = rates.len() < MAX_SAMPLERS;
    if has_room {
        rates.push((id, rate));
    }
    has_room
}

/// What options records told of each domain, from whichever port.
#[derive(Debug, Default)]
pub(crate) struct ToldStore {
    by_scope: HashMap<Scope, Told>,
    /// The only domain of an address that told anything; `None` where there are several.
    only: HashMap<IpAddr, Option<Scope>>,
    /// Grows with everything new.
    changes: u64,
}

impl ToldStore {
    /// What was told of a domain.
    pub(crate) fn of(&self, scope: &Scope) -> Option<&Told> {
        self.by_scope.get(scope)
    }

    /// Samplers for a domain of which nothing was told: those of the only other one of its address. Routers announce
    /// samplers under another number than flows; whose a rate without a sampler is, is not known then.
    pub(crate) fn samplers_beside(&self, scope: &Scope) -> Sampling<'_> {
        let other = self.only.get(&scope.address).copied().flatten();
        let other =
            other.filter(|other| (other.protocol, other.connection) == (scope.protocol, scope.connection));
        match other.and_then(|other| self.by_scope.get(&other)) {
            Some(told) => Sampling { rate: 0, ..told.sampling() },
            None => Sampling::default(),
        }
    }

    /// Takes what an exporter's port knows now for its domain's, as long as there are at most so many domains.
    pub(crate) fn learn(&mut self, scope: Scope, told: &Told, news: bool, most: usize) {
        if told.is_empty() || self.by_scope.len() >= most && !self.by_scope.contains_key(&scope) {
            return;
        }
        let latest_ns = told.latest_ns;
        if let Some(of_domain) = self.by_scope.get_mut(&scope)
            && !news
        {
            of_domain.latest_ns = latest_ns;
            return;
        }
        self.insert(scope, told.clone());
        self.changes += u64::from(scope.connection.is_none());
    }

    pub(crate) fn insert(&mut self, scope: Scope, told: Told) {
        note_only(&mut self.only, scope);
        self.by_scope.insert(scope, told);
    }

    pub(crate) fn forget(&mut self, scope: &Scope) {
        if self.by_scope.remove(scope).is_some() {
            self.find_only();
        }
    }

    /// Forgets what was last told before `oldest_ns`.
    pub(crate) fn expire(&mut self, oldest_ns: i64) {
        let before = self.by_scope.len();
        self.by_scope.retain(|_, told| told.latest_ns >= oldest_ns);
        if self.by_scope.len() < before {
            self.find_only();
        }
    }

    fn find_only(&mut self) {
        self.only.clear();
        for scope in self.by_scope.keys() {
            note_only(&mut self.only, *scope);
        }
    }

    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.by_scope.keys()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_scope.len()
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }
}

/// Takes note of a domain that told something.
fn note_only(only: &mut HashMap<IpAddr, Option<Scope>>, scope: Scope) {
    let known = only.entry(scope.address).or_insert(Some(scope));
    if *known != Some(scope) {
        *known = None;
    }
}

/// A sampling rate by configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Configured {
    rate: u32,
    force: bool,
}

impl Configured {
    /// What is configured for an address: the longest prefix counts.
    pub(crate) fn of(address: IpAddr, configured: &[SamplingConfig]) -> Option<Self> {
        let of_address = configured.iter().filter(|one| one.rate != 0 && one.exporter.contains(address));
        let longest = of_address.max_by_key(|one| one.exporter.length())?;
        Some(Configured { rate: longest.rate, force: longest.force })
    }

    /// The sampling that counts where an exporter has told `told`.
    pub(crate) fn or(configured: Option<Self>, told: Sampling<'_>) -> Sampling<'_> {
        match configured {
            Some(Configured { rate, force: true }) => {
                Sampling { rate, origin: SamplingOrigin::Configured, forced: true, ..Sampling::default() }
            }
            Some(Configured { rate, .. }) if told.rate == 0 => {
                Sampling { rate, origin: SamplingOrigin::Configured, ..told }
            }
            _ => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sampler: Option<u64>, rate: u32) -> OptionsRecord {
        OptionsRecord { sampler, rate: Some(rate), ..OptionsRecord::default() }
    }

    #[test]
    fn one_sampler_stands_for_the_domain_and_several_do_not() {
        let mut told = Told::default();
        told.note(record(Some(1), 100), 1);
        assert_eq!(told.sampling().rate, 100);
        told.note(record(Some(2), 200), 1);
        assert_eq!(told.sampling().rate, 0);
        told.note(record(None, 50), 1);
        assert_eq!(told.sampling().rate, 50);
    }

    #[test]
    fn a_rate_of_an_interface_is_no_other_ones() {
        let of = |interface, rate| OptionsRecord { interface: Some(interface), ..record(None, rate) };
        let mut told = Told::default();
        assert!(told.note(of(3, 100), 1) && !told.note(of(3, 100), 2) && told.note(of(4, 200), 3));
        let sampling = told.sampling();
        assert_eq!((sampling.rate, sampling.interfaces), (0, &[(3, 100), (4, 200)][..]));
        assert_eq!(Told::restore(&told.remember(), 9), told);
    }

    #[test]
    fn remembers_no_more_samplers_than_allowed() {
        let mut told = Told::default();
        for id in 0..10_000 {
            told.note(record(Some(id), 5), 1);
        }
        assert_eq!(told.sampling().samplers.len(), MAX_SAMPLERS);
    }

    #[test]
    fn what_is_configured_counts_where_nothing_is_told_or_by_force() {
        let configured =
            |exporter: &str, rate, force| SamplingConfig { exporter: exporter.parse().unwrap(), rate, force };
        let all = [configured("10.0.0.0/8", 10, false), configured("10.1.0.0/16", 20, true)];
        let of = |address: &str, told| {
            let sampling = Configured::or(Configured::of(address.parse().unwrap(), &all), told);
            (sampling.rate, sampling.origin.name())
        };
        let told = Sampling { rate: 5, origin: SamplingOrigin::Options, ..Sampling::default() };
        assert_eq!(of("10.2.0.1", told), (5, "options"));
        assert_eq!(of("10.2.0.1", Sampling::default()), (10, "configured"));
        assert_eq!(of("10.1.0.1", told), (20, "configured"));
        assert_eq!(of("192.0.2.1", Sampling::default()).0, 0);
    }
}
