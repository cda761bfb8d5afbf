//! Rules, correlations and filters that were read together.

use crate::{Correlation, Problem, Rule};

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
