//! What is known to work: techniques that were noticed in labelled captures, and rules that a scenario makes speak.

use std::collections::BTreeSet;

use weir_sigma::{RuleSet, Trials, built_in_tests};

/// Written by `make detect-report`: a technique and what noticed it, on each line.
const CAPTURED: &str = include_str!("captured.txt");

/// Analytics with a test of their own in which they must speak (`tests/behaviour`).
const TESTED: [&str; 17] = [
    "weir-admin-fanout",
    "weir-amplification",
    "weir-attack-chain",
    "weir-beacon",
    "weir-dns-tunnel",
    "weir-exfiltration",
    "weir-fallback-channels",
    "weir-host-scan",
    "weir-icmp-tunnel",
    "weir-long-connection",
    "weir-password-guessing",
    "weir-port-scan",
    "weir-silent-host",
    "weir-slow-connections",
    "weir-syn-flood",
    "weir-unexpected-server",
    "weir-volume-flood",
];

/// The techniques that were noticed in labelled captures of attacks, and by what: the id of a rule or analytic.
pub fn captured() -> impl Iterator<Item = (&'static str, &'static str)> {
    CAPTURED.lines().filter_map(|line| line.split_once(' '))
}

/// The ids of all that has a scenario which makes it speak: analytics, and the rules of a set that come with Weir.
pub(crate) fn tested(set: &RuleSet) -> BTreeSet<String> {
    let trials = built_in_tests().into_iter().filter_map(|file| Trials::parse(&file.text).ok());
    let of_rules = trials.flat_map(|trials| trials.test).filter_map(|trial| {
        let meta = set.meta(set.find(&trial.rule)?);
        meta.origin.file.starts_with("built-in/").then(|| meta.id.clone())
    });
    of_rules.chain(TESTED.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use weir_sigma::Technique;

    use super::*;
    use crate::behaviour::catalogue;

    #[test]
    fn what_is_said_to_be_proven_is() {
        let tests = [include_str!("../tests/behaviour/each.rs"), include_str!("../tests/behaviour/main.rs")];
        for id in TESTED {
            assert!(tests.iter().any(|text| text.contains(&format!("\"{id}\""))), "{id}");
        }
        let known: Vec<String> = catalogue::metas().into_iter().map(|meta| meta.id).collect();
        assert!(captured().count() >= 15);
        for (technique, by) in captured() {
            assert!(
                Technique::of(technique).is_some() && known.iter().any(|id| id == by),
                "{technique} {by}"
            );
        }
    }
}
