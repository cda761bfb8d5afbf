//! `DIR/manifest.current`: the list of segments for other processes. It is replaced as a whole by a rename, so that a
//! reader sees one state or the next and never waits for the writer.
//!
//! A long list is not written again for each new segment: most of it is in a file of its own, `manifest.base.N`, to
//! which the current list names what came and what went since.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use weir_journal::Position;

use crate::StoreError;
use crate::segment::Segment;

const NAME: &str = "manifest.current";
const BASE: &str = "manifest.base.";
const VERSION: u32 = 2;
/// With more changes than this a new base is written.
const CHANGES: usize = 128;
/// How often a reader looks again when the base it was to read is gone.
const ATTEMPTS: usize = 5;

/// The published state of a store; `S` is a segment or a reference to one.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Published<S = Segment> {
    pub(crate) version: u32,
    /// Grows with each change of the store.
    pub(crate) commits: u64,
    /// Up to where the segments hold the journal.
    pub(crate) cursor: Position,
    /// The file that has the rest of the segments, one a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    /// Those of the base that are no longer there.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    removed: Vec<u64>,
    /// The segments that are not in the base.
    pub(crate) segments: Vec<S>,
}

/// Only the version, which a later format keeps.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Publishes the lists of a store.
#[derive(Debug, Default)]
pub(crate) struct Publisher {
    base: Option<Base>,
}

/// The base that the last list builds on.
#[derive(Debug)]
struct Base {
    name: String,
    ids: HashSet<u64>,
    bytes: u64,
}

impl Publisher {
    /// Puts a list in the place of the one before, durably. Returns how much was or will be written for it.
    pub(crate) fn publish(
        &mut self,
        dir: &Path,
        commits: u64,
        cursor: Position,
        segments: &[Arc<Segment>],
    ) -> Result<u64, StoreError> {
        let ids: HashSet<u64> = segments.iter().map(|segment| segment.id).collect();
        let changes =
            self.base.as_ref().map_or(ids.len(), |base| base.ids.symmetric_difference(&ids).count());
        if changes > CHANGES {
            self.base = Some(write_base(dir, commits, segments, ids)?);
        }
        let in_base = |id: u64| self.base.as_ref().is_some_and(|base| base.ids.contains(&id));
        let here: HashSet<u64> = segments.iter().map(|segment| segment.id).collect();
        let mut removed: Vec<u64> = self
            .base
            .iter()
            .flat_map(|base| base.ids.iter().copied())
            .filter(|id| !here.contains(id))
            .collect();
        removed.sort_unstable();
        let list = Published {
            version: VERSION,
            commits,
            cursor,
            base: self.base.as_ref().map(|base| base.name.clone()),
            removed,
            segments: segments.iter().map(AsRef::as_ref).filter(|segment| !in_base(segment.id)).collect(),
        };
        let bytes = write(&dir.join(NAME), |out| {
            serde_json::to_writer(&mut *out, &list)?;
            out.write_all(b"\n")
        })?;
        // Whoever read the list before this one, and does not find its base, reads this one.
        remove_bases(dir, list.base.as_deref());
        Ok(bytes + self.base.as_ref().map_or(0, |base| base.bytes))
    }
}

fn write_base(
    dir: &Path,
    commits: u64,
    segments: &[Arc<Segment>],
    ids: HashSet<u64>,
) -> Result<Base, StoreError> {
    let name = format!("{BASE}{commits}");
    let bytes = write(&dir.join(&name), |out| {
        for segment in segments {
            serde_json::to_writer(&mut *out, segment.as_ref())?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    Ok(Base { name, ids, bytes })
}

/// Writes a file beside its place and puts it there, durably. Returns its size.
pub(crate) fn write(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<u64, StoreError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let written = (|| -> io::Result<u64> {
        let mut out = BufWriter::new(File::create(&temporary)?);
        content(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(file.metadata()?.len())
    })();
    written.map_err(|source| StoreError::io("publish", path, source))
}

/// Removes the bases that no list builds on, and what is left of one that was not finished.
fn remove_bases(dir: &Path, but: Option<&str>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with(BASE)) else { continue };
        if Some(name) != but {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Published {
    /// That of a store without rows.
    pub(crate) fn none() -> Self {
        let (base, removed, segments) = (None, Vec::new(), Vec::new());
        Self { version: VERSION, commits: 0, cursor: Position::START, base, removed, segments }
    }

    /// Reads the list without its base; `None` if there is none.
    pub(crate) fn read_changes(dir: &Path) -> Result<Option<Self>, StoreError> {
        let path = dir.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::io("read", &path, source)),
        };
        let Versioned { version } = parse(&path, &text)?;
        if version > VERSION {
            return Err(StoreError::Newer { path, found: version, known: VERSION });
        }
        parse(&path, &text).map(Some)
    }

    /// Reads the list; `None` if there is none.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, StoreError> {
        for attempt in 1.. {
            let Some(mut list) = Self::read_changes(dir)? else { return Ok(None) };
            let Some(base) = list.base.take() else { return Ok(Some(list)) };
            let path = dir.join(base);
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS => continue,
                Err(source) => return Err(StoreError::io("read", &path, source)),
            };
            let mut segments = Vec::new();
            for line in BufReader::new(file).lines() {
                let line = line.map_err(|source| StoreError::io("read", &path, source))?;
                segments.push(parse::<Segment>(&path, line.as_bytes())?);
            }
            let removed: HashSet<u64> = list.removed.drain(..).collect();
            segments.retain(|segment| !removed.contains(&segment.id));
            segments.append(&mut list.segments);
            segments.sort_by_key(|segment| (segment.created_ns, segment.id));
            list.segments = segments;
            return Ok(Some(list));
        }
        Ok(None)
    }
}

fn parse<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(text).map_err(|source| StoreError::Published { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Order;

    fn segment(id: u64) -> Arc<Segment> {
        let (path, row_groups) = (Segment::path_of(id), Vec::new());
        let times = (id as i64, id as i64);
        Arc::new(Segment {
            id,
            path,
            rows: 1,
            bytes: 1,
            created_ns: times.0,
            min_time: times.0,
            max_time: times.1,
            order: Order::Time,
            crc32c: None,
            filters: None,
            row_groups,
        })
    }

    fn ids(segments: &[Segment]) -> Vec<u64> {
        segments.iter().map(|segment| segment.id).collect()
    }

    #[test]
    fn a_long_list_is_not_written_again_for_each_segment() {
        let dir = tempfile::tempdir().unwrap();
        let mut publisher = Publisher::default();
        let mut segments = Vec::new();
        let mut written = 0;
        for id in 0..2000 {
            segments.push(segment(id));
            if id % 3 == 0 && segments.len() > 700 {
                segments.drain(..2);
            }
            publisher.publish(dir.path(), id + 1, Position::START, &segments).unwrap();
            written += fs::metadata(dir.path().join(NAME)).unwrap().len();
            let wanted: Vec<u64> = segments.iter().map(|segment| segment.id).collect();
            let read = Published::read(dir.path()).unwrap().unwrap();
            assert_eq!((ids(&read.segments), read.commits), (wanted, id + 1));
        }
        assert!(written / 2000 < 20_000, "{written}");
        let names = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(names, 2);
        // Another writer begins with a base of its own.
        Publisher::default().publish(dir.path(), 3000, Position::START, &segments).unwrap();
        assert_eq!(Published::read(dir.path()).unwrap().unwrap().segments.len(), segments.len());
    }

    #[test]
    fn a_list_of_the_first_version_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let text = r#"{"version":1,"commits":7,"cursor":{"file":2,"offset":30},"segments":[{"id":3,
            "path":"segments/0000000000000003.parquet","rows":10,"bytes":999,"created_ns":5,"min_time":1,
            "max_time":2,"row_groups":[{"rows":10,"min_time":1,"max_time":2}]}]}"#;
        fs::write(dir.path().join(NAME), text).unwrap();
        let read = Published::read(dir.path()).unwrap().unwrap();
        assert_eq!((ids(&read.segments), read.commits), (vec![3], 7));
        assert_eq!(read.segments[0].row_groups[0].rows, 10);
    }
}
