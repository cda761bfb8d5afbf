//! What is hunted for.

use weir_filter::Expr;
use weir_schema::Field;
use weir_sigma::{Operand, RuleSet};

use crate::sweep;

/// A rule or correlation with all that it refers to, or a behavioural analytic.
#[derive(Debug, Clone, PartialEq)]
pub struct Quarry {
    pub(crate) kind: Kind,
    /// The id of what is hunted for.
    pub(crate) id: String,
    pub(crate) sweep: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Rules(Box<RuleSet>),
    Analytic,
}

impl Quarry {
    /// A rule or correlation of a set. `sweep`: also how many alerts there would be with other thresholds.
    pub fn rule(set: &RuleSet, operand: Operand, sweep: bool) -> Self {
        let id = set.meta(operand).id.clone();
        let mut only = set.only(operand);
        if sweep {
            only.correlations.extend(sweep::lowered(&only, operand));
        }
        Self { kind: Kind::Rules(Box::new(only)), id, sweep }
    }

    /// A behavioural analytic, by its id.
    pub fn analytic(id: &str, sweep: bool) -> Self {
        Self { kind: Kind::Analytic, id: id.to_owned(), sweep }
    }

    /// The stored fields that are read.
    pub(crate) fn fields(&self) -> Vec<Field> {
        match &self.kind {
            Kind::Rules(set) => set.fields(),
            Kind::Analytic => weir_detect::Behaviour::fields(),
        }
    }

    /// The flows that matter; all of them where nothing is said.
    pub(crate) fn filter(&self) -> Option<Expr> {
        match &self.kind {
            Kind::Rules(set) => Some(Expr::or(set.rules.iter().map(|rule| rule.expr.clone()))),
            Kind::Analytic => None,
        }
    }
}
