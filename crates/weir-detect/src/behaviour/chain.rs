//! Chains: a host that something was done to, and that then does something itself.
//!
//! It goes by what the other analytics noticed: guessing that succeeded or a host that was administered remotely, and
//! afterwards, from there, a beacon, a scan, guessing or administration of others.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::catalogue::{self, ADMIN_FANOUT, BEACON, FALLBACK, GUESSING, HOST_SCAN, PORT_SCAN, REMOTE_ADMIN};
use super::finding::{DAY, Finding, HOUR, Seen, points, span};
use crate::Detection;

/// How long after it a host is watched.
const AFTER: i64 = DAY;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Victim {
    by: String,
    rule: String,
    level: Level,
    first: i64,
}

impl Weigh for Victim {
    fn weight(&self) -> u64 {
        (self.first / HOUR) as u64
    }

    fn heap(&self) -> usize {
        self.by.capacity() + self.rule.capacity()
    }
}

/// Hands over from victims to what they do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Chains {
    victims: Bounded<u128, Victim>,
}

fn number(address: &str) -> Option<u128> {
    Some(match address.parse().ok()? {
        std::net::IpAddr::V4(ip) => u128::from(ip.to_ipv6_mapped()),
        std::net::IpAddr::V6(ip) => u128::from(ip),
    })
}

fn words(rule: &str) -> &'static str {
    match rule {
        GUESSING => "guessed a password of",
        REMOTE_ADMIN => "administered",
        BEACON => "reports regularly to",
        FALLBACK => "keeps trying to reach",
        PORT_SCAN => "scanned",
        _ => "went on to",
    }
}

impl Chains {
    pub(crate) fn new(most: usize) -> Self {
        Self { victims: Bounded::new(most) }
    }

    /// Adds to what was found what follows from it.
    pub(crate) fn follow(&mut self, found: &mut Vec<Detection>) {
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by_key(|at| found[*at].first_ns);
        let mut chains = Vec::new();
        for at in order {
            let detection = &found[at];
            let Some(source) = detection.entity.get("src_ip").map(str::to_owned) else { continue };
            let acts = [BEACON, FALLBACK, PORT_SCAN, HOST_SCAN, GUESSING, REMOTE_ADMIN, ADMIN_FANOUT];
            if acts.contains(&detection.rule.as_str())
                && let Some(victim) = number(&source).and_then(|source| self.victims.get(&source))
                && detection.first_ns >= victim.first
                && detection.first_ns <= victim.first + AFTER
            {
                chains.push(chain(&source, victim, detection));
            }
            let succeeded = detection.rule == GUESSING && detection.level >= Level::High;
            if !succeeded && detection.rule != REMOTE_ADMIN {
                continue;
            }
            let Some(target) = detection.entity.get("dst_ip").and_then(number) else { continue };
            let victim = Victim {
                by: source,
                rule: detection.rule.clone(),
                level: detection.level,
                first: detection.first_ns,
            };
            let known = self.victims.entry(target, || victim.clone());
            if victim.first < known.first || victim.level > known.level {
                *known = victim;
            }
        }
        found.extend(chains);
    }

    /// Forgets what is too old to be followed.
    pub(crate) fn advance(&mut self, now_ns: i64) {
        self.victims.retain(|_, victim| victim.first + AFTER > now_ns);
    }

    pub(crate) fn memory(&self) -> usize {
        self.victims.memory()
    }
}

fn chain(source: &str, victim: &Victim, act: &Detection) -> Detection {
    // Remote administration is ordinary: what followed has to be an alert by itself.
    let level = match (victim.rule.as_str(), act.level) {
        (GUESSING, _) => Level::High,
        (_, level) if level >= Level::Medium => Level::High,
        _ => Level::Low,
    };
    let target = act.entity.get("dst_ip").unwrap_or("others");
    let mut seen = Seen::default();
    seen.add_many(victim.first, act.last_ns, 1, act.flows);
    let between = act.first_ns.saturating_sub(victim.first);
    let addresses = [&victim.by, source, target].into_iter().filter_map(number).collect();
    Finding {
        rule: catalogue::CHAIN,
        level,
        entity: vec![("src_ip", source.to_owned())],
        sentence: format!(
            "{} {} {source}; {} later {source} {} {target}",
            victim.by,
            words(&victim.rule),
            span(between),
            words(&act.rule)
        ),
        seen,
        window: victim.first,
        measure: "steps",
        value: 2.0,
        threshold: 2.0,
        usual: None,
        exact: true,
        confidence: act.confidence,
        reasons: vec![
            ("what was done to it", victim.rule.clone(), points(victim.level)),
            ("what it did then", act.sentence.clone(), points(act.level)),
        ],
        filter: format!("ip = {source} and (ip = {} or {})", victim.by, act.evidence.filter),
        addresses,
        notes: act.quality.notes.clone(),
    }
    .detection()
}
