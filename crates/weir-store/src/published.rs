//! `DIR/manifest.current`: the list of segments for other processes. It is replaced as a whole by a rename, so that a
//! reader sees one state or the next and never waits for the writer.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use weir_journal::Position;

use crate::StoreError;
use crate::segment::Segment;

const NAME: &str = "manifest.current";
const VERSION: u32 = 1;

/// The published state of a store; `S` is a segment or a reference to one.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Published<S = Segment> {
    pub(crate) version: u32,
    /// Grows with each change of the store.
    pub(crate) commits: u64,
    /// Up to where the segments hold the journal.
    pub(crate) cursor: Position,
    /// Oldest first.
    pub(crate) segments: Vec<S>,
}

/// Only the version, which a later format keeps.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl<'a> Published<&'a Segment> {
    pub(crate) fn new(commits: u64, cursor: Position, segments: Vec<&'a Segment>) -> Self {
        Self { version: VERSION, commits, cursor, segments }
    }

    /// Puts it in the place of the one before, durably. Returns its size.
    pub(crate) fn write(&self, dir: &Path) -> Result<u64, StoreError> {
        let path = dir.join(NAME);
        let temporary = dir.join(format!("{NAME}.tmp"));
        let written = (|| -> io::Result<u64> {
            let mut out = BufWriter::new(File::create(&temporary)?);
            serde_json::to_writer(&mut out, self)?;
            out.write_all(b"\n")?;
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            File::open(dir)?.sync_all()?;
            Ok(file.metadata()?.len())
        })();
        written.map_err(|source| StoreError::io("publish", &path, source))
    }
}

impl Published {
    /// That of a store without rows.
    pub(crate) fn none() -> Self {
        Self { version: VERSION, commits: 0, cursor: Position::START, segments: Vec::new() }
    }

    /// Reads it; `None` if there is none.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, StoreError> {
        let path = dir.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::io("read", &path, source)),
        };
        let failed = |source| StoreError::Published { path: path.clone(), source };
        let Versioned { version } = serde_json::from_slice(&text).map_err(failed)?;
        if version > VERSION {
            return Err(StoreError::Newer { path, found: version, known: VERSION });
        }
        serde_json::from_slice(&text).map(Some).map_err(failed)
    }
}
