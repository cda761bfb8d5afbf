//! Sigma text to typed rules, correlations and filters over the field table.
//!
//! Everything that knows YAML or Sigma's grammar is in this crate; what leaves it is a [`weir_filter::Expr`] with the
//! rule's [`Meta`].

mod attack;
mod correlation;
mod explain;
mod fault;
mod folder;
mod front;
mod link;
mod meta;
mod naming;
mod needs;
mod pack;
mod problem;
mod reference;
mod rule;
mod rule_set;
mod scenario;
mod trial;

pub use attack::{ATTACK_ATTRIBUTION, ATTACK_VERSION, Tactic, Technique};
pub use correlation::{
    Amount, Comparison, Condition, Correlation, GroupKey, Logic, Operand, Presence, Source, Window,
};
pub use explain::Explanation;
pub use folder::{FolderError, read_files, stamp_files};
pub use meta::{Level, Meta, Origin, Status};
pub use pack::{built_in, built_in_tests};
pub use problem::{Problem, Severity};
pub use rule::Rule;
pub use rule_set::{Document, RuleSet, Unusable};
pub use scenario::{ScenarioError, flow, scenario};
pub use trial::{Outcome, Trial, Trials, TrialsError};

#[cfg(test)]
mod tests;
