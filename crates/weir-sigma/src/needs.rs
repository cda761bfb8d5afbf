//! Which fields rules look at, and which ones a rule cannot do without.

use std::collections::BTreeSet;

use weir_filter::column::sources;
use weir_filter::{Expr, Subject, Test};
use weir_schema::Field;

use crate::{Amount, Correlation, GroupKey, Logic, Operand, Presence, RuleSet, Source};

/// Fields that every flow has, or that Weir itself fills.
const GIVEN: [Field; 3] = [Field::Time, Field::Received, Field::Kind];

impl RuleSet {
    /// The stored fields without which a rule or correlation can never match, in the order of the field table. Fields of
    /// which one of several is enough are not among them.
    pub fn needs(&self, operand: Operand) -> Vec<Field> {
        // Correlations stand after what they refer to, so that each is looked at once.
        let mut of_correlations: Vec<BTreeSet<Field>> = Vec::new();
        let of = |operand: Operand, before: &[BTreeSet<Field>]| match operand {
            Operand::Rule(at) => required(&self.rules[at].expr),
            Operand::Correlation(at) => before.get(at).cloned().unwrap_or_default(),
        };
        if let Operand::Correlation(last) = operand {
            for correlation in &self.correlations[..=last] {
                let parts: Vec<BTreeSet<Field>> = (correlation.operands.iter().enumerate())
                    .map(|(place, part)| {
                        let mut fields = of(*part, &of_correlations);
                        fields.extend(counted(correlation, place));
                        fields
                    })
                    .collect();
                of_correlations.push(match &correlation.logic {
                    Logic::Temporal { holds, .. } => present(holds, &parts),
                    _ => common(parts.iter()),
                });
            }
        }
        let fields = of(operand, &of_correlations);
        fields.into_iter().flat_map(sources).copied().filter(|field| !GIVEN.contains(field)).collect()
    }
}

impl RuleSet {
    /// The stored fields that the rules and correlations look at, `time` included.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = BTreeSet::from([Field::Time, Field::Sampling]);
        for rule in &self.rules {
            rule.expr.tests(&mut |test| match test.subject {
                Subject::Either(field) => {
                    fields.extend([Some(field), field.info().mirror].into_iter().flatten());
                }
                _ => fields.extend([test.subject.field()]),
            });
            fields.extend(rule.entity.iter().copied());
        }
        for correlation in &self.correlations {
            for place in 0..correlation.operands.len() {
                fields.extend(counted(correlation, place));
            }
        }
        fields.into_iter().flat_map(sources).copied().collect::<BTreeSet<Field>>().into_iter().collect()
    }
}

/// The fields of an operand that a correlation groups by and counts.
fn counted(correlation: &Correlation, place: usize) -> impl Iterator<Item = Field> {
    let of_amount = |of: &Amount| of.from.get(place).copied();
    let mut sources: Vec<Source> =
        (correlation.group_by.iter()).filter_map(|GroupKey { from, .. }| from.get(place).copied()).collect();
    match &correlation.logic {
        Logic::EventCount(_) | Logic::Temporal { .. } => {}
        Logic::ValueCount { of, .. } => sources.extend(of.iter().filter_map(|from| from.get(place))),
        Logic::ValueSum { of, .. } | Logic::ValueAvg { of, .. } | Logic::ValuePercentile { of, .. } => {
            sources.extend(of_amount(of));
        }
    }
    sources.into_iter().filter_map(|source| match source {
        Source::Field(field) => Some(field),
        Source::Key(_) => None,
    })
}

fn common<'a>(mut sets: impl Iterator<Item = &'a BTreeSet<Field>>) -> BTreeSet<Field> {
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |common, set| &common & set)
}

/// What is needed for an expression to hold of any flow.
fn required(expr: &Expr) -> BTreeSet<Field> {
    match expr {
        Expr::And(parts) => parts.iter().flat_map(required).collect(),
        Expr::Or(parts) => {
            let parts: Vec<_> = parts.iter().map(required).collect();
            common(parts.iter())
        }
        // What is absent makes the inner condition of a negation untrue, and so the negation true.
        Expr::Not(_) | Expr::Test(Test { subject: Subject::Either(_) | Subject::Extra(_), .. }) => {
            BTreeSet::new()
        }
        Expr::Test(test) => BTreeSet::from([test.subject.field()]),
    }
}

fn present(holds: &Presence, parts: &[BTreeSet<Field>]) -> BTreeSet<Field> {
    match holds {
        Presence::Of(place) => parts.get(*place).cloned().unwrap_or_default(),
        Presence::All(inner) => inner.iter().flat_map(|part| present(part, parts)).collect(),
        Presence::AtLeast(count, inner) => {
            let inner: Vec<_> = inner.iter().map(|part| present(part, parts)).collect();
            if *count == inner.len() { inner.into_iter().flatten().collect() } else { common(inner.iter()) }
        }
        Presence::Not(_) => BTreeSet::new(),
    }
}
