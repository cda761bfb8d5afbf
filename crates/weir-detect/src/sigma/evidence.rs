//! The filter that selects the flows behind a group.

use weir_filter::Expr;
use weir_schema::Field;
use weir_sigma::{Correlation, Operand, Rule, Source};

use super::atom::Atom;

/// The flows of a correlation whose key has these values; a part of the key without a value may be anything.
pub(super) fn filter(
    rules: &[Rule],
    correlations: &[Correlation],
    correlation: &Correlation,
    key: &[Option<&Atom>],
) -> Expr {
    Expr::or(correlation.operands.iter().enumerate().map(|(place, operand)| {
        let given = || {
            correlation
                .group_by
                .iter()
                .zip(key)
                .filter_map(|(part, atom)| Some((*part.from.get(place)?, (*atom)?)))
        };
        match operand {
            Operand::Rule(rule) => {
                let conditions = given().filter_map(|(source, atom)| match source {
                    Source::Field(field) => Some(atom.condition(field)),
                    Source::Key(_) => None,
                });
                Expr::and(rules.get(*rule).map(|rule| rule.expr.clone()).into_iter().chain(conditions))
            }
            Operand::Correlation(before) => {
                let Some(before) = correlations.get(*before) else { return Expr::all() };
                let mut inner = vec![None; before.group_by.len()];
                for (source, atom) in given() {
                    if let Source::Key(place) = source
                        && let Some(part) = inner.get_mut(place)
                    {
                        *part = Some(atom);
                    }
                }
                filter(rules, correlations, before, &inner)
            }
        }
    }))
}

/// The field that a part of a key goes by in flows.
pub(super) fn field_of(
    correlations: &[Correlation],
    correlation: &Correlation,
    part: usize,
) -> Option<Field> {
    let part = correlation.group_by.get(part)?;
    correlation.operands.iter().zip(&part.from).find_map(|(operand, source)| match (operand, source) {
        (_, Source::Field(field)) => Some(*field),
        (Operand::Correlation(before), Source::Key(place)) => {
            field_of(correlations, correlations.get(*before)?, *place)
        }
        (Operand::Rule(_), Source::Key(_)) => None,
    })
}
