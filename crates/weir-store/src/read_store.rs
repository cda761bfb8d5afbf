//! A store opened for reading by another process, beside a running server or without one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_journal::{JournalReader, Position, Visibility};

use crate::hot::Hot;
use crate::lock::DirLock;
use crate::published::Published;
use crate::read::Files;
use crate::{Snapshot, StoreError};

/// How often the list may change while the journal is read.
const ATTEMPTS: usize = 5;

/// Read-only access to a data directory. It takes no lock and changes nothing.
#[derive(Debug)]
pub struct ReadStore {
    dir: PathBuf,
    files: Arc<Files>,
}

impl ReadStore {
    /// Opens a data directory.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        if Published::read(dir)?.is_none() {
            return Err(StoreError::NoData { path: dir.to_owned() });
        }
        Ok(Self { dir: dir.to_owned(), files: Arc::new(Files::new(dir.to_owned())) })
    }

    /// The rows of the segments and those that the journal holds beyond them: beside a running server those that are
    /// on disk, else all.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut before = self.published()?;
        for _ in 0..ATTEMPTS {
            let hot = self.journalled(before.cursor)?;
            // A new segment in the meantime may have made journal files go before they were read.
            let after = self.published()?;
            if after.commits == before.commits {
                let segments = Arc::new(before.segments.into_iter().map(Arc::new).collect());
                return Ok(Snapshot { hot, segments, files: Arc::clone(&self.files) });
            }
            before = after;
        }
        Err(StoreError::Busy { path: self.dir.clone() })
    }

    fn published(&self) -> Result<Published, StoreError> {
        Published::read(&self.dir)?.ok_or_else(|| StoreError::NoData { path: self.dir.clone() })
    }

    fn journalled(&self, from: Position) -> Result<Vec<Arc<Hot>>, StoreError> {
        let visibility = if DirLock::is_held(&self.dir) { Visibility::Synced } else { Visibility::All };
        let mut hot = Vec::new();
        for entry in JournalReader::open(&self.dir, from, visibility)? {
            let (position, batch) = entry?;
            hot.push(Arc::new(Hot::new(batch, position, 0)));
        }
        Ok(hot)
    }
}
