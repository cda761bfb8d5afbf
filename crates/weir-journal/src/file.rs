//! Journal files: names, headers, and finding the end of what was written.
//!
//! Header, little-endian: magic, format u32, length of the rest u32, CRC32C of the rest u32; the rest: number of the
//! file u64, sequence of its first frame u64, then the columns that frames refer to by their place in this list:
//! count u16, each kind and name as texts of a length u8. The list is the field table at writing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use weir_schema::{Field, Kind};

use crate::bytes::{Cursor, Malformed};
use crate::columns::ColumnTable;
use crate::frame::{Found, find_frame, read_frame};
use crate::{JournalError, Position};

const MAGIC: [u8; 8] = *b"weirjrnl";
const FORMAT: u32 = 1;
const PREFIX_LEN: usize = 20;
const SUFFIX: &str = ".wj";
/// Of a file that cannot be read but holds frames: it is kept for whoever wants to look at it.
const DAMAGED_SUFFIX: &str = ".wj.damaged";
const MAX_HEADER: u32 = 1 << 20;

const KINDS: [Kind; 11] = [
    Kind::Time,
    Kind::Duration,
    Kind::Ip,
    Kind::Mac,
    Kind::U8,
    Kind::U16,
    Kind::U32,
    Kind::U64,
    Kind::Text,
    Kind::Map,
    Kind::Service,
];

/// The path of a file by its number.
pub(crate) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:016}{SUFFIX}"))
}

/// The numbers of the files of a journal, ascending.
pub(crate) fn list(folder: &Path) -> Result<Vec<u64>, JournalError> {
    numbers(folder, SUFFIX)
}

/// The greatest number of a file that was set aside.
pub(crate) fn last_damaged(folder: &Path) -> Result<u64, JournalError> {
    Ok(numbers(folder, DAMAGED_SUFFIX)?.last().copied().unwrap_or(0))
}

/// Takes a file out of the journal and keeps it, durably. Returns its new path.
pub(crate) fn set_aside(folder: &Path, number: u64) -> Result<PathBuf, JournalError> {
    let from = path(folder, number);
    let to = folder.join(format!("{number:016}{DAMAGED_SUFFIX}"));
    fs::rename(&from, &to).map_err(|source| JournalError::io("rename", &from, source))?;
    sync_folder(folder)?;
    Ok(to)
}

fn numbers(folder: &Path, suffix: &str) -> Result<Vec<u64>, JournalError> {
    let failed = |source| JournalError::io("list", folder, source);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(suffix));
        if let Some(number) =
            number.filter(|digits| digits.len() == 16).and_then(|digits| digits.parse().ok())
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Makes names within a folder durable: those created, and those removed.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| JournalError::io("sync", folder, source))
}

/// What a file says of itself.
pub(crate) struct FileHeader {
    pub(crate) first_sequence: u64,
    pub(crate) table: ColumnTable,
    /// Where the first frame begins.
    pub(crate) len: u64,
}

impl FileHeader {
    /// Whether frames of this Weir can be appended: its columns are exactly today's.
    pub(crate) fn is_current(&self) -> bool {
        // No frame has a derived field, so that it does not matter what their places stand for.
        let mut columns = Field::all().zip(&self.table);
        self.table.len() == Field::COUNT
            && columns.all(|(field, column)| field.is_derived() || *column == Some((field, field.kind())))
    }

    fn parse(body: &[u8], number: u64) -> Result<Self, Malformed> {
        let mut cursor = Cursor(body);
        if cursor.u64()? != number {
            return Err(Malformed("it has another number than its name"));
        }
        let first_sequence = cursor.u64()?;
        let count = cursor.u16()?;
        let mut table = Vec::new();
        for _ in 0..count {
            let mut text = || -> Result<&str, Malformed> {
                let len = cursor.u8()?;
                std::str::from_utf8(cursor.take(usize::from(len))?)
                    .map_err(|_| Malformed("it has a bad name"))
            };
            let (kind, name) = (text()?, text()?);
            let kind = KINDS.into_iter().find(|known| known.name() == kind);
            let field = Field::from_name(name).filter(|field| !field.is_derived());
            table.push(field.zip(kind));
        }
        cursor.finish()?;
        Ok(Self { first_sequence, table, len: (PREFIX_LEN + body.len()) as u64 })
    }
}

fn header_bytes(number: u64, first_sequence: u64) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend_from_slice(&number.to_le_bytes());
    body.extend_from_slice(&first_sequence.to_le_bytes());
    body.extend_from_slice(&(Field::COUNT as u16).to_le_bytes());
    for field in Field::all() {
        for text in [field.kind().name(), field.name()] {
            body.push(text.len() as u8);
            body.extend_from_slice(text.as_bytes());
        }
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// Creates a file with its header, durably. Returns it with the offset of the first frame.
pub(crate) fn create(folder: &Path, number: u64, first_sequence: u64) -> Result<(File, u64), JournalError> {
    let path = path(folder, number);
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let file = file.map_err(|source| JournalError::io("create", &path, source))?;
    let bytes = header_bytes(number, first_sequence);
    let written = file.write_all_at(&bytes, 0).and_then(|()| file.sync_all());
    if let Err(source) = written {
        // Without its header it is nothing; the next attempt makes another.
        let _ = fs::remove_file(&path);
        return Err(JournalError::io("write", &path, source));
    }
    sync_folder(folder)?;
    Ok((file, bytes.len() as u64))
}

/// Reads a file's header; `None` if it has none, as when the machine stopped while the file was made, or none any more.
pub(crate) fn read_header(
    file: &File,
    folder: &Path,
    number: u64,
) -> Result<Option<FileHeader>, JournalError> {
    let path = path(folder, number);
    let mut reader = file;
    let mut bytes = Vec::new();
    let mut read = |len: u64, bytes: &mut Vec<u8>| -> Result<bool, JournalError> {
        bytes.clear();
        let count = Read::take(&mut reader, len).read_to_end(bytes);
        count.map(|count| count as u64 == len).map_err(|source| JournalError::io("read", &path, source))
    };
    let fields = |bytes: &[u8]| -> Result<(u32, u32, u32), Malformed> {
        let mut cursor = Cursor(bytes);
        if cursor.take(MAGIC.len())? != MAGIC {
            return Err(Malformed("it is not a journal file"));
        }
        Ok((cursor.u32()?, cursor.u32()?, cursor.u32()?))
    };
    if !read(PREFIX_LEN as u64, &mut bytes)? {
        return Ok(None);
    }
    let Ok((format, len, crc)) = fields(&bytes) else {
        return Ok(None);
    };
    if format > FORMAT {
        return Err(JournalError::Newer { path, found: format, known: FORMAT });
    }
    if len > MAX_HEADER || !read(u64::from(len), &mut bytes)? || crc32c::crc32c(&bytes) != crc {
        return Ok(None);
    }
    Ok(FileHeader::parse(&bytes, number).ok())
}

/// Where a file's frames end.
pub(crate) struct End {
    /// End of the last frame.
    pub(crate) offset: u64,
    /// Sequence that the next frame will have.
    pub(crate) next_sequence: u64,
    /// Bytes after it: what was being written when the machine stopped, or frames that were changed on disk.
    pub(crate) torn: u64,
    /// Bytes before it that are no frames any more.
    pub(crate) holes: u64,
}

/// Walks a file's frames, past those that were changed on disk.
pub(crate) fn find_end(file: &File, number: u64, header: &FileHeader) -> io::Result<End> {
    let file_len = file.metadata()?.len();
    let mut body = Vec::new();
    let mut at = header.len;
    let mut end = End { offset: at, next_sequence: header.first_sequence, torn: 0, holes: 0 };
    loop {
        match read_frame(file, at, file_len, &mut body)? {
            Found::Frame(frame) | Found::Damaged(frame) => {
                at += frame.frame_len();
                end.offset = at;
                end.next_sequence = frame.sequence + 1;
            }
            Found::Nothing => {
                let Some(next) = find_frame(file, number, at + 1, file_len, end.next_sequence)? else {
                    break;
                };
                end.holes += next - at;
                at = next;
            }
        }
    }
    end.torn = file_len.saturating_sub(end.offset);
    Ok(end)
}

/// Whether a file without a header may have been left by a machine that stopped while it was made. Frames are written
/// only once the header is on disk, so that a longer file has, or had, frames.
pub(crate) fn is_unfinished(file: &File, number: u64) -> io::Result<bool> {
    Ok(file.metadata()?.len() <= header_bytes(number, 0).len() as u64)
}

/// Frames and rows after a position in a file whose header cannot be read.
pub(crate) fn count_after(file: &File, number: u64, floor: Position) -> io::Result<(u64, u64)> {
    let file_len = file.metadata()?.len();
    let (mut frames, mut rows) = (0, 0);
    let (mut at, mut sequence) = (0, 0);
    let mut body = Vec::new();
    while let Some(start) = find_frame(file, number, at, file_len, sequence)? {
        at = start + 1;
        if let Found::Frame(frame) | Found::Damaged(frame) = read_frame(file, start, file_len, &mut body)? {
            at = start + frame.frame_len();
            sequence = frame.sequence + 1;
            if frame.position > floor {
                frames += 1;
                rows += u64::from(frame.rows);
            }
        }
    }
    Ok((frames, rows))
}
