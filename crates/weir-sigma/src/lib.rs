//! Sigma text to typed rules, correlations and filters over the field table.
//!
//! Everything that knows YAML or Sigma's grammar is in this crate; what leaves it is a [`weir_filter::Expr`] with the
//! rule's [`Meta`].

mod meta;

pub use meta::{Level, Meta, Origin, Status};
