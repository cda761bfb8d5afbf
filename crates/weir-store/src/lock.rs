//! `DIR/lock`: one writer at a time. It holds the number of the process that has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use crate::StoreError;

const NAME: &str = "lock";

/// The lock of a data directory; it goes with the value, and with the process.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
}

impl DirLock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        let directory = |source| StoreError::Directory { path: dir.to_owned(), source };
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(dir.join(NAME));
        let mut file = opened.map_err(directory)?;
        // A reader that looks whether there is a writer holds the lock for an instant.
        for attempt in 0.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < 5 => std::thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    let _ = file.read_to_string(&mut text);
                    return Err(StoreError::InUse {
                        path: dir.to_owned(),
                        process: text.trim().parse().ok(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(directory(source)),
            }
        }
        let id = std::process::id();
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{id}"));
        // The number is for the message of the next one; that it has no room is no reason to refuse.
        written.or_else(|error| if is_full(&error) { Ok(()) } else { Err(directory(error)) })?;
        Ok(Self { _file: file })
    }

    /// Whether some process has the lock.
    pub(crate) fn is_held(dir: &Path) -> bool {
        let Ok(file) = File::open(dir.join(NAME)) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

fn is_full(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::StorageFull
}
