//! A reader of the journal, in this process or another.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use tracing::warn;

use crate::columns::ColumnTable;
use crate::file::FileHeader;
use crate::frame::{Found, Header, claimed_rows, decode, find_frame, read_frame};
use crate::{FOLDER, JournalError, Position, file, synced};

/// Which frames a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Every sound frame: for the writer's process, and where there is no writer.
    All,
    /// Only frames that the writer has fsynced: for other processes beside it.
    Synced,
}

/// What a reader had to pass over because it was damaged on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skipped {
    /// Frames whose body could not be read.
    pub frames: u64,
    /// Rows that they, and missing frames whose headers could still be read a little, held.
    pub rows: u64,
    /// Frames that should have been there and were not.
    pub missing_frames: u64,
}

/// Yields batches with their positions, in the order of appending, each once. `None` means "no more at present": the
/// iterator can be asked again after more was appended.
pub struct JournalReader {
    folder: PathBuf,
    visibility: Visibility,
    /// Position of the last frame that was yielded, or where reading was to begin.
    done: Position,
    open: Option<OpenFile>,
    /// Files up to this number are read.
    passed: u64,
    last_sequence: Option<u64>,
    skipped: Skipped,
    /// How far the writer's frames were on disk when last asked.
    synced: Position,
    body: Vec<u8>,
}

struct OpenFile {
    file: File,
    number: u64,
    table: ColumnTable,
    /// Of the next frame.
    offset: u64,
}

impl JournalReader {
    /// Reads the journal of a data directory from a position on. A directory without a journal has no frames.
    pub fn open(dir: &Path, from: Position, visibility: Visibility) -> Result<Self, JournalError> {
        Self::in_folder(dir.join(FOLDER), from, visibility)
    }

    pub(crate) fn in_folder(
        folder: PathBuf,
        from: Position,
        visibility: Visibility,
    ) -> Result<Self, JournalError> {
        let mut reader = Self {
            folder,
            visibility,
            done: from,
            open: None,
            passed: from.file.saturating_sub(1),
            last_sequence: None,
            skipped: Skipped::default(),
            synced: Position::START,
            body: Vec::new(),
        };
        // Holding the first file from the start keeps it readable if it is retired meanwhile.
        reader.open_next()?;
        Ok(reader)
    }

    /// How far this reader is.
    pub fn position(&self) -> Position {
        self.done
    }

    /// What was damaged so far.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// Opens the file after the last passed one. Returns whether there was one.
    fn open_next(&mut self) -> Result<bool, JournalError> {
        let numbers = match file::list(&self.folder) {
            Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(false);
            }
            numbers => numbers?,
        };
        for number in numbers.into_iter().filter(|number| *number > self.passed) {
            let path = file::path(&self.folder, number);
            let opened = match File::open(&path) {
                Ok(opened) => opened,
                // Retired since it was listed: its frames are passed by everyone.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(JournalError::io("open", &path, source)),
            };
            let Some(FileHeader { table, len, .. }) = file::read_header(&opened, &self.folder, number)?
            else {
                // It is being made just now, or the machine stopped while it was.
                continue;
            };
            let offset = if number == self.done.file { self.done.offset.max(len) } else { len };
            self.open = Some(OpenFile { file: opened, number, table, offset });
            return Ok(true);
        }
        Ok(false)
    }

    fn is_visible(&mut self, end: Position) -> bool {
        if self.visibility == Visibility::Synced && end > self.synced {
            self.synced = synced::read(&self.folder).unwrap_or(self.synced);
        }
        self.visibility == Visibility::All || end <= self.synced
    }

    /// Whether the file after this one begins with a copy of the frame: see `Journal::sync`.
    fn has_copy(&self, number: u64, sequence: u64) -> Result<bool, JournalError> {
        let Some(next) = file::list(&self.folder)?.into_iter().find(|other| *other > number) else {
            return Ok(false);
        };
        let Ok(opened) = File::open(file::path(&self.folder, next)) else {
            return Ok(false);
        };
        let header = file::read_header(&opened, &self.folder, next)?;
        Ok(header.is_some_and(|header| header.first_sequence <= sequence))
    }

    /// Where to go on in the open file when there is no frame at the place that was reached, but one after it.
    fn pass_hole(&mut self, file_len: u64) -> Result<Option<u64>, JournalError> {
        let Some(OpenFile { file, number, offset, .. }) = &self.open else { return Ok(None) };
        let (number, offset) = (*number, *offset);
        let failed = |source| JournalError::io("read", &file::path(&self.folder, number), source);
        let sequence = self.last_sequence.map_or(0, |last| last + 1);
        let Some(next) = find_frame(file, number, offset + 1, file_len, sequence).map_err(failed)? else {
            return Ok(None);
        };
        // A frame that was being written at the first look is whole by the time that there is one after it.
        let here = read_frame(file, offset, file_len, &mut self.body).map_err(failed)?;
        if !matches!(here, Found::Nothing) {
            return Ok(Some(offset));
        }
        let (Found::Frame(header) | Found::Damaged(header)) =
            read_frame(file, next, file_len, &mut self.body).map_err(failed)?
        else {
            return Ok(None);
        };
        // The next file has this frame, and so those before it that are missing here.
        if self.has_copy(number, header.sequence)? {
            return Ok(None);
        }
        warn!(file = number, offset, bytes = next - offset, "journal file is damaged, going on after it");
        self.skipped.rows += claimed_rows(file, offset, next).map_err(failed)?;
        Ok(Some(next))
    }

    fn advance(&mut self) -> Result<Option<(Position, RecordBatch)>, JournalError> {
        let mut ended = false;
        loop {
            let Some(open) = &self.open else {
                if self.open_next()? {
                    continue;
                }
                return Ok(None);
            };
            let (number, offset) = (open.number, open.offset);
            let failed = |source| JournalError::io("read", &file::path(&self.folder, number), source);
            let file_len = open.file.metadata().map_err(failed)?.len();
            let found = read_frame(&open.file, offset, file_len, &mut self.body).map_err(failed)?;
            let found = match found {
                Found::Damaged(header) if self.has_copy(number, header.sequence)? => Found::Nothing,
                Found::Nothing if offset < file_len => match self.pass_hole(file_len)? {
                    Some(next) => {
                        if let Some(open) = &mut self.open {
                            open.offset = next;
                        }
                        continue;
                    }
                    None => Found::Nothing,
                },
                found => found,
            };
            let (Found::Frame(header) | Found::Damaged(header)) = found else {
                // Frames may still have been added between this look and the next file's birth: look twice.
                if !ended {
                    let newest = file::list(&self.folder)?.last().copied().unwrap_or(0);
                    if newest <= number {
                        return Ok(None);
                    }
                    ended = true;
                    continue;
                }
                self.passed = number;
                if !self.open_next()? {
                    return Ok(None);
                }
                ended = false;
                continue;
            };
            let end = Position { file: number, offset: offset + header.frame_len() };
            if !self.is_visible(end) {
                return Ok(None);
            }
            if let Some(entry) = self.accept(&header, matches!(found, Found::Frame(_)), end) {
                return Ok(Some(entry));
            }
        }
    }

    /// Moves past a frame; yields it unless it was yielded before or cannot be read.
    fn accept(&mut self, header: &Header, sound: bool, end: Position) -> Option<(Position, RecordBatch)> {
        let open = self.open.as_mut()?;
        open.offset = end.offset;
        if header.position <= self.done {
            return None;
        }
        self.done = header.position;
        let expected = self.last_sequence.map_or(header.sequence, |last| last + 1);
        self.skipped.missing_frames += header.sequence.saturating_sub(expected);
        self.last_sequence = Some(header.sequence);
        let batch = if sound {
            decode(header, &self.body, &open.table).map_err(|malformed| malformed.0)
        } else {
            Err("it does not match its checksum")
        };
        match batch {
            Ok(batch) => Some((header.position, batch)),
            Err(reason) => {
                warn!(position = %header.position, rows = header.rows, reason, "journal frame is damaged, skipped");
                self.skipped.frames += 1;
                self.skipped.rows += u64::from(header.rows);
                None
            }
        }
    }
}

impl Iterator for JournalReader {
    type Item = Result<(Position, RecordBatch), JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}
