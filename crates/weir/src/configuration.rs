//! The whole configuration: each crate's table, composed.

use std::path::Path;

use serde::{Deserialize, Serialize};
use weir_api::HttpConfig;
use weir_detect::DetectConfig;
use weir_enrich::{EnrichConfig, NetworkConfig};
use weir_filter::Sets;
use weir_ingest::config::{ExportersConfig, ListenConfig};
use weir_journal::JournalConfig;
use weir_notify::NotifyConfig;
use weir_pipeline::{DataConfig, PipelineConfig};
use weir_store::StoreConfig;

use crate::failure::Failure;

/// A configuration file. Every table and key may be left out.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Configuration {
    pub(crate) data: DataConfig,
    pub(crate) listen: ListenConfig,
    pub(crate) exporters: ExportersConfig,
    pub(crate) http: HttpConfig,
    pub(crate) journal: JournalConfig,
    pub(crate) store: StoreConfig,
    pub(crate) enrich: EnrichConfig,
    pub(crate) networks: Vec<NetworkConfig>,
    pub(crate) detect: DetectConfig,
    pub(crate) notify: NotifyConfig,
    /// Named sets of values for filters: `servers = ["10.0.0.0/24", "10.1.2.3"]` makes `@servers`.
    pub(crate) sets: Sets,
}

impl Configuration {
    /// Defaults, file, then `WEIR_TABLE__KEY` variables.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        weir_config::load(file, std::env::vars()).map_err(|mistake| Failure::wrong_use(mistake.to_string()))
    }

    /// The pipeline's part.
    pub(crate) fn pipeline(&self) -> PipelineConfig {
        PipelineConfig {
            data: self.data.clone(),
            listen: self.listen.clone(),
            exporters: self.exporters.clone(),
            journal: self.journal.clone(),
            store: self.store.clone(),
            enrich: self.enrich.clone(),
            networks: self.networks.clone(),
        }
    }
}
