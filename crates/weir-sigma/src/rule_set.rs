//! Rules, correlations and filters that were read together.

use std::collections::{BTreeSet, HashMap};

use crate::{Correlation, Meta, Operand, Origin, Problem, Rule};

/// A file with Sigma documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name, as problems and [`crate::Origin`] give it.
    pub file: String,
    /// What is in it: one document or several, separated by `---`.
    pub text: String,
}

/// What can be used of some documents, and what is wrong with the rest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleSet {
    /// The rules about single flows.
    pub rules: Vec<Rule>,
    /// The correlations, each after those that it refers to.
    pub correlations: Vec<Correlation>,
    /// What is wrong. A document with an error is left out, and so is what refers to it; the others stand.
    pub problems: Vec<Problem>,
    /// The rules and correlations that are left out.
    pub unusable: Vec<Unusable>,
}

/// A document that cannot be used; [`RuleSet::problems`] says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// What it calls itself: its id, else its name, else where it stands.
    pub id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Where it stands.
    pub origin: Origin,
    /// The document as written.
    pub source: String,
}

impl RuleSet {
    /// Every rule, then every correlation.
    pub fn operands(&self) -> impl Iterator<Item = Operand> + use<> {
        let (rules, correlations) = (0..self.rules.len(), 0..self.correlations.len());
        rules.map(Operand::Rule).chain(correlations.map(Operand::Correlation))
    }

    /// What a rule or a correlation says of itself.
    pub fn meta(&self, operand: Operand) -> &Meta {
        match operand {
            Operand::Rule(at) => &self.rules[at].meta,
            Operand::Correlation(at) => &self.correlations[at].meta,
        }
    }

    /// Its document as written.
    pub fn source(&self, operand: Operand) -> &str {
        match operand {
            Operand::Rule(at) => &self.rules[at].source,
            Operand::Correlation(at) => &self.correlations[at].source,
        }
    }

    /// Whether it is reported by itself.
    pub fn reports(&self, operand: Operand) -> bool {
        match operand {
            Operand::Rule(at) => self.rules[at].reports,
            Operand::Correlation(at) => self.correlations[at].reports,
        }
    }

    /// One rule or correlation with all that it refers to, as a set of its own in which it alone is reported. It is the last
    /// one of its kind.
    pub fn only(&self, operand: Operand) -> RuleSet {
        let mut needed = BTreeSet::new();
        let mut waiting = vec![operand];
        while let Some(next) = waiting.pop() {
            if needed.insert(next)
                && let Operand::Correlation(at) = next
            {
                waiting.extend(&self.correlations[at].operands);
            }
        }
        let mut places = HashMap::new();
        let mut only = RuleSet::default();
        for part in self.operands().filter(|part| needed.contains(part)) {
            let reports = part == operand;
            match part {
                Operand::Rule(at) => {
                    places.insert(part, Operand::Rule(only.rules.len()));
                    only.rules.push(Rule { reports, ..self.rules[at].clone() });
                }
                Operand::Correlation(at) => {
                    places.insert(part, Operand::Correlation(only.correlations.len()));
                    let mut correlation = Correlation { reports, ..self.correlations[at].clone() };
                    for before in &mut correlation.operands {
                        *before = places[before];
                    }
                    only.correlations.push(correlation);
                }
            }
        }
        only
    }

    /// What is wrong in a document that stands here.
    pub fn problems_of<'a>(
        &'a self,
        origin: &'a Origin,
        source: &'a str,
    ) -> impl Iterator<Item = &'a Problem> {
        let lines = source.lines().count() as u32;
        self.problems.iter().filter(move |problem| {
            problem.file == origin.file && (origin.line..origin.line + lines.max(1)).contains(&problem.line)
        })
    }

    /// What the rules and the correlations say of themselves, in their order.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        self.rules.iter().map(|rule| &rule.meta).chain(self.correlations.iter().map(|rule| &rule.meta))
    }

    /// The rule or correlation of an id or a name.
    pub fn find(&self, id_or_name: &str) -> Option<Operand> {
        let is_meant = |meta: &Meta| meta.id == id_or_name || meta.name.as_deref() == Some(id_or_name);
        let rule = self.rules.iter().position(|rule| is_meant(&rule.meta)).map(Operand::Rule);
        let correlation = || self.correlations.iter().position(|rule| is_meant(&rule.meta));
        rule.or_else(|| correlation().map(Operand::Correlation))
    }
}
