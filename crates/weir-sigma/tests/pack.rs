//! The rules that come with Weir: each is sound, says what it must say of itself, and passes its tests.

use std::collections::BTreeSet;

use weir_filter::Context;
use weir_sigma::{RuleSet, Trials, built_in, built_in_tests};

fn pack() -> RuleSet {
    RuleSet::load(&built_in(), &Context::default())
}

#[test]
fn every_document_is_used_and_describes_itself() {
    let set = pack();
    assert_eq!(set.problems, []);
    for meta in set.metas() {
        assert!(meta.id.len() == 36 && meta.name.is_some(), "{}", meta.title);
        assert!(!meta.description.is_empty() && !meta.false_positives.is_empty(), "{}", meta.title);
    }
    for rule in set.rules.iter().filter(|rule| rule.reports) {
        assert!(
            rule.meta.techniques().count() > 0 && !rule.meta.references.is_empty(),
            "{}",
            rule.meta.title
        );
    }
    for rule in &set.correlations {
        assert!(rule.meta.techniques().count() > 0, "{}", rule.meta.title);
    }
    assert!(set.rules.iter().filter(|rule| rule.reports).count() >= 30);
    assert!(set.correlations.len() >= 30);
}

#[test]
fn every_rule_passes_its_tests() {
    let set = pack();
    let mut tested = BTreeSet::new();
    let mut failures = Vec::new();
    for file in built_in_tests() {
        let trials = Trials::parse(&file.text).unwrap();
        for trial in trials.test {
            let outcome = trial.run(&set);
            failures.extend(outcome.failures.iter().map(|failure| format!("{}: {failure}", outcome.rule)));
            tested.insert(outcome.rule);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let untested: Vec<_> = set.metas().filter(|meta| !tested.contains(meta.name.as_ref().unwrap())).collect();
    assert!(untested.is_empty(), "{untested:?}");
}
