//! Correlations as written.

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, Quantifier,
    SelectorPattern, WindowMode,
};

use super::meta;
use crate::fault::Fault;
use crate::{Comparison, Condition, Meta, Presence, Window};

const SECOND_NS: i64 = 1_000_000_000;
/// The longest window: a year.
const MAX_SECONDS: u64 = 366 * 86_400;
/// Most rules in one correlation, and most parts of its key.
const MAX_PARTS: usize = 64;

/// A correlation whose rules and fields are names.
#[derive(Debug)]
pub(crate) struct RawCorrelation {
    pub(crate) meta: Meta,
    pub(crate) rules: Vec<String>,
    pub(crate) group_by: Vec<String>,
    /// Alias, rule, field.
    pub(crate) aliases: Vec<(String, String, String)>,
    pub(crate) timespan_ns: i64,
    pub(crate) window: Window,
    pub(crate) logic: RawLogic,
    pub(crate) generate: bool,
}

/// What a correlation asks for, with fields as names.
#[derive(Debug)]
pub(crate) enum RawLogic {
    EventCount(Condition),
    ValueCount { fields: Vec<String>, condition: Condition },
    Sum { field: String, condition: Condition },
    Avg { field: String, condition: Condition },
    Percentile { field: String, percentile: f64, condition: Condition },
    Temporal { ordered: bool, holds: Presence },
}

pub(super) fn raw(rule: CorrelationRule) -> Result<RawCorrelation, Fault> {
    let meta = meta::of_correlation(&rule);
    if rule.rules.is_empty() {
        return Err(Fault::error("the correlation names no `rules`").near("correlation"));
    }
    if rule.rules.len() > MAX_PARTS || rule.group_by.len() > MAX_PARTS {
        return Err(
            Fault::error(format!("more than {MAX_PARTS} rules or fields to group by")).near("correlation")
        );
    }
    let logic = logic(&rule)?;
    let window = match rule.window {
        WindowMode::Sliding => Window::Sliding,
        WindowMode::Tumbling => Window::Tumbling,
        WindowMode::Session => {
            let gap = rule.gap.as_ref().map_or(0, |gap| gap.seconds);
            Window::Session { gap_ns: nanoseconds(gap).ok_or_else(|| bad_span("gap"))? }
        }
    };
    let mut aliases = Vec::new();
    for alias in &rule.aliases {
        let mut pairs: Vec<_> = alias.mapping.iter().collect();
        pairs.sort();
        aliases.extend(
            pairs.into_iter().map(|(rule, field)| (alias.alias.clone(), rule.clone(), field.clone())),
        );
    }
    Ok(RawCorrelation {
        meta,
        timespan_ns: nanoseconds(rule.timespan.seconds).ok_or_else(|| bad_span("timespan"))?,
        rules: rule.rules,
        group_by: rule.group_by,
        aliases,
        window,
        logic,
        generate: rule.generate,
    })
}

fn nanoseconds(seconds: u64) -> Option<i64> {
    (1..=MAX_SECONDS).contains(&seconds).then_some(seconds as i64 * SECOND_NS)
}

fn bad_span(name: &str) -> Fault {
    Fault::error(format!("`{name}` is not between a second and a year")).near(name)
}

fn logic(rule: &CorrelationRule) -> Result<RawLogic, Fault> {
    let kind = rule.correlation_type;
    let temporal = matches!(kind, CorrelationType::Temporal | CorrelationType::TemporalOrdered);
    let (predicates, fields, percentile) = match &rule.condition {
        CorrelationCondition::Extended(_) if !temporal => {
            return Err(Fault::error(format!("`{}` needs a condition with numbers", kind.as_str()))
                .help("write for example `condition: {gte: 10}`")
                .near("condition"));
        }
        CorrelationCondition::Extended(expr) => {
            return Ok(RawLogic::Temporal {
                ordered: kind == CorrelationType::TemporalOrdered,
                holds: presence(expr, &rule.rules)?,
            });
        }
        CorrelationCondition::Threshold { predicates, field, percentile } => (predicates, field, *percentile),
    };
    let condition =
        Condition(predicates.iter().map(|(op, bound)| (comparison(*op), *bound as f64)).collect());
    let one =
        || match fields.as_deref() {
            Some([field]) => Ok(field.clone()),
            _ => Err(Fault::error(format!("`{}` needs one `field` in its condition", kind.as_str()))
                .near("condition")),
        };
    Ok(match kind {
        CorrelationType::EventCount => RawLogic::EventCount(condition),
        CorrelationType::ValueCount => {
            let fields = fields.clone().filter(|fields| fields.len() <= MAX_PARTS);
            let fields = fields.ok_or_else(|| {
                Fault::error("`value_count` needs a `field` in its condition").near("condition")
            })?;
            RawLogic::ValueCount { fields, condition }
        }
        CorrelationType::ValueSum => RawLogic::Sum { field: one()?, condition },
        CorrelationType::ValueAvg => RawLogic::Avg { field: one()?, condition },
        CorrelationType::ValueMedian => RawLogic::Percentile { field: one()?, percentile: 50.0, condition },
        CorrelationType::ValuePercentile => {
            let percentile = percentile.filter(|percentile| *percentile <= 100).ok_or_else(|| {
                Fault::error("`value_percentile` needs a `percentile` from 0 to 100 in its condition")
                    .help("`condition: {field: source.bytes, percentile: 95, gt: 1000}` compares the 95th percentile")
                    .near("condition")
            })?;
            RawLogic::Percentile { field: one()?, percentile: percentile as f64, condition }
        }
        CorrelationType::Temporal | CorrelationType::TemporalOrdered => RawLogic::Temporal {
            ordered: kind == CorrelationType::TemporalOrdered,
            holds: counted(predicates, rule.rules.len(), rule_has_condition(predicates))?,
        },
    })
}

/// The library fills in `gte: 1` for a temporal correlation without a condition, which means all of them.
fn rule_has_condition(predicates: &[(ConditionOperator, u64)]) -> bool {
    predicates != [(ConditionOperator::Gte, 1)]
}

/// `gte: 2` of a temporal correlation: so many different rules.
fn counted(predicates: &[(ConditionOperator, u64)], rules: usize, given: bool) -> Result<Presence, Fault> {
    let each: Vec<Presence> = (0..rules).map(Presence::Of).collect();
    if !given {
        return Ok(Presence::All(each));
    }
    let most = usize::MAX;
    match predicates {
        [(ConditionOperator::Gte, count)] => {
            Ok(Presence::AtLeast(usize::try_from(*count).unwrap_or(most), each))
        }
        [(ConditionOperator::Gt, count)] => {
            Ok(Presence::AtLeast(usize::try_from(*count).unwrap_or(most).saturating_add(1), each))
        }
        [(ConditionOperator::Eq, count)] if usize::try_from(*count) == Ok(rules) => Ok(Presence::All(each)),
        _ => Err(Fault::refused(
            "a temporal correlation needs a number of rules with `gte` or `gt`, or names of rules",
        )
        .help("write for example `condition: a and b and not c`")
        .near("condition")),
    }
}

fn presence(expr: &ConditionExpr, rules: &[String]) -> Result<Presence, Fault> {
    let all = |parts: &[ConditionExpr]| -> Result<Vec<Presence>, Fault> {
        parts.iter().map(|part| presence(part, rules)).collect()
    };
    Ok(match expr {
        ConditionExpr::And(parts) => Presence::All(all(parts)?),
        ConditionExpr::Or(parts) => Presence::AtLeast(1, all(parts)?),
        ConditionExpr::Not(part) => Presence::Not(Box::new(presence(part, rules)?)),
        ConditionExpr::Identifier(name) => {
            let place = rules.iter().position(|rule| rule == name).ok_or_else(|| {
                Fault::error(format!("the condition names `{name}`, which is not among the `rules`"))
                    .near("condition")
            })?;
            Presence::Of(place)
        }
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen: Vec<Presence> = rules
                .iter()
                .enumerate()
                .filter(|(_, name)| match pattern {
                    SelectorPattern::Them => true,
                    SelectorPattern::Pattern(_) => pattern.matches_detection_name(name),
                })
                .map(|(place, _)| Presence::Of(place))
                .collect();
            match quantifier {
                Quantifier::Any => Presence::AtLeast(1, chosen),
                Quantifier::All => Presence::All(chosen),
                Quantifier::Count(count) => {
                    Presence::AtLeast(usize::try_from(*count).unwrap_or(usize::MAX), chosen)
                }
            }
        }
    })
}

fn comparison(operator: ConditionOperator) -> Comparison {
    match operator {
        ConditionOperator::Lt => Comparison::Below,
        ConditionOperator::Lte => Comparison::AtMost,
        ConditionOperator::Gt => Comparison::Above,
        ConditionOperator::Gte => Comparison::AtLeast,
        ConditionOperator::Eq => Comparison::Equal,
        ConditionOperator::Neq => Comparison::NotEqual,
    }
}
