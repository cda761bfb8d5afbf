//! Sigma text to typed rules, correlations and filters over the field table.
//!
//! Everything that knows YAML or Sigma's grammar is in this crate; what leaves it is a [`weir_filter::Expr`] with the
//! rule's [`Meta`].

mod correlation;
mod fault;
mod front;
mod link;
mod meta;
mod naming;
mod problem;
mod rule;
mod rule_set;

pub use correlation::{
    Amount, Comparison, Condition, Correlation, GroupKey, Logic, Operand, Presence, Source, Window,
};
pub use meta::{Level, Meta, Origin, Status};
pub use problem::{Problem, Severity};
pub use rule::Rule;
pub use rule_set::{Document, RuleSet};

#[cfg(test)]
mod tests;
