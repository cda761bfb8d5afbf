//! `DATA/run.json`: where a running server is really bound, for scripts and for `weir query`.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What the file says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RunFile {
    pub(crate) pid: u32,
    pub(crate) http: SocketAddr,
    /// UDP.
    pub(crate) listeners: Vec<SocketAddr>,
    #[serde(default)]
    pub(crate) tcp: Vec<SocketAddr>,
    #[serde(default)]
    pub(crate) tls: Vec<SocketAddr>,
}

fn path(data: &Path) -> PathBuf {
    data.join("run.json")
}

impl RunFile {
    /// Written beside and renamed, so that a reader never sees half of it.
    pub(crate) fn write(&self, data: &Path) -> io::Result<()> {
        let beside = data.join("run.json.new");
        fs::write(&beside, serde_json::to_vec(self)?)?;
        fs::rename(beside, path(data))
    }

    /// The server of a data directory, as far as its process still runs.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        let found: Self = serde_json::from_slice(&fs::read(path(data)).ok()?).ok()?;
        Path::new("/proc").join(found.pid.to_string()).exists().then_some(found)
    }

    pub(crate) fn remove(data: &Path) {
        // It may be gone already, which is what is wanted.
        let _gone = fs::remove_file(path(data));
    }
}
