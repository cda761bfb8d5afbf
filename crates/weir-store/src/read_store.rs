//! A store opened for reading by another process, beside a running server or without one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_journal::{JournalReader, Position, Visibility};
use weir_schema::Table;

use crate::hot::Hot;
use crate::lock::DirLock;
use crate::published::Published;
use crate::read::Files;
use crate::rollup::read_published;
use crate::{Snapshot, StoreError, table_dir};

/// How often the list may change while the journal is read.
const ATTEMPTS: usize = 5;

/// Read-only access to a data directory. It takes no lock and changes nothing.
#[derive(Debug)]
pub struct ReadStore {
    dir: PathBuf,
    files: Arc<Files>,
    /// A table that nobody has written to yet has no list, and no rows.
    may_be_absent: bool,
}

impl ReadStore {
    /// Opens the flows of a data directory.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_table(dir, Table::Flows)
    }

    /// Opens a table of a data directory.
    pub fn open_table(data: &Path, table: Table) -> Result<Self, StoreError> {
        if Published::read(data)?.is_none() {
            return Err(StoreError::NoData { path: data.to_owned() });
        }
        let dir = table_dir(data, table);
        let files = Arc::new(Files::new(dir.clone()));
        Ok(Self { dir, files, may_be_absent: table != Table::Flows })
    }

    /// The rows of the segments and those that the journal holds beyond them: beside a running server those that are
    /// on disk, else all.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        // Before the segments: what is listed here has been listed there.
        let rollups = read_published(&self.dir)?;
        let mut before = self.published()?;
        for _ in 0..ATTEMPTS {
            let hot = self.journalled(before.cursor)?;
            // A new segment in the meantime may have made journal files go before they were read.
            let after = self.published()?;
            if after.commits == before.commits {
                let segments = Arc::new(before.segments.into_iter().map(Arc::new).collect());
                let rollups = Arc::new(rollups.into_iter().map(Arc::new).collect());
                return Ok(Snapshot { hot, segments, rollups, files: Arc::clone(&self.files) });
            }
            before = after;
        }
        Err(StoreError::Busy { path: self.dir.clone() })
    }

    fn published(&self) -> Result<Published, StoreError> {
        match Published::read(&self.dir)? {
            Some(published) => Ok(published),
            None if self.may_be_absent => Ok(Published::none()),
            None => Err(StoreError::NoData { path: self.dir.clone() }),
        }
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
