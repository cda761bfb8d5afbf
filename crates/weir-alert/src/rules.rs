//! What alerts take from the rules: title and techniques.

use std::collections::HashMap;

use weir_detect::Analytic;
use weir_sigma::Meta;

/// A rule, as the one who shows it needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What it says of itself.
    pub meta: Meta,
    /// How it comes to its verdict.
    pub analytic: Analytic,
    /// Its text, as in its file; nothing for an analytic that is a program.
    pub source: Option<String>,
    /// Whether it is at work.
    pub enabled: bool,
    /// Why it is not, or what is wrong with it.
    pub note: Option<String>,
}

/// The rules in force, by id.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    places: HashMap<String, usize>,
}

impl Rules {
    /// Rules in the order that they are shown in. Of several with one id the first counts.
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut places = HashMap::new();
        for (place, rule) in rules.iter().enumerate() {
            places.entry(rule.meta.id.clone()).or_insert(place);
        }
        Self { rules, places }
    }

    /// The rule with an id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.places.get(id).and_then(|&place| self.rules.get(place))
    }

    /// All of them.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }
}
