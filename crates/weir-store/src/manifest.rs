//! `DIR/manifest.sqlite`: which segments there are, and up to where they hold the journal. One transaction changes
//! both, which is why no row is ever missing or doubled.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use weir_journal::Position;

use crate::StoreError;
use crate::rollup::{RollupFile, RollupKind};
use crate::segment::{Order, RowGroup, Segment};

const NAME: &str = "manifest.sqlite";
const FORMAT: u32 = 3;

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

/// What the second format added: the order, the checksum and the filters of segments, and the bounds of row groups.
const UPGRADE: &str = "
    ALTER TABLE segment ADD COLUMN by_address INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE segment ADD COLUMN crc32c INTEGER;
    ALTER TABLE segment ADD COLUMN filters TEXT;
    ALTER TABLE row_group ADD COLUMN bounds TEXT;
";

/// What the third format added: sums of the rows of segments.
const ROLLUPS: &str = "
    CREATE TABLE rollup (
        path TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        segment INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        created_ns INTEGER NOT NULL,
        min_time INTEGER NOT NULL,
        max_time INTEGER NOT NULL
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
                open.execute_batch(UPGRADE)?;
                open.execute_batch(ROLLUPS)?;
                open.pragma_update(None, "user_version", FORMAT)
            })?,
            before @ (1 | 2) => manifest.run("upgrade", |open| {
                if before == 1 {
                    open.execute_batch(UPGRADE)?;
                }
                open.execute_batch(ROLLUPS)?;
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
            let mut groups = open.prepare(
                "SELECT rows, min_time, max_time, bounds FROM row_group WHERE segment = ? ORDER BY place",
            )?;
            let mut segments = open.prepare(
                "SELECT id, path, rows, bytes, created_ns, min_time, max_time, by_address, crc32c, filters
                    FROM segment ORDER BY created_ns, id",
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
                    order: if row.get(7)? { Order::Address } else { Order::Time },
                    crc32c: row.get(8)?,
                    filters: json(row, 9)?,
                    row_groups: Vec::new(),
                })
            })?;
            let mut segments = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            for segment in &mut segments {
                let rows = groups.query_map([number(segment.id)], |row| {
                    Ok(RowGroup {
                        rows: count(row, 0)?,
                        min_time: row.get(1)?,
                        max_time: row.get(2)?,
                        bounds: json(row, 3)?.unwrap_or_default(),
                    })
                })?;
                segment.row_groups = rows.collect::<rusqlite::Result<_>>()?;
            }
            Ok(segments)
        })
    }

    /// Lists a segment, and says that the journal up to `cursor` is in segments.
    pub(crate) fn add(&mut self, segment: &Segment, cursor: Position) -> Result<(), StoreError> {
        self.run("change", |open| {
            insert(open, segment)?;
            open.execute(
                "UPDATE state SET commits = commits + 1, next_segment = max(next_segment, ?1 + 1),
                    journal_file = ?2, journal_offset = ?3",
                params![number(segment.id), number(cursor.file), number(cursor.offset)],
            )
        })?;
        Ok(())
    }

    /// Lists a segment in the place of others, whose files go later. Returns whether it is listed: where one of the
    /// others is not, nothing changes. It may be said again if it is not known whether it took place.
    pub(crate) fn replace(
        &mut self,
        replaced: &[u64],
        segment: &Segment,
        rollups: &[RollupFile],
        now_ns: i64,
    ) -> Result<bool, StoreError> {
        self.run("change", |open| {
            let is_listed = |id: u64| {
                open.query_row("SELECT 1 FROM segment WHERE id = ?", [number(id)], |_| Ok(()))
                    .optional()
                    .map(|found| found.is_some())
            };
            if is_listed(segment.id)? {
                return Ok(true);
            }
            for id in replaced {
                if !is_listed(*id)? {
                    return Ok(false);
                }
            }
            drop_all(open, replaced, now_ns)?;
            insert(open, segment)?;
            insert_rollups(open, rollups)?;
            open.execute(
                "UPDATE state SET commits = commits + 1, next_segment = max(next_segment, ?1 + 1)",
                [number(segment.id)],
            )?;
            Ok(true)
        })
    }

    /// Every roll-up, oldest first. Those of kinds that a later Weir made are left out.
    pub(crate) fn rollups(&mut self) -> Result<Vec<RollupFile>, StoreError> {
        self.run("read", |open| {
            let mut statement = open.prepare(
                "SELECT kind, segment, path, rows, bytes, created_ns, min_time, max_time FROM rollup
                    ORDER BY created_ns, path",
            )?;
            let rows = statement.query_map([], |row| {
                let Some(kind) = RollupKind::from_name(&row.get::<_, String>(0)?) else { return Ok(None) };
                Ok(Some(RollupFile {
                    kind,
                    segment: count(row, 1)?,
                    path: row.get(2)?,
                    rows: count(row, 3)?,
                    bytes: count(row, 4)?,
                    created_ns: row.get(5)?,
                    min_time: row.get(6)?,
                    max_time: row.get(7)?,
                }))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// Takes roll-ups off the list; their files go later.
    pub(crate) fn drop_rollups(&mut self, paths: &[&str], now_ns: i64) -> Result<(), StoreError> {
        self.run("change", |open| {
            for path in paths {
                open.execute(
                    "INSERT OR REPLACE INTO dropped SELECT path, bytes, ?2 FROM rollup WHERE path = ?1",
                    params![path, now_ns],
                )?;
                open.execute("DELETE FROM rollup WHERE path = ?", [path])?;
            }
            Ok(())
        })
    }

    /// Takes segments off the list; their files go later.
    pub(crate) fn drop_segments(&mut self, ids: &[u64], now_ns: i64) -> Result<(), StoreError> {
        self.run("change", |open| {
            drop_all(open, ids, now_ns)?;
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
                "SELECT 1 FROM segment WHERE path = ?1 UNION ALL SELECT 1 FROM dropped WHERE path = ?1
                    UNION ALL SELECT 1 FROM rollup WHERE path = ?1";
            open.query_row(known, [path], |_| Ok(())).optional().map(|found| found.is_some())
        })
    }
}

fn insert(open: &Transaction<'_>, segment: &Segment) -> rusqlite::Result<()> {
    open.execute(
        "INSERT INTO segment (id, path, rows, bytes, created_ns, min_time, max_time, by_address, crc32c, filters)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            number(segment.id),
            segment.path,
            number(segment.rows),
            number(segment.bytes),
            segment.created_ns,
            segment.min_time,
            segment.max_time,
            segment.order == Order::Address,
            segment.crc32c,
            segment.filters.as_ref().map(to_json).transpose()?,
        ],
    )?;
    let mut insert = open.prepare_cached(
        "INSERT INTO row_group (segment, place, rows, min_time, max_time, bounds) VALUES (?, ?, ?, ?, ?, ?)",
    )?;
    for (place, group) in segment.row_groups.iter().enumerate() {
        insert.execute(params![
            number(segment.id),
            place as i64,
            number(group.rows),
            group.min_time,
            group.max_time,
            to_json(&group.bounds)?,
        ])?;
    }
    Ok(())
}

fn insert_rollups(open: &Transaction<'_>, rollups: &[RollupFile]) -> rusqlite::Result<()> {
    for rollup in rollups {
        open.execute(
            "INSERT INTO rollup (path, kind, segment, rows, bytes, created_ns, min_time, max_time)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                rollup.path,
                rollup.kind.name(),
                number(rollup.segment),
                number(rollup.rows),
                number(rollup.bytes),
                rollup.created_ns,
                rollup.min_time,
                rollup.max_time,
            ],
        )?;
    }
    Ok(())
}

fn drop_all(open: &Transaction<'_>, ids: &[u64], now_ns: i64) -> rusqlite::Result<()> {
    for id in ids {
        open.execute(
            "INSERT OR REPLACE INTO dropped SELECT path, bytes, ?2 FROM segment WHERE id = ?1",
            params![number(*id), now_ns],
        )?;
        open.execute("DELETE FROM segment WHERE id = ?", [number(*id)])?;
    }
    Ok(())
}

fn to_json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// A column of JSON; nothing where there is none.
fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}

/// SQLite's integers are signed; these numbers never get that far.
fn number(count: u64) -> i64 {
    count as i64
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| number as u64)
}
