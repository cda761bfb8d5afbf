//! Sigma text to rules, correlations and filters whose names are not yet resolved.
//!
//! This module alone knows the library that reads Sigma; nothing of it leaves here.

mod condition;
mod correlation;
mod matcher;
mod meta;
mod split;

use rsigma_ir::LowerOptions;
use rsigma_parser::{FilterRuleTarget, parse_sigma_yaml};
use weir_filter::{Context, Expr};
use weir_schema::Field;

pub(crate) use correlation::{RawCorrelation, RawLogic};
pub(crate) use split::{Part, split};

use crate::Meta;
use crate::fault::{Fault, Place};
use crate::naming::{LogSource, Naming};

/// Most bytes in one document.
const MAX_DOCUMENT: usize = 256 * 1024;

/// One document.
#[derive(Debug)]
pub(crate) enum Raw {
    Rule(RawRule),
    Correlation(RawCorrelation),
    Filter(RawFilter),
}

/// A rule about single flows, without filters.
#[derive(Debug)]
pub(crate) struct RawRule {
    pub(crate) meta: Meta,
    pub(crate) log_source: LogSource,
    pub(crate) naming: Naming,
    pub(crate) expr: Expr,
    pub(crate) entity: Vec<Field>,
    pub(crate) fields: Vec<Field>,
    /// Whether it is made to be a part of correlations, and never speaks for itself.
    pub(crate) building_block: bool,
}

/// A condition to be put into other rules.
#[derive(Debug)]
pub(crate) struct RawFilter {
    pub(crate) title: String,
    pub(crate) log_source: LogSource,
    /// Ids, names or titles; none is any rule of the log source.
    pub(crate) rules: Option<Vec<String>>,
    pub(crate) expr: Expr,
}

/// Reads one document. What does not keep it from being used goes to `faults` as well.
pub(crate) fn read(text: &str, context: &Context, faults: &mut Vec<Fault>) -> Option<Raw> {
    match read_or_fail(text, context, faults) {
        Ok(raw) => Some(raw),
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

fn read_or_fail(text: &str, context: &Context, faults: &mut Vec<Fault>) -> Result<Raw, Fault> {
    if text.len() > MAX_DOCUMENT {
        return Err(Fault::error(format!(
            "the document has {} bytes; at most {MAX_DOCUMENT} are read",
            text.len()
        )));
    }
    split::check_nesting(text)?;
    if text.lines().any(|line| line.starts_with("action:")) {
        return Err(Fault::refused("`action` documents are not read")
            .help("write each document out in full")
            .near("action:"));
    }
    let collection = parse_sigma_yaml(text).map_err(|error| fault_of(&error.to_string()))?;
    let broken =
        collection.rules.is_empty() && collection.correlations.is_empty() && collection.filters.is_empty();
    let mut notes = collection.errors.iter().map(|error| fault_of(error));
    if broken {
        return Err(notes.next().unwrap_or_else(|| Fault::error("this is no Sigma document")));
    }
    faults.extend(notes.map(|note| Fault { severity: crate::Severity::Warning, ..note }));

    if let Some(rule) = collection.rules.into_iter().next() {
        let log_source = log_source(&rule.logsource);
        let naming = Naming::of(&log_source)?;
        let lowered = rsigma_ir::lower_rule(&rule, &LowerOptions::default())
            .map_err(|error| fault_of(&error.to_string()))?;
        let body = condition::body(&lowered.detections, &lowered.conditions, naming, context)?;
        let entity = match meta::entity(&rule.custom_attributes)? {
            Some(names) => names.iter().map(|name| naming.field(name)).collect::<Result<_, _>>()?,
            None => vec![Field::SrcIp, Field::DstIp],
        };
        let mut fields = Vec::new();
        for name in &rule.fields {
            match naming.field(name) {
                Ok(field) => fields.push(field),
                Err(fault) => faults.push(
                    Fault::warning(format!("`fields` names `{name}`, which flows do not have"))
                        .near(name.clone())
                        .help(fault.help.unwrap_or_else(|| "it is left out".to_owned())),
                ),
            }
        }
        return Ok(Raw::Rule(RawRule {
            meta: meta::of_rule(&rule),
            log_source,
            naming,
            expr: Expr::and([body, naming.scope()]),
            entity,
            fields,
            building_block: meta::flag(&rule.custom_attributes, "building-block")?,
        }));
    }
    if let Some(correlation) = collection.correlations.into_iter().next() {
        return correlation::raw(correlation).map(Raw::Correlation);
    }
    let Some(filter) = collection.filters.into_iter().next() else {
        return Err(Fault::error("this is no Sigma document"));
    };
    let log_source = filter.logsource.as_ref().map(log_source).unwrap_or_default();
    let naming = Naming::of(&log_source)?;
    let lowered = rsigma_ir::lower::lower_filter(&filter, &LowerOptions::default())
        .map_err(|error| fault_of(&error.to_string()))?;
    Ok(Raw::Filter(RawFilter {
        expr: condition::body(&lowered.detections, &lowered.conditions, naming, context)?,
        title: filter.title,
        log_source,
        rules: match filter.rules {
            FilterRuleTarget::Any => None,
            FilterRuleTarget::Specific(names) => Some(names),
        },
    }))
}

fn log_source(source: &rsigma_parser::LogSource) -> LogSource {
    LogSource {
        category: source.category.clone(),
        product: source.product.clone(),
        service: source.service.clone(),
    }
}

/// A message of the library, with the line that it names, or else the first thing that it quotes.
fn fault_of(message: &str) -> Fault {
    let mut fault = Fault::error(message);
    let line = message
        .split("line ")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok());
    if let Some(line) = line {
        fault.place = Place::Line(line);
    } else if let Some(quoted) = message.split('\'').nth(1) {
        fault.place = Place::Text(quoted.to_owned());
    } else if message.starts_with("Condition") {
        fault.place = Place::Text("condition".to_owned());
    }
    if message.contains("rror at") && message.contains('|') {
        fault = fault.help("aggregations behind `|` were given up by Sigma; write a correlation");
    }
    fault
}
