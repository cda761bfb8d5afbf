//! The stages' configuration together.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use weir_enrich::{EnrichConfig, NetworkConfig};
use weir_ingest::config::{ExportersConfig, ListenConfig};
use weir_journal::JournalConfig;
use weir_store::StoreConfig;

/// Where everything is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Data directory; made when it does not exist. One Weir at a time may write to it.
    pub dir: PathBuf,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { dir: PathBuf::from("./weir-data") }
    }
}

/// Everything that the pipeline can be told.
#[derive(Debug, Clone, Default)]
pub struct PipelineConfig {
    /// The data directory.
    pub data: DataConfig,
    /// The ports.
    pub listen: ListenConfig,
    /// What is kept of exporters.
    pub exporters: ExportersConfig,
    /// The journal.
    pub journal: JournalConfig,
    /// The segments and their retention.
    pub store: StoreConfig,
    /// Names and places of addresses.
    pub enrich: EnrichConfig,
    /// Networks that the configuration names itself.
    pub networks: Vec<NetworkConfig>,
}
