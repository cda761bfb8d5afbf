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

use crate::JournalError;
use crate::bytes::{Cursor, Malformed};
use crate::columns::ColumnTable;
use crate::frame::{Found, read_frame};

const MAGIC: [u8; 8] = *b"weirjrnl";
const FORMAT: u32 = 1;
const PREFIX_LEN: usize = 20;
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
    folder.join(format!("{number:016}.wj"))
}

/// The numbers of the files of a journal, ascending.
pub(crate) fn list(folder: &Path) -> Result<Vec<u64>, JournalError> {
    let failed = |source| JournalError::io("list", folder, source);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".wj"));
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
        self.table.len() == Field::COUNT
            && Field::all().zip(&self.table).all(|(field, column)| *column == Some((field, field.kind())))
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

/// Reads a file's header; `None` if it has none, as when the machine stopped while the file was made.
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
    /// End of the last sound frame.
    pub(crate) offset: u64,
    /// Sequence that the next frame will have.
    pub(crate) next_sequence: u64,
    /// Bytes after it.
    pub(crate) torn: u64,
}

/// Walks a file's frames. What follows the last sound one was being written when the machine stopped.
pub(crate) fn find_end(file: &File, header: &FileHeader) -> io::Result<End> {
    let file_len = file.metadata()?.len();
    let mut body = Vec::new();
    let mut at = header.len;
    let mut end = End { offset: at, next_sequence: header.first_sequence, torn: 0 };
    loop {
        match read_frame(file, at, file_len, &mut body)? {
            Found::Frame(frame) => {
                at += frame.frame_len();
                end.offset = at;
                end.next_sequence = frame.sequence + 1;
            }
            Found::Damaged(frame) => at += frame.frame_len(),
            Found::Nothing => break,
        }
    }
    end.torn = file_len.saturating_sub(end.offset);
    Ok(end)
}
