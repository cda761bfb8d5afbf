//! What the doctor found, and how it says so.

use std::fmt::Write as _;

use serde::Serialize;

use super::kernel::Numbers;

/// How bad it is. Only an error makes `weir doctor` fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Data is being lost or wrong, or Weir cannot run.
    Error,
    /// It may come to that.
    Warning,
    /// Good to know.
    Note,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    /// The check that found it: `receive_buffer`, `gaps`, …
    pub(super) check: &'static str,
    /// What is wrong.
    pub(super) problem: String,
    /// Why it matters.
    pub(super) why: &'static str,
    /// The command that mends it, or that shows what to mend.
    pub(super) command: String,
    /// The kernel setting that mends it, for `--apply`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sysctl: Option<Sysctl>,
}

/// A kernel setting and the value that it should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Sysctl {
    pub(super) key: &'static str,
    pub(super) value: Numbers,
}

impl Finding {
    pub(super) fn new(severity: Severity, check: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { severity, check, problem, why: "", command: String::new(), sysctl: None }
    }

    pub(super) fn why(mut self, why: &'static str) -> Self {
        self.why = why;
        self
    }

    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        self.command = command.into();
        self
    }

    pub(super) fn sysctl(mut self, key: &'static str, value: Numbers) -> Self {
        let quote = if value.0.len() > 1 { "'" } else { "" };
        self.command = format!("sysctl -w {key}={quote}{value}{quote}");
        self.sysctl = Some(Sysctl { key, value });
        self
    }
}

/// Findings for a person: the worst first.
pub(super) fn table(findings: &[Finding], checks: usize, server: Option<&str>) -> String {
    let mut out = match server {
        Some(server) => format!("examined the server at {server} and this machine: {checks} checks\n"),
        None => format!("no server answers; examined this machine: {checks} checks\n"),
    };
    for finding in findings {
        let word = match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let _ = write!(out, "\n{word}: {} [{}]\n", finding.problem, finding.check);
        for (name, text) in [("why", finding.why), ("do", &finding.command)] {
            for (at, line) in text.lines().enumerate() {
                let _ =
                    writeln!(out, "  {:<4} {line}", if at == 0 { format!("{name}:") } else { String::new() });
            }
        }
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => out.push_str("\nall is well\n"),
        (errors, warnings) => {
            let _ = writeln!(out, "\n{errors} errors, {warnings} warnings");
        }
    }
    out
}

/// Bytes as a person writes them.
pub(super) fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut scaled = bytes as f64;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < units.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    if scaled.fract() == 0.0 {
        format!("{scaled:.0} {}", units[unit])
    } else {
        format!("{scaled:.1} {}", units[unit])
    }
}

/// A time of the API in nanoseconds since 1970.
pub(super) fn ns(rfc3339: &str) -> Option<i64> {
    weir_api::time::parse_time(rfc3339, 0).ok()
}
