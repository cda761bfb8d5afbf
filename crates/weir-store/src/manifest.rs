//! `DIR/manifest.sqlite`: which segments there are, and up to where they hold the journal. One transaction changes
//! both, which is why no row is ever missing or doubled.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use weir_journal::Position;

use crate::StoreError;
use crate::segment::{RowGroup, Segment};

const NAME: &str = "manifest.sqlite";
const FORMAT: u32 = 1;

const SCHEMA: &str = "
    CREATE TABLE state (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        commits INTEGER NOT NULL,
        next_segment INTEGER NOT NULL,
        journal_file INTEGER NOT NULL,
        journal_offset INTEGER NOT NULL
    );
    INSERT INTO state VALUES (1, 0, 1, 0, 0);
    CREATE TABLE segment (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL,
        rows INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        created_ns INTEGER NOT NULL,
        min_time INTEGER NOT NULL,
        max_time INTEGER NOT NULL
    );
    CREATE TABLE row_group (
        segment INTEGER NOT NULL REFERENCES segment ON DELETE CASCADE,
        place INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        min_time INTEGER NOT NULL,
        max_time INTEGER NOT NULL,
        PRIMARY KEY (segment, place)
    ) WITHOUT ROWID;
    CREATE TABLE dropped (
        path TEXT PRIMARY KEY,
        bytes INTEGER NOT NULL,
        dropped_ns INTEGER NOT NULL
    );
";

/// The open manifest.
#[derive(Debug)]
pub(crate) struct Manifest {
    connection: Connection,
    path: PathBuf,
    /// What becomes of the next uses.
    #[cfg(test)]
    pub(crate) faults: std::collections::VecDeque<Fault>,
}

/// A segment that is no longer listed, but whose file may still be read by someone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// When it was dropped.
    pub(crate) since_ns: i64,
}

/// What the manifest holds beside the segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Grows with each change.
    pub(crate) commits: u64,
    /// The number that the next segment gets.
    pub(crate) next_segment: u64,
    /// Up to where the segments hold the journal.
    pub(crate) cursor: Position,
}

/// The path of a data directory's manifest.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

/// Whether there is no manifest. One without a byte is none.
pub(crate) fn is_absent(dir: &Path) -> Result<bool, StoreError> {
    match fs::metadata(path(dir)) {
        Ok(found) => Ok(found.len() == 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(StoreError::io("look at", &path(dir), source)),
    }
}

/// What a test can make of a use of the manifest.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It takes place, and looks as if it had not.
    Reported,
    /// It fails.
    Real,
}

impl Manifest {
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = path(dir);
        let failed = |source| StoreError::Manifest { action: "open", path: path.clone(), source };
        let connection = Connection::open(&path).map_err(failed)?;
        // A commit must be on disk before the journal lets go of the rows.
        let settings =
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            PRAGMA foreign_keys = ON;";
        connection.execute_batch(settings).map_err(failed)?;
        let mut manifest = Self {
            connection,
            path: path.clone(),
            #[cfg(test)]
            faults: std::collections::VecDeque::new(),
        };
        let format: u32 =
            manifest.run("read", |open| open.query_row("PRAGMA user_version", [], |row| row.get(0)))?;
        match format {
            0 => manifest.run("create", |open| {
                open.execute_batch(SCHEMA)?;
                open.pragma_update(None, "user_version", FORMAT)
            })?,
            FORMAT => {}
            found => return Err(StoreError::Newer { path, found, known: FORMAT }),
        }
        Ok(manifest)
    }

    fn run<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let failed = |source| StoreError::Manifest { action, path: path.clone(), source };
        #[cfg(test)]
        let fault = self.faults.pop_front();
        #[cfg(test)]
        if fault == Some(Fault::Real) {
            return Err(failed(rusqlite::Error::InvalidQuery));
        }
        let transaction = self.connection.transaction().map_err(failed)?;
        let result = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        #[cfg(test)]
        if fault == Some(Fault::Reported) {
            return Err(failed(rusqlite::Error::InvalidQuery));
        }
        Ok(result)
    }

    pub(crate) fn state(&mut self) -> Result<State, StoreError> {
        self.run("read", |open| {
            open.query_row(
                "SELECT commits, next_segment, journal_file, journal_offset FROM state",
                [],
                |row| {
                    Ok(State {
                        commits: count(row, 0)?,
                        next_segment: count(row, 1)?,
                        cursor: Position { file: count(row, 2)?, offset: count(row, 3)? },
                    })
                },
            )
        })
    }

    /// Every segment, oldest first.
    pub(crate) fn segments(&mut self) -> Result<Vec<Segment>, StoreError> {
        self.run("read", |open| {
            let mut groups = open
                .prepare("SELECT rows, min_time, max_time FROM row_group WHERE segment = ? ORDER BY place")?;
            let mut segments = open.prepare(
                "SELECT id, path, rows, bytes, created_ns, min_time, max_time FROM segment ORDER BY id",
            )?;
            let rows = segments.query_map([], |row| {
                Ok(Segment {
                    id: count(row, 0)?,
                    path: row.get(1)?,
                    rows: count(row, 2)?,
                    bytes: count(row, 3)?,
                    created_ns: row.get(4)?,
                    min_time: row.get(5)?,
                    max_time: row.get(6)?,
                    row_groups: Vec::new(),
                })
            })?;
            let mut found = Vec::new();
            for segment in rows {
                let mut segment = segment?;
                let rows = groups.query_map([number(segment.id)], |row| {
                    Ok(RowGroup { rows: count(row, 0)?, min_time: row.get(1)?, max_time: row.get(2)? })
                })?;
                segment.row_groups = rows.collect::<Result<_, _>>()?;
                found.push(segment);
            }
            Ok(found)
        })
    }

    /// Adds a segment and moves the journal's cursor, together.
    pub(crate) fn add(&mut self, segment: &Segment, cursor: Position) -> Result<(), StoreError> {
        self.run("change", |open| {
            open.execute(
                "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    number(segment.id),
                    segment.path,
                    number(segment.rows),
                    number(segment.bytes),
                    segment.created_ns,
                    segment.min_time,
                    segment.max_time
                ],
            )?;
            let mut insert = open.prepare_cached("INSERT INTO row_group VALUES (?, ?, ?, ?, ?)")?;
            for (place, group) in segment.row_groups.iter().enumerate() {
                insert.execute(params![
                    number(segment.id),
                    place as i64,
                    number(group.rows),
                    group.min_time,
                    group.max_time
                ])?;
            }
            open.execute(
                "UPDATE state SET commits = commits + 1, next_segment = max(next_segment, ?1 + 1),
                    journal_file = ?2, journal_offset = ?3",
                params![number(segment.id), number(cursor.file), number(cursor.offset)],
            )
        })?;
        Ok(())
    }

    /// Takes segments off the list; their files go later.
    pub(crate) fn drop_segments(&mut self, ids: &[u64], now_ns: i64) -> Result<(), StoreError> {
        self.run("change", |open| {
            for id in ids {
                open.execute(
                    "INSERT OR REPLACE INTO dropped SELECT path, bytes, ?2 FROM segment WHERE id = ?1",
                    params![number(*id), now_ns],
                )?;
                open.execute("DELETE FROM segment WHERE id = ?", [number(*id)])?;
            }
            open.execute("UPDATE state SET commits = commits + 1", [])
        })?;
        Ok(())
    }

    /// Segments whose files are still to be removed.
    pub(crate) fn dropped(&mut self) -> Result<Vec<Dropped>, StoreError> {
        self.run("read", |open| {
            let mut statement =
                open.prepare("SELECT path, bytes, dropped_ns FROM dropped ORDER BY dropped_ns")?;
            let rows = statement.query_map([], |row| {
                Ok(Dropped { path: row.get(0)?, bytes: count(row, 1)?, since_ns: row.get(2)? })
            })?;
            rows.collect()
        })
    }

    /// Forgets a dropped segment whose file is removed.
    pub(crate) fn forget(&mut self, path: &str) -> Result<(), StoreError> {
        self.run("change", |open| open.execute("DELETE FROM dropped WHERE path = ?", [path]))?;
        Ok(())
    }

    /// Whether a file belongs to the store.
    pub(crate) fn knows(&mut self, path: &str) -> Result<bool, StoreError> {
        self.run("read", |open| {
            let known =
                "SELECT 1 FROM segment WHERE path = ?1 UNION ALL SELECT 1 FROM dropped WHERE path = ?1";
            open.query_row(known, [path], |_| Ok(())).optional().map(|found| found.is_some())
        })
    }
}

/// SQLite's integers are signed; these numbers never get that far.
fn number(count: u64) -> i64 {
    count as i64
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| number as u64)
}
