//! What a rule looks for, in words and as filters.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::{Condition, Logic, Operand, RuleSet};

/// A rule with its filter, or a correlation with what it asks for and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The title.
    pub title: String,
    /// What it finds and why that matters.
    pub description: String,
    /// Of a rule: the filter that selects the flows it matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Of a correlation: what must be so within its window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks: Option<String>,
    /// Whom it is about: fields.
    pub about: Vec<String>,
    /// The titles of the filters that are in it.
    pub filters: Vec<String>,
    /// What harmless things look the same.
    pub false_positives: Vec<String>,
    /// Of a correlation: its parts. One that was told before has none.
    pub of: Vec<Explanation>,
}

impl RuleSet {
    /// Explains a rule or a correlation.
    pub fn explain(&self, operand: Operand) -> Explanation {
        self.explained(operand, &mut BTreeSet::new())
    }

    fn explained(&self, operand: Operand, told: &mut BTreeSet<usize>) -> Explanation {
        match operand {
            Operand::Rule(at) => {
                let rule = &self.rules[at];
                Explanation {
                    title: rule.meta.title.clone(),
                    description: rule.meta.description.clone(),
                    filter: Some(rule.expr.to_string()),
                    asks: None,
                    about: rule.entity.iter().map(|field| field.name().to_owned()).collect(),
                    filters: rule.filters.clone(),
                    false_positives: rule.meta.false_positives.clone(),
                    of: Vec::new(),
                }
            }
            Operand::Correlation(at) => {
                let rule = &self.correlations[at];
                let span = weir_filter::value::duration_text(rule.timespan_ns.unsigned_abs());
                // Correlations of correlations could else be as many as there are ways through them.
                let parts = if told.insert(at) { rule.operands.as_slice() } else { &[] };
                Explanation {
                    title: rule.meta.title.clone(),
                    description: rule.meta.description.clone(),
                    filter: None,
                    asks: Some(format!("{} within {span}", asks(&rule.logic))),
                    about: rule.group_by.iter().map(|key| key.name.clone()).collect(),
                    filters: Vec::new(),
                    false_positives: rule.meta.false_positives.clone(),
                    of: parts.iter().map(|part| self.explained(*part, told)).collect(),
                }
            }
        }
    }
}

fn asks(logic: &Logic) -> String {
    let what = match logic {
        Logic::EventCount(_) => "events".to_owned(),
        Logic::ValueCount { of, .. } => {
            let fields: Vec<&str> =
                of.iter().filter_map(|from| from.first()).map(|from| from.name()).collect();
            format!("distinct {}", fields.join(" and "))
        }
        Logic::ValueSum { of, .. } => format!("sum of {}", of.name()),
        Logic::ValueAvg { of, .. } => format!("mean of {}", of.name()),
        Logic::ValuePercentile { of, percentile, .. } => format!("percentile {percentile} of {}", of.name()),
        Logic::Temporal { ordered: true, .. } => return "the following, in this order,".to_owned(),
        Logic::Temporal { ordered: false, .. } => return "the following together".to_owned(),
    };
    logic.condition().map_or(what.clone(), |condition| format!("{what} {}", bounds(condition)))
}

fn bounds(Condition(parts): &Condition) -> String {
    let parts: Vec<String> =
        parts.iter().map(|(comparison, bound)| format!("{} {bound}", comparison.symbol())).collect();
    parts.join(" and ")
}

impl Explanation {
    fn write(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = "  ".repeat(depth);
        writeln!(f, "{indent}{}", self.title)?;
        if depth == 0 && !self.description.is_empty() {
            writeln!(f, "{indent}  {}", self.description)?;
        }
        for (label, words) in [
            ("filter", self.filter.clone().unwrap_or_default()),
            ("asks for", self.asks.clone().unwrap_or_default()),
            ("per", self.about.join(", ")),
            ("exceptions", self.filters.join(", ")),
        ] {
            if !words.is_empty() {
                writeln!(f, "{indent}  {label}: {words}")?;
            }
        }
        self.of.iter().try_for_each(|part| part.write(f, depth + 1))
    }
}

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}
