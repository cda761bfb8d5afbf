//! One frame: a batch that can be read on its own.
//!
//! Header, 44 bytes, little-endian: body length u32, length before LZ4 u32, rows u32, CRC32C of the body u32,
//! sequence u64, position (file u64, offset u64), CRC32C of the 40 bytes before it u32. Then the body: see `columns`.
//!
//! The position is the one that `append` returned. It stays when a failed fsync makes the frame be written again to
//! another file, so that readers recognise the copy.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use arrow_array::RecordBatch;

use crate::Position;
use crate::bytes::{Cursor, Malformed};
use crate::columns::{ColumnTable, get_batch, put_batch};
use crate::error::BatchError;

pub(crate) const HEADER_LEN: usize = 44;
/// Rows of a frame at most.
const MAX_ROWS: usize = 1 << 20;
/// Bytes of a body at most, before and after compression.
const MAX_BODY: usize = 256 << 20;

/// What a frame says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    body_len: u32,
    raw_len: u32,
    pub(crate) rows: u32,
    body_crc: u32,
    /// Grows by one from frame to frame.
    pub(crate) sequence: u64,
    /// The end of the frame where it was first written.
    pub(crate) position: Position,
}

impl Header {
    fn parse(bytes: &[u8; HEADER_LEN]) -> Result<Self, Malformed> {
        let mut cursor = Cursor(bytes);
        let header = Self {
            body_len: cursor.u32()?,
            raw_len: cursor.u32()?,
            rows: cursor.u32()?,
            body_crc: cursor.u32()?,
            sequence: cursor.u64()?,
            position: Position { file: cursor.u64()?, offset: cursor.u64()? },
        };
        if cursor.u32()? != crc32c::crc32c(&bytes[..HEADER_LEN - 4]) {
            return Err(Malformed("its header does not match its checksum"));
        }
        // LZ4 makes nothing smaller than a 255th.
        let most = header.body_len as usize * 255 + 64;
        if header.rows as usize > MAX_ROWS || header.raw_len as usize > most.min(MAX_BODY) {
            return Err(Malformed("it claims to be too large"));
        }
        Ok(header)
    }

    fn put(&self, frame: &mut [u8]) {
        frame[0..4].copy_from_slice(&self.body_len.to_le_bytes());
        frame[4..8].copy_from_slice(&self.raw_len.to_le_bytes());
        frame[8..12].copy_from_slice(&self.rows.to_le_bytes());
        frame[12..16].copy_from_slice(&self.body_crc.to_le_bytes());
        frame[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        frame[24..32].copy_from_slice(&self.position.file.to_le_bytes());
        frame[32..40].copy_from_slice(&self.position.offset.to_le_bytes());
        let crc = crc32c::crc32c(&frame[..HEADER_LEN - 4]);
        frame[40..44].copy_from_slice(&crc.to_le_bytes());
    }

    /// Bytes of the whole frame.
    pub(crate) fn frame_len(&self) -> u64 {
        HEADER_LEN as u64 + u64::from(self.body_len)
    }
}

/// Makes frames; keeps its buffers from one to the next.
#[derive(Default)]
pub(crate) struct Encoder {
    raw: Vec<u8>,
    compressed: Vec<u8>,
}

/// A frame that does not have its place yet.
pub(crate) struct Unplaced {
    header: Header,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(crate) fn encode(&mut self, batch: &RecordBatch) -> Result<Unplaced, BatchError> {
        self.raw.clear();
        put_batch(&mut self.raw, batch)?;
        let (rows, raw_len) = (batch.num_rows(), self.raw.len());
        if rows > MAX_ROWS || raw_len > MAX_BODY {
            return Err(BatchError::TooLarge { rows, bytes: raw_len });
        }
        self.compressed.resize(lz4_flex::block::get_maximum_output_size(raw_len), 0);
        let body = match lz4_flex::block::compress_into(&self.raw, &mut self.compressed) {
            Ok(len) if len < raw_len => &self.compressed[..len],
            _ => &self.raw[..],
        };
        let mut bytes = Vec::with_capacity(HEADER_LEN + body.len());
        bytes.extend_from_slice(&[0; HEADER_LEN]);
        bytes.extend_from_slice(body);
        let header = Header {
            body_len: body.len() as u32,
            raw_len: raw_len as u32,
            rows: rows as u32,
            body_crc: crc32c::crc32c(body),
            sequence: 0,
            position: Position::START,
        };
        Ok(Unplaced { header, bytes })
    }
}

impl Unplaced {
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The finished frame.
    pub(crate) fn place(mut self, sequence: u64, position: Position) -> Vec<u8> {
        Header { sequence, position, ..self.header }.put(&mut self.bytes);
        self.bytes
    }
}

/// What stands at an offset of a file.
pub(crate) enum Found {
    /// A frame; its body is in the buffer.
    Frame(Header),
    /// A frame whose body was changed; the next one can still be found.
    Damaged(Header),
    /// Nothing, or what is left of a write that did not finish.
    Nothing,
}

/// Reads and checks the frame at `offset` of a file of `file_len` bytes; its body goes to `body`.
pub(crate) fn read_frame(file: &File, offset: u64, file_len: u64, body: &mut Vec<u8>) -> io::Result<Found> {
    let left = file_len.saturating_sub(offset);
    if left < HEADER_LEN as u64 {
        return Ok(Found::Nothing);
    }
    let mut bytes = [0; HEADER_LEN];
    file.read_exact_at(&mut bytes, offset)?;
    let Ok(header) = Header::parse(&bytes) else {
        return Ok(Found::Nothing);
    };
    if header.frame_len() > left {
        return Ok(Found::Nothing);
    }
    body.resize(header.body_len as usize, 0);
    file.read_exact_at(body, offset + HEADER_LEN as u64)?;
    let sound = crc32c::crc32c(body) == header.body_crc;
    Ok(if sound { Found::Frame(header) } else { Found::Damaged(header) })
}

/// Bytes looked through at a time.
const SCAN: usize = 1 << 20;

/// Where the next frame begins, from `from` on, after a place where there should have been one. It has a sound header,
/// lies where the header says (or is a copy from an earlier file), and is no older than `sequence`.
pub(crate) fn find_frame(
    file: &File,
    number: u64,
    from: u64,
    file_len: u64,
    sequence: u64,
) -> io::Result<Option<u64>> {
    let mut window = Vec::new();
    let mut at = from;
    while file_len.saturating_sub(at) >= HEADER_LEN as u64 {
        window.resize((file_len - at).min(SCAN as u64) as usize, 0);
        file.read_exact_at(&mut window, at)?;
        let starts = window.windows(HEADER_LEN).zip(at..);
        for (bytes, start) in starts {
            if bytes.first_chunk().is_some_and(|bytes| belongs(bytes, number, start, file_len, sequence)) {
                return Ok(Some(start));
            }
        }
        at += (window.len() - HEADER_LEN + 1) as u64;
    }
    Ok(None)
}

/// Rows that a frame between two offsets had, as far as its header, which is damaged, still says.
pub(crate) fn claimed_rows(file: &File, start: u64, end: u64) -> io::Result<u64> {
    let mut bytes = [0; HEADER_LEN];
    if end - start < HEADER_LEN as u64 {
        return Ok(0);
    }
    file.read_exact_at(&mut bytes, start)?;
    let mut cursor = Cursor(&bytes);
    let (Ok(body_len), Ok(_), Ok(rows)) = (cursor.u32(), cursor.u32(), cursor.u32()) else { return Ok(0) };
    let fits = HEADER_LEN as u64 + u64::from(body_len) == end - start && rows as usize <= MAX_ROWS;
    Ok(if fits { u64::from(rows) } else { 0 })
}

/// Whether bytes are the header of a frame that can stand there. The checksum comes last: this is asked of every byte.
fn belongs(bytes: &[u8; HEADER_LEN], number: u64, start: u64, file_len: u64, sequence: u64) -> bool {
    let mut cursor = Cursor(&bytes[24..40]);
    let (Ok(file), Ok(offset)) = (cursor.u64(), cursor.u64()) else { return false };
    if file == 0 || file > number {
        return false;
    }
    let body_len = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let end = start + HEADER_LEN as u64 + u64::from(body_len);
    if end > file_len || (file == number && offset != end) {
        return false;
    }
    Header::parse(bytes).is_ok_and(|header| header.sequence >= sequence)
}

/// Turns a body back into a batch.
pub(crate) fn decode(header: &Header, body: &[u8], table: &ColumnTable) -> Result<RecordBatch, Malformed> {
    let (rows, raw_len) = (header.rows as usize, header.raw_len as usize);
    if body.len() == raw_len {
        return get_batch(body, rows, table);
    }
    let mut raw = vec![0; raw_len];
    match lz4_flex::block::decompress_into(body, &mut raw) {
        Ok(len) if len == raw_len => get_batch(&raw, rows, table),
        _ => Err(Malformed("it cannot be decompressed")),
    }
}
