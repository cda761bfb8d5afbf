//! Selections and the condition over them to one expression.

use std::collections::{BTreeMap, HashMap};

use rsigma_ir::{IrCondition, IrDetection};
use rsigma_parser::Quantifier;
use weir_filter::{Check, Context, Expr, Test};

use super::matcher;
use crate::fault::Fault;
use crate::naming::Naming;

/// Most selections that `N of` with an N above 1 chooses from; each choice is written out.
const MAX_CHOICES: usize = 10;

/// What the conditions say; several hold when one does.
pub(super) fn body(
    detections: &HashMap<String, IrDetection>,
    conditions: &[IrCondition],
    naming: Naming,
    context: &Context,
) -> Result<Expr, Fault> {
    // In the order of their names, so that the same text always gives the same expression.
    let mut selections = BTreeMap::new();
    for (name, detection) in detections {
        selections
            .insert(name.as_str(), selection(detection, naming, context).map_err(|fault| fault.near(name))?);
    }
    let any: Vec<Expr> =
        conditions.iter().map(|condition| combine(condition, &selections)).collect::<Result<_, _>>()?;
    match any.len() {
        0 => Err(Fault::error("the condition is missing").near("detection")),
        _ => Ok(Expr::or(any)),
    }
}

fn combine(condition: &IrCondition, selections: &BTreeMap<&str, Expr>) -> Result<Expr, Fault> {
    let all = |parts: &[IrCondition]| -> Result<Vec<Expr>, Fault> {
        parts.iter().map(|part| combine(part, selections)).collect()
    };
    match condition {
        IrCondition::Detection(name) => selections.get(name.as_str()).cloned().ok_or_else(|| {
            Fault::error(format!("the condition names `{name}`, which is no selection")).near("condition")
        }),
        IrCondition::And(parts) => Ok(Expr::and(all(parts)?)),
        IrCondition::Or(parts) => Ok(Expr::or(all(parts)?)),
        IrCondition::Not(part) => Ok(Expr::not(combine(part, selections)?)),
        IrCondition::Selector { quantifier, pattern } => {
            let chosen: Vec<Expr> = selections
                .iter()
                .filter(|(name, _)| pattern.matches_detection_name(name))
                .map(|(_, expr)| expr.clone())
                .collect();
            if chosen.is_empty() {
                return Err(Fault::error(format!("`{quantifier} of {pattern}` chooses no selection"))
                    .near("condition"));
            }
            match quantifier {
                Quantifier::Any | Quantifier::Count(1) => Ok(Expr::or(chosen)),
                Quantifier::All => Ok(Expr::and(chosen)),
                Quantifier::Count(0) => Ok(Expr::all()),
                Quantifier::Count(count) if chosen.len() <= MAX_CHOICES => {
                    Ok(at_least(usize::try_from(*count).unwrap_or(usize::MAX), &chosen))
                }
                Quantifier::Count(count) => Err(Fault::refused(format!(
                    "`{count} of` chooses from {} selections; at most {MAX_CHOICES} are possible",
                    chosen.len()
                ))
                .near("condition")),
            }
        }
    }
}

/// At least `count` of the parts.
fn at_least(count: usize, parts: &[Expr]) -> Expr {
    match parts {
        _ if count == 0 => Expr::all(),
        _ if count > parts.len() => Expr::Or(Vec::new()),
        [first, rest @ ..] => {
            Expr::or([Expr::and([first.clone(), at_least(count - 1, rest)]), at_least(count, rest)])
        }
        [] => Expr::all(),
    }
}

fn selection(detection: &IrDetection, naming: Naming, context: &Context) -> Result<Expr, Fault> {
    let each = |parts: &[IrDetection]| -> Result<Vec<Expr>, Fault> {
        parts.iter().map(|part| selection(part, naming, context)).collect()
    };
    match detection {
        IrDetection::AllOf(items) => {
            let parts: Vec<Expr> = items
                .iter()
                .map(|item| match &item.field {
                    Some(name) => {
                        let target = naming.target(name)?;
                        matcher::lower(target, name, &item.matcher, context).map_err(|fault| fault.near(name))
                    }
                    None => Err(keywords()),
                })
                .collect::<Result<_, _>>()?;
            Ok(Expr::and(parts))
        }
        IrDetection::AnyOf(parts) => Ok(any_of(each(parts)?)),
        IrDetection::And(parts) => Ok(Expr::and(each(parts)?)),
        IrDetection::Keywords(_) => Err(keywords()),
        IrDetection::ArrayMatch { field, .. } => {
            Err(Fault::refused(format!("`{field}` is taken for a list; flows have single values"))
                .near(field))
        }
        IrDetection::Conditional { .. } => {
            Err(Fault::refused("lists with conditions: flows have single values"))
        }
    }
}

fn keywords() -> Fault {
    Fault::refused("looks for words in a text, and flows have no text")
        .help("name the field: `FIELD|contains: WORD`")
}

/// Any of the parts; values of one field become one list.
pub(super) fn any_of(parts: Vec<Expr>) -> Expr {
    let mut merged: Vec<Expr> = Vec::with_capacity(parts.len());
    for part in parts {
        if let Expr::Test(Test { subject, check: Check::In { items, negated: false } }) = &part {
            let same = merged.iter_mut().find_map(|other| match other {
                Expr::Test(Test { subject: s, check: Check::In { items, negated: false } })
                    if s == subject =>
                {
                    Some(items)
                }
                _ => None,
            });
            if let Some(list) = same {
                list.extend(items.iter().cloned());
                continue;
            }
        }
        merged.push(part);
    }
    Expr::or(merged)
}
