//! `weir hunt`: what a rule would have noticed.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use weir_alert::AlertStore;
use weir_api::local::{self, HuntGround};
use weir_api::model::ErrorBody;
use weir_api::time::parse_length;
use weir_detect::RuleBook;
use weir_filter::Context;
use weir_hunt::Progress;
use weir_query::Cancel;
use weir_schema::Table;
use weir_store::ReadStore;
use weir_telemetry::{Clock as _, SystemClock};

use crate::cli::{Hunt, RulesFormat};
use crate::client::Client;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;

/// How often a hunt is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Alerts that are printed.
const ALERTS: usize = 20;
/// Widest chart.
const COLUMNS: usize = 60;
/// Heights of a bar, the lowest first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub(crate) fn run(arguments: &Hunt) -> Result<(), Failure> {
    let body = request(arguments)?;
    let job = match &arguments.data {
        Some(dir) => in_directory(dir, arguments.config.as_deref(), &body)?,
        None => at_server(&Client::new(arguments.url.as_deref()), &body)?,
    };
    if arguments.format == RulesFormat::Json {
        return say(&format!("{job}\n"));
    }
    say(&told(&job))
}

fn request(arguments: &Hunt) -> Result<Value, Failure> {
    let mut body = Map::new();
    let path = Path::new(&arguments.rule);
    if path.is_file() {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| Failure::wrong_use(format!("cannot read {}: {cause}", path.display())))?;
        body.insert("text".to_owned(), json!(text));
    } else {
        body.insert("rule".to_owned(), json!(arguments.rule));
    }
    let from = match &arguments.last {
        Some(last) => Some(since(last)?),
        None => arguments.from.clone(),
    };
    for (key, value) in [("from", from), ("to", arguments.to.clone())] {
        if let Some(value) = value {
            body.insert(key.to_owned(), json!(value));
        }
    }
    body.insert("sweep".to_owned(), json!(arguments.sweep));
    Ok(Value::Object(body))
}

/// The start of a range of this length up to now.
pub(super) fn since(last: &str) -> Result<String, Failure> {
    parse_length(last)
        .map_err(|wrong| Failure::wrong_use(format!("`--last`: {wrong}")).help(wrong.help()))?;
    Ok(format!("now-{last}"))
}

fn refused(error: &Value, wrong_question: bool) -> Failure {
    Failure::from_answer(error, wrong_question, None)
}

fn at_server(client: &Client, body: &Value) -> Result<Value, Failure> {
    let mut job = client.post("/api/v1/hunt", body)?;
    let path = format!("/api/v1/hunt/{}", job["id"].as_str().unwrap_or_default());
    while job["state"] == "running" {
        show_progress(job["rows_done"].as_u64(), job["rows"].as_u64());
        std::thread::sleep(LOOK);
        job = client.get(&path)?.ok_or_else(|| {
            Failure::failed(format!("the server at {} does not answer any more", client.base()))
        })?;
    }
    end_progress();
    match job["state"].as_str() {
        Some("done") => Ok(job),
        _ => Err(refused(&job["error"], false)),
    }
}

fn in_directory(dir: &Path, config: Option<&Path>, body: &Value) -> Result<Value, Failure> {
    let (cancel, progress) = (Cancel::new(), Progress::default());
    let answer = on_ground(dir, config, |ground, now_ns| {
        let looking = std::thread::current();
        std::thread::scope(|scope| {
            let hunt = scope.spawn(|| {
                let found = local::hunt(ground, body, now_ns, &cancel, &progress);
                looking.unpark();
                found
            });
            while !hunt.is_finished() {
                let (done, all) = progress.rows();
                show_progress(Some(done), Some(all));
                std::thread::park_timeout(LOOK);
            }
            hunt.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    });
    end_progress();
    answer
}

/// Asks something of a data directory, with the rules that the configuration names.
pub(super) fn on_ground(
    dir: &Path,
    config: Option<&Path>,
    ask: impl FnOnce(&HuntGround<'_>, i64) -> Result<Value, Box<ErrorBody>>,
) -> Result<Value, Failure> {
    let configuration = Configuration::load(config)?;
    let context = Context { now_ns: None, sets: Arc::new(configuration.sets.clone()) };
    let rules = RuleBook::open(&configuration.detect, context);
    let failed = |error: &weir_store::StoreError| Failure::from_error(error).maybe_help(error.help());
    let store = ReadStore::open_table(dir, Table::Flows).map_err(|error| failed(&error))?;
    let flows = store.snapshot().map_err(|error| failed(&error))?;
    // A directory that no server has watched has no alerts, and gets none by being looked at.
    let has_alerts = dir.join("alerts.sqlite").is_file();
    let alerts = has_alerts.then(|| AlertStore::open(dir)).transpose();
    let alerts = alerts.map_err(|error| Failure::from_error(&error))?;
    let ground = HuntGround { flows: &flows, rules: &rules, alerts: alerts.as_ref() };
    ask(&ground, SystemClock.now_ns()).map_err(|error| {
        let wrong_question = error.code.status() == 400;
        refused(&serde_json::to_value(&error).unwrap_or_default(), wrong_question)
    })
}

/// Says on a terminal how far it has come.
fn show_progress(done: Option<u64>, all: Option<u64>) {
    if let (Some(done), Some(all)) = (done, all)
        && all > 0
        && std::io::stderr().is_terminal()
    {
        eprint!("\r{} of {} flows", number(done), number(all));
    }
}

fn end_progress() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\u{1b}[K");
    }
}

/// Digits in groups of three.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn told(job: &Value) -> String {
    let mut text = String::new();
    let result = &job["result"];
    let count = |value: &Value| number(value.as_u64().unwrap_or(0));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let _ = writeln!(text, "{} ({})", word(&job["title"]), word(&job["rule"]));
    let _ = writeln!(text, "  from {} to {}", word(&job["from"]), word(&job["to"]));
    let _ = writeln!(
        text,
        "  {} flows, {} looked at, {} matched, {} ms",
        count(&result["rows"]),
        count(&result["rows_read"]),
        count(&result["rows_matched"]),
        count(&result["elapsed_ms"])
    );
    let _ = writeln!(
        text,
        "  would have raised {} alerts, in {} windows\n",
        count(&result["alert_count"]),
        count(&result["window_count"])
    );
    chart(&mut text, &result["buckets"]);
    alerts(&mut text, result);
    sweep(&mut text, &result["sweep"]);
    verdicts(&mut text, &result["verdicts"]);
    for warning in result["warnings"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "note: {}", word(warning));
    }
    text
}

/// Windows over time, as bars.
fn chart(text: &mut String, buckets: &Value) {
    let counts: Vec<u64> =
        buckets["windows"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let Some(most) = counts.iter().copied().max().filter(|most| *most > 0) else { return };
    let per = counts.len().div_ceil(COLUMNS);
    let sums: Vec<u64> = counts.chunks(per).map(|few| few.iter().sum()).collect();
    let most = sums.iter().copied().max().unwrap_or(most);
    let bar = |sum: &u64| match sum {
        0 => '·',
        sum => BARS[((sum * BARS.len() as u64).div_ceil(most) - 1) as usize],
    };
    let line: String = sums.iter().map(bar).collect();
    let seconds = buckets["step_seconds"].as_u64().unwrap_or(0) * per as u64;
    let step = weir_filter::value::duration_text(seconds.saturating_mul(1_000_000_000));
    let _ = writeln!(text, "  {line}\n  each column {step}, most {most} windows\n");
}

fn alerts(text: &mut String, result: &Value) {
    let list = result["alerts"].as_array().map_or(&[][..], Vec::as_slice);
    for alert in list.iter().take(ALERTS) {
        let word = |key: &str| alert[key].as_str().unwrap_or_default();
        let number = |key: &str| alert[key].as_u64().unwrap_or(0);
        let verdict = match (alert["alert"].as_i64(), alert["verdict"].as_str()) {
            (Some(id), Some(verdict)) => format!("  [alert {id}: {verdict}]"),
            (Some(id), None) => format!("  [alert {id}]"),
            (None, _) => String::new(),
        };
        let _ = writeln!(
            text,
            "  {}  {}  {} windows, {} flows{verdict}\n    {}",
            word("first_seen"),
            word("level"),
            number("windows"),
            number("flows"),
            word("sentence")
        );
    }
    let count = result["alert_count"].as_u64().unwrap_or(0);
    if count > ALERTS as u64 {
        let _ = writeln!(text, "  … and {} more; `--format json` has the first 1000", count - ALERTS as u64);
    }
    if count > 0 {
        text.push('\n');
    }
}

fn sweep(text: &mut String, steps: &Value) {
    let steps = steps.as_array().map_or(&[][..], Vec::as_slice);
    if steps.is_empty() {
        return;
    }
    let _ = writeln!(text, "  {:>12}  {:>8}  {:>8}", "threshold", "alerts", "windows");
    for step in steps {
        let mark = if step["current"] == true { "  ← in force" } else { "" };
        let _ = writeln!(
            text,
            "  {:>12}  {:>8}  {:>8}{mark}",
            step["threshold"].as_f64().unwrap_or(0.0),
            step["alerts"].as_u64().unwrap_or(0),
            step["windows"].as_u64().unwrap_or(0)
        );
    }
    text.push('\n');
}

fn verdicts(text: &mut String, verdicts: &Value) {
    for (key, name) in [
        ("true_positive", "true positives"),
        ("benign", "benign alerts"),
        ("false_positive", "false positives"),
        ("undecided", "alerts without a verdict"),
        ("other_rules", "true positives of other rules"),
    ] {
        let (all, found) = (verdicts[key]["alerts"].as_u64(), verdicts[key]["found"].as_u64());
        if let (Some(all @ 1..), Some(found)) = (all, found) {
            let _ = writeln!(text, "  finds {found} of {all} {name}");
        }
    }
    if let Some(precision) = verdicts["precision"].as_f64() {
        let _ = writeln!(text, "  {:.0} % of what has a verdict are true positives", precision * 100.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunt_is_told_with_chart_and_sweep() {
        let job = json!({
            "title": "Many ports", "rule": "many", "from": "a", "to": "b",
            "result": {
                "rows": 1_234_567, "rows_read": 5, "rows_matched": 4, "elapsed_ms": 3, "alert_count": 1,
                "window_count": 9, "warnings": ["careful"],
                "buckets": {"step_seconds": 60, "windows": [0, 1, 8]},
                "alerts": [{"first_seen": "t", "level": "high", "windows": 9, "flows": 20, "sentence": "s",
                            "alert": 7, "verdict": "benign"}],
                "sweep": [{"threshold": 25.0, "current": true, "alerts": 1, "windows": 9}],
                "verdicts": {"benign": {"alerts": 2, "found": 1}, "precision": 0.0},
            },
        });
        let told = told(&job);
        for part in [
            "1 234 567 flows",
            "·▁█",
            "[alert 7: benign]",
            "25         1         9  ← in force",
            "finds 1 of 2 benign",
            "note: careful",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
