//! `weir rules`: detection rules before they run.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use weir_filter::Context;
use weir_sigma::{Document, Meta, RuleSet, Severity, Trials, built_in, built_in_tests, read_files};
use weir_telemetry::chain;

use crate::cli::{Format, Rules, RulesAction, RulesFormat};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{print, say};

const RULES: [&str; 2] = [".yml", ".yaml"];

pub(crate) fn run(arguments: &Rules) -> Result<(), Failure> {
    let sets = Configuration::load(arguments.config.as_deref())?.sets;
    let context = Context { now_ns: None, sets: Arc::new(sets) };
    let format = arguments.format;
    match &arguments.action {
        RulesAction::Ls { path } => list(&with_built_in(path.as_deref(), &context)?, format),
        RulesAction::Check { path } => {
            let documents = path.as_deref().map_or_else(|| Ok(built_in()), |path| files(path, &RULES))?;
            check(&RuleSet::load(&documents, &context), format)
        }
        RulesAction::Explain { rule, path } => {
            explain(&with_built_in(path.as_deref(), &context)?, rule, format)
        }
        RulesAction::Test { path } => {
            let tests =
                path.as_deref().map_or_else(|| Ok(built_in_tests()), |path| files(path, &[".toml"]))?;
            test(&with_built_in(path.as_deref(), &context)?, &tests, format)
        }
    }
}

fn files(path: &Path, endings: &[&str]) -> Result<Vec<Document>, Failure> {
    read_files(path, endings).map_err(|error| Failure::wrong_use(chain(&error)))
}

/// The built-in rules, and after them those of a folder.
fn with_built_in(path: Option<&Path>, context: &Context) -> Result<RuleSet, Failure> {
    let mut documents = built_in();
    if let Some(path) = path {
        documents.extend(files(path, &RULES)?);
    }
    Ok(RuleSet::load(&documents, context))
}

fn list(set: &RuleSet, format: RulesFormat) -> Result<(), Failure> {
    let row = |meta: &Meta, kind: &str, reports: bool| {
        json!({
            "name": meta.name.as_deref().unwrap_or(&meta.id), "kind": kind, "level": meta.level,
            "techniques": meta.techniques().collect::<Vec<_>>().join(" "), "alerts": if reports { "yes" } else { "no" },
            "title": meta.title, "id": meta.id, "file": meta.origin.file, "line": meta.origin.line,
        })
    };
    let rules = set.rules.iter().map(|rule| row(&rule.meta, "rule", rule.reports));
    let correlations = set.correlations.iter().map(|rule| row(&rule.meta, "correlation", rule.reports));
    let rows: Vec<Value> = rules.chain(correlations).collect();
    let answer = json!({ "rows": rows, "problems": set.problems });
    if format == RulesFormat::Json {
        return say(&format!("{answer}\n"));
    }
    let columns = ["name", "kind", "level", "alerts", "techniques", "title"].map(str::to_owned);
    print(&answer, &columns, Format::Table)?;
    match set.problems.len() {
        0 => Ok(()),
        count => say(&format!("\n{count} problems; `weir rules check PATH` lists them\n")),
    }
}

fn check(set: &RuleSet, format: RulesFormat) -> Result<(), Failure> {
    let unusable = set.problems.iter().filter(|problem| problem.severity > Severity::Warning).count();
    let (rules, correlations) = (set.rules.len(), set.correlations.len());
    if format == RulesFormat::Json {
        let answer = json!({ "rules": rules, "correlations": correlations, "problems": set.problems });
        say(&format!("{answer}\n"))?;
    } else {
        let mut text = String::new();
        for problem in &set.problems {
            let _ = writeln!(text, "{problem}");
        }
        let _ = writeln!(text, "{rules} rules and {correlations} correlations can be used");
        say(&text)?;
    }
    match unusable {
        0 => Ok(()),
        1 => Err(Failure::failed("one document cannot be used")),
        count => Err(Failure::failed(format!("{count} documents cannot be used"))),
    }
}

fn explain(set: &RuleSet, name: &str, format: RulesFormat) -> Result<(), Failure> {
    let operand = set.find(name).ok_or_else(|| {
        Failure::wrong_use(format!("there is no rule `{name}`")).help("`weir rules ls` lists them")
    })?;
    let explained = set.explain(operand);
    if format == RulesFormat::Json {
        return say(&format!("{}\n", json!(explained)));
    }
    say(&explained.to_string())
}

fn test(set: &RuleSet, tests: &[Document], format: RulesFormat) -> Result<(), Failure> {
    let mut outcomes = Vec::new();
    for file in tests {
        let trials = Trials::parse(&file.text)
            .map_err(|error| Failure::wrong_use(format!("{}: {}", file.file, chain(&error))))?;
        outcomes.extend(trials.test.iter().map(|trial| trial.run(set)));
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.failures.is_empty()).count();
    if format == RulesFormat::Json {
        say(&format!("{}\n", json!({ "tests": outcomes.len(), "failed": failed, "outcomes": outcomes })))?;
    } else {
        let mut text = String::new();
        for outcome in &outcomes {
            for failure in &outcome.failures {
                let _ = writeln!(text, "{}: {failure}", outcome.rule);
            }
        }
        let _ = writeln!(text, "{} of {} tests pass", outcomes.len() - failed, outcomes.len());
        say(&text)?;
    }
    match failed {
        0 => Ok(()),
        count => Err(Failure::failed(format!("{count} tests fail"))),
    }
}
