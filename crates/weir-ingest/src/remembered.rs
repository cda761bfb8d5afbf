//! Templates, samplers and names in a file, so that a restart decodes data over UDP at once.
//!
//! The file is `templates.json` in the data directory, written beside and renamed into place. A file that cannot be read
//! is set aside: collecting goes on without it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::Memory;

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "templates.json";
/// Formats that this Weir reads.
const VERSION: u32 = 1;

/// What the file holds: what each worker knew.
#[derive(Debug, Serialize, Deserialize)]
struct Content<M> {
    version: u32,
    memories: M,
}

/// Writes what workers remember, when there is something new.
#[derive(Debug)]
pub(crate) struct Keeper {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    /// One for each worker; what the file held until a worker tells.
    memories: Vec<Memory>,
    changed: bool,
}

impl Keeper {
    /// Reads the file. Tells what each worker of the last run knew.
    pub(crate) fn open(directory: &Path) -> (Self, Vec<Memory>) {
        let path = directory.join(FILE_NAME);
        let memories = match read(&path) {
            Ok(memories) => memories,
            Err(cause) => {
                let aside = path.with_extension("json.damaged");
                let moved = fs::rename(&path, &aside);
                warn!(
                    file = %path.display(), %cause, set_aside = moved.is_ok(),
                    "cannot read the templates of the last run, exporters have to announce theirs again"
                );
                Vec::new()
            }
        };
        (Self { path, known: Mutex::new(Known { memories: Vec::new(), changed: false }) }, memories)
    }

    /// Takes what a worker remembers now.
    pub(crate) fn tell(&self, worker: usize, memory: Memory) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.memories.len() <= worker {
            known.memories.resize_with(worker + 1, Memory::default);
        }
        if known.memories[worker] != memory {
            known.memories[worker] = memory;
            known.changed = true;
        }
    }

    /// Writes the file when there is something new.
    pub(crate) fn write(&self) {
        let memories = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::take(&mut known.changed) {
                return;
            }
            known.memories.clone()
        };
        if let Err(cause) = replace(&self.path, &memories) {
            warn!(file = %self.path.display(), %cause, "cannot write the templates for the next start");
            self.known.lock().unwrap_or_else(PoisonError::into_inner).changed = true;
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<Memory>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let content: Content<Vec<Memory>> = serde_json::from_slice(&bytes)?;
    if content.version != VERSION {
        return Err(io::Error::other(format!(
            "it has format {}, this Weir reads format {VERSION}",
            content.version
        )));
    }
    let domains: usize = content.memories.iter().map(|memory| memory.domains.len()).sum();
    info!(file = %path.display(), domains, "read the templates of the last run");
    Ok(content.memories)
}

/// Writes a new file beside the old one, makes it durable, and renames it into place.
fn replace(path: &Path, memories: &[Memory]) -> io::Result<()> {
    let fresh = path.with_extension("json.new");
    let mut file = BufWriter::new(File::create(&fresh)?);
    serde_json::to_writer(&mut file, &Content { version: VERSION, memories })?;
    file.flush()?;
    file.get_ref().sync_all()?;
    drop(file);
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

#[cfg(test)]
mod tests {
    use crate::{Layout, RememberedDomain};

    use super::*;

    fn memory(domain: u32) -> Memory {
        Memory {
            layouts: vec![Layout { options: false, scope_count: 0, fields: vec![(0, 8, 4), (9, 7, 65535)] }],
            domains: vec![RememberedDomain {
                exporter: [192, 0, 2, 1].into(),
                protocol: "ipfix".to_owned(),
                domain,
                templates: vec![(256, 0, 7)],
                told: None,
                names: None,
            }],
        }
    }

    #[test]
    fn reads_what_it_wrote_and_writes_only_news() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, found) = Keeper::open(folder.path());
        assert_eq!(found, []);
        keeper.tell(1, memory(5));
        keeper.write();
        assert_eq!(Keeper::open(folder.path()).1, [Memory::default(), memory(5)]);
        fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
        keeper.tell(1, memory(5));
        keeper.write();
        assert!(!folder.path().join(FILE_NAME).exists());
        keeper.tell(0, memory(6));
        keeper.write();
        assert_eq!(Keeper::open(folder.path()).1, [memory(6), memory(5)]);
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        for damaged in ["{\"version\":1,\"memor", "{\"version\":99,\"memories\":[]}", ""] {
            fs::write(&path, damaged).unwrap();
            let (keeper, found) = Keeper::open(folder.path());
            assert_eq!(found, []);
            assert_eq!(fs::read_to_string(folder.path().join("templates.json.damaged")).unwrap(), damaged);
            keeper.tell(0, memory(1));
            keeper.write();
            assert_eq!(Keeper::open(folder.path()).1, [memory(1)]);
        }
    }
}
