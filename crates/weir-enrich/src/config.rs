//! What can be set about enrichment.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use weir_config::Prefix;

/// Names and places of addresses. The files are read again when they change; one that cannot be read leaves in force what
/// it held before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnrichConfig {
    /// Files of networks: `.toml` with `[[networks]]` as here, or `.csv` with a heading
    /// (`prefix,name,site,role,tenant,tags,internal`).
    pub networks: Vec<PathBuf>,
    /// Geo and AS databases: `.mmdb` (MaxMind, IPinfo, DB-IP), or `.csv` (`first,last,number,name`, AS ranges). The first
    /// one that knows an address counts. Empty takes what lies in `geo` of the data directory, beside the program, and in
    /// `/usr/share/weir/geo`.
    pub databases: Vec<PathBuf>,
    /// Whose AS number counts where both know one: `exporter` or `database`.
    pub as_from: AsPreference,
}

/// Whose AS number counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AsPreference {
    /// What the exporter said; 0 and nothing are filled by the database.
    #[default]
    Exporter,
    /// What the database says; the exporter's where it knows nothing.
    Database,
}

/// A network of one's own or of somebody known. Of several around an address the longest prefix counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Its addresses: `10.1.0.0/16`, `2001:db8:1::/48` or one address.
    pub prefix: Prefix,
    /// Its name (`src_net`, `dst_net`).
    pub name: String,
    /// Where it is (`src_site`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// What it is for (`src_role`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Whose it is (`src_tenant`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// Anything else (`src_tags`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether it is one's own (`true` unless set): `locality` goes by it. Private addresses without a network are internal.
    #[serde(default = "yes")]
    pub internal: bool,
}

fn yes() -> bool {
    true
}
