//! A rule about single flows.

use weir_filter::Expr;
use weir_schema::Field;

use crate::Meta;

/// A Sigma rule: one flow that fits is enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What it says of itself.
    pub meta: Meta,
    /// The flows that it matches, its log source and the filters that name it included.
    pub expr: Expr,
    /// Whom a match is about: the fields whose values name the alert. The source and the destination address, unless the
    /// rule says otherwise (`entity`).
    pub entity: Vec<Field>,
    /// What an analyst wants to see of a match (Sigma's `fields`).
    pub fields: Vec<Field>,
    /// Whether a match is reported by itself. A rule that a correlation refers to is not, unless that correlation says
    /// `generate: true`; a rule with `building-block: true` never is.
    pub reports: bool,
    /// The titles of the filters that were put into `expr`.
    pub filters: Vec<String>,
    /// Its document as written.
    pub source: String,
}
