//! Tests of rules: flows that must make them speak, and flows that must not.
//!
//! ```toml
//! [[test]]
//! rule = "ping_sweep"          # its name or id
//! fires = ["src_ip=10.0.0.5 dst_ip=10.0.0.{n} protocol=icmp icmp_type=8 packets=1 times=20"]
//! quiet = ["src_ip=10.0.0.5 dst_ip=10.0.0.9 protocol=icmp icmp_type=8 packets=1 times=20"]
//! ```
//!
//! For a rule about single flows each line is a trial of its own; for a correlation the lines of a list are one scenario.

use serde::{Deserialize, Serialize};

use crate::reference::notices;
use crate::{Operand, RuleSet, scenario};

/// A file of tests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trials {
    /// The tests.
    #[serde(default)]
    pub test: Vec<Trial>,
}

/// The test of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The rule's name or id.
    pub rule: String,
    /// Flows that must make it speak.
    pub fires: Vec<String>,
    /// Flows that must not.
    pub quiet: Vec<String>,
}

/// How the test of a rule went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The rule's name or id.
    pub rule: String,
    /// What went wrong; empty when all is well.
    pub failures: Vec<String>,
}

/// A file that is no file of tests.
#[derive(Debug, thiserror::Error)]
#[error("the tests cannot be read")]
pub struct TrialsError(#[from] toml::de::Error);

impl Trials {
    /// Reads a file of tests.
    pub fn parse(text: &str) -> Result<Self, TrialsError> {
        Ok(toml::from_str(text)?)
    }
}

impl Trial {
    /// Runs the test against the rules.
    pub fn run(&self, set: &RuleSet) -> Outcome {
        let mut failures = Vec::new();
        match set.find(&self.rule) {
            None => failures.push("there is no such rule".to_owned()),
            Some(operand) => {
                for (lines, expected) in [(&self.fires, true), (&self.quiet, false)] {
                    if lines.is_empty() {
                        failures.push(format!("it has no flows for which it {}", verb(expected)));
                    }
                    let whole = matches!(operand, Operand::Correlation(_));
                    let size = if whole { lines.len().max(1) } else { 1 };
                    for lines in lines.chunks(size) {
                        failures.extend(failure(set, operand, lines, expected));
                    }
                }
            }
        }
        Outcome { rule: self.rule.clone(), failures }
    }
}

fn failure(set: &RuleSet, operand: Operand, lines: &[String], expected: bool) -> Option<String> {
    let batch = match scenario(lines) {
        Ok(batch) => batch,
        Err(error) => return Some(error.to_string()),
    };
    match notices(set, operand, &batch) {
        Ok(found) if found == expected => None,
        Ok(_) => Some(format!("it {} for: {}", verb(!expected), lines.join(" | "))),
        Err(error) => Some(error.to_string()),
    }
}

fn verb(fires: bool) -> &'static str {
    if fires { "fires" } else { "stays quiet" }
}
