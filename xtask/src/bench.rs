//! `cargo xtask bench record`: runs the benches and adds what they measured to `bench/results.jsonl`.
//!
//! A line there has commit, date, machine, case, metric, value and unit. Like is compared with like: the machine counts.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::Value;

const RESULTS: &str = "bench/results.jsonl";

/// One measurement.
#[derive(Debug, Serialize, PartialEq)]
struct Line {
    commit: String,
    date: String,
    machine: String,
    case: String,
    metric: String,
    value: f64,
    unit: String,
}

/// Runs all benches and records them.
pub(crate) fn record(root: &Path) -> Result<(), String> {
    let target = root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    let mut measured = Vec::new();
    cargo(root, &["build", "--locked", "--release", "--package", "weir"], None)?;
    let system = ["test", "--locked", "--package", "weir", "--test", "numbers", "--"];
    let system: Vec<&str> =
        system.into_iter().chain(["--ignored", "--nocapture", "--test-threads=1"]).collect();
    measured.extend(cargo(root, &system, Some(&target.join("release/weir")))?.lines().filter_map(read_line));

    // What an older bench left there would pass for measured today; that there is nothing is fine too.
    let _absent = fs::remove_dir_all(target.join("criterion"));
    cargo(root, &["bench", "--locked", "--workspace", "--benches"], None)?;
    measured.extend(criterion(&target.join("criterion")));

    let commit = output(root, "git", &["rev-parse", "--short", "HEAD"])?;
    let changed = !output(root, "git", &["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    let commit = if changed { format!("{commit}+") } else { commit };
    let date = output(root, "date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"])?;
    let machine = machine();
    let mut file = fs::File::options()
        .create(true)
        .append(true)
        .open(root.join(RESULTS))
        .map_err(|e| format!("cannot open {RESULTS}: {e}"))?;
    for (case, metric, value, unit) in measured {
        println!("{case:40} {metric:28} {value:>14.1} {unit}");
        let (commit, date, machine) = (commit.clone(), date.clone(), machine.clone());
        let line = Line { commit, date, machine, case, metric, value, unit };
        let text = serde_json::to_string(&line).map_err(|e| e.to_string())?;
        writeln!(file, "{text}").map_err(|e| format!("cannot write {RESULTS}: {e}"))?;
    }
    Ok(())
}

/// Runs cargo and yields what it printed.
fn cargo(root: &Path, arguments: &[&str], binary: Option<&Path>) -> Result<String, String> {
    println!("cargo {}", arguments.join(" "));
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root).stderr(std::process::Stdio::inherit());
    if let Some(binary) = binary {
        command.env("WEIR_BIN", binary);
    }
    let output = command.output().map_err(|e| format!("cannot run cargo: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("`cargo {}` failed:\n{text}", arguments.join(" ")))
    }
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|e| format!("cannot run {program}: {e}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Processor and cores.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{}, {cores} cores", model.trim_start_matches([' ', '\t', ':']).trim())
}

type Measured = (String, String, f64, String);

/// Reads `measured CASE METRIC VALUE UNIT`; a test's name may stand before it.
fn read_line(line: &str) -> Option<Measured> {
    let (_, rest) = line.split_once("measured ")?;
    let [case, metric, value, unit] = rest.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    Some((case.to_owned(), metric.to_owned(), value.parse().ok()?, unit.to_owned()))
}

/// Reads what criterion left in its folder: `…/new/benchmark.json` beside `…/new/estimates.json`.
fn criterion(folder: &Path) -> Vec<Measured> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        folders.extend(entries.filter(|path| path.is_dir()));
        if folder.ends_with("new") {
            let read = |name: &str| -> Option<Value> {
                serde_json::from_str(&fs::read_to_string(folder.join(name)).ok()?).ok()
            };
            if let (Some(benchmark), Some(estimates)) = (read("benchmark.json"), read("estimates.json")) {
                found.extend(estimate(&benchmark, &estimates));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// The throughput where a bench has one, else its time.
fn estimate(benchmark: &Value, estimates: &Value) -> Option<Measured> {
    let case = benchmark["full_id"].as_str()?.to_owned();
    let nanoseconds = estimates["median"]["point_estimate"].as_f64()?;
    if let Some(elements) = benchmark["throughput"]["Elements"].as_f64() {
        return Some((case, "throughput".to_owned(), elements / nanoseconds * 1e9, "elements/s".to_owned()));
    }
    if let Some(bytes) = benchmark["throughput"]["Bytes"].as_f64() {
        return Some((case, "throughput".to_owned(), bytes / nanoseconds * 1e3, "MB/s".to_owned()));
    }
    Some((case, "time".to_owned(), nanoseconds, "ns".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_tests_print() {
        let expected = ("a".to_owned(), "b".to_owned(), 1.5, "ms".to_owned());
        assert_eq!(read_line("test x ... measured a b 1.5 ms"), Some(expected));
        assert_eq!(read_line("measured a b ms"), None);
        assert_eq!(read_line("test result: ok."), None);
    }

    #[test]
    fn reads_what_criterion_left() {
        let estimates = json!({ "median": { "point_estimate": 2000.0 } });
        let with = json!({ "full_id": "v5/10k", "throughput": { "Elements": 30 } });
        let (case, _, value, unit) = estimate(&with, &estimates).unwrap();
        assert_eq!((case.as_str(), value, unit.as_str()), ("v5/10k", 15e6, "elements/s"));
        let without = json!({ "full_id": "seal", "throughput": null });
        assert_eq!(estimate(&without, &estimates).unwrap().3, "ns");
    }
}
