//! `weir rules`: detection rules before they run, and after they were wrong.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use weir_filter::Context;
use weir_query::Cancel;
use weir_sigma::{Document, Meta, RuleSet, Severity, Trials, built_in, built_in_tests, read_files};
use weir_telemetry::chain;

use crate::cli::{Format, Rules, RulesAction, RulesFormat, Tune};
use crate::client::Client;
use crate::command::hunt;
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
        RulesAction::Tune(tune) => tuned(tune, arguments.config.as_deref(), format),
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

fn tuned(tune: &Tune, config: Option<&Path>, format: RulesFormat) -> Result<(), Failure> {
    let mut body = Map::from_iter([("write".to_owned(), json!(tune.write))]);
    if let Some(last) = &tune.last {
        body.insert("from".to_owned(), json!(hunt::since(last)?));
    }
    let body = Value::Object(body);
    let answer = if let Some(dir) = &tune.data {
        hunt::on_ground(dir, config, |ground, now_ns| {
            weir_api::local::tune(ground, &tune.rule, &body, now_ns, &Cancel::new())
        })?
    } else {
        let path = format!("/api/v1/rules/{}/tune", tune.rule);
        Client::new(tune.url.as_deref()).post(&path, &body)?
    };
    if format == RulesFormat::Json {
        return say(&format!("{answer}\n"));
    }
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let (before, after) = (count(&answer["alerts_before"]), count(&answer["alerts_after"]));
    let dropped = |verdict: &str| count(&answer["dropped"][verdict]);
    let mut text = answer["filter"].as_str().unwrap_or_default().to_owned();
    let _ = writeln!(
        text,
        "\nwould drop {} of {before} alerts: {} benign, {} false, {} without a verdict, {} true positives",
        before.saturating_sub(after),
        dropped("benign"),
        dropped("false_positive"),
        dropped("undecided"),
        dropped("true_positive")
    );
    let others = answer["also_in"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let others: Vec<&str> = others.collect();
    if !others.is_empty() {
        let _ = writeln!(text, "it changes these rules too: {}", others.join(", "));
    }
    if let Some(path) = answer["written"].as_str() {
        let _ = writeln!(text, "written to {path}");
    }
    say(&text)
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
