//! What can be set about detection.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_config::{ByteSize, Interval};

/// Detection: rules and behavioural analytics over every flow that comes in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectConfig {
    /// Whether flows are watched at all.
    pub enabled: bool,
    /// A folder with rules of your own, `*.yml` and `*.yaml`, folders within it included.
    pub rules: PathBuf,
    /// Whether the rules that come with Weir are used.
    pub builtin: bool,
    /// Ids of rules and analytics that are off.
    pub disabled: Vec<String>,
    /// Memory of all rules and analytics together. When it is used up, the groups that matter least are given up, and
    /// counted.
    pub memory: ByteSize,
    /// How much later than its end a flow may come and still count in every window.
    pub lateness: Interval,
}

impl Default for DetectConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            rules: PathBuf::from("rules.d"),
            builtin: true,
            disabled: Vec::new(),
            memory: ByteSize(128 << 20),
            lateness: Interval(Duration::from_secs(90)),
        }
    }
}
