//! Rules, correlations and filters that were read together.

use crate::{Correlation, Meta, Operand, Problem, Rule};

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
}

impl RuleSet {
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
