//! Looks whether segments are what the list says, and can be read from the first byte to the last.

use std::fs::File;
use std::io::{self, Read};

use weir_schema::Field;

use crate::{Segment, Snapshot, StoreError};

/// Bytes that are read at a time for a checksum.
const STEP: usize = 1 << 20;

impl Snapshot {
    /// Reads a whole segment: its size and checksum, its filters, the rows of each row group and their times. What is
    /// wrong with it, or nothing.
    pub fn verify(&self, segment: &Segment) -> Option<String> {
        self.check(segment).err()
    }

    fn check(&self, segment: &Segment) -> Result<(), String> {
        let unreadable = |error: &dyn std::error::Error| weir_telemetry::chain(error);
        let path = self.files.path(segment);
        let (bytes, crc32c) = sum(&path).map_err(|error| format!("cannot be read: {error}"))?;
        if bytes != segment.bytes {
            return Err(format!("is {bytes} bytes long, not {}", segment.bytes));
        }
        if segment.crc32c.is_some_and(|listed| listed != crc32c) {
            return Err("has another checksum than when it was written".to_owned());
        }
        if segment.filters.is_some() && self.files.filters(segment).is_none() {
            return Err("its filters of addresses are damaged".to_owned());
        }
        let fields = self.files.fields(segment).map_err(|error| unreadable(&error))?;
        let rows: u64 = segment.row_groups.iter().map(|group| group.rows).sum();
        if rows != segment.rows {
            return Err(format!("is listed with {} rows and row groups of {rows}", segment.rows));
        }
        for (place, group) in segment.row_groups.iter().enumerate() {
            let read = |fields: &[Field]| {
                let read = self.files.read(segment, place, fields);
                read.map_err(|error: StoreError| format!("row group {place}: {}", unreadable(&error)))
            };
            // A few at a time, so that never the whole row group is in memory.
            for few in fields.chunks(8) {
                let found = read(few)?.num_rows() as u64;
                if found != group.rows {
                    return Err(format!("row group {place} has {found} rows, not {}", group.rows));
                }
            }
            let bounds = crate::hot::time_bounds(&read(&[Field::Time])?);
            if bounds.is_some_and(|bounds| bounds != group.time_bounds()) {
                return Err(format!("row group {place} has other times than it is listed with"));
            }
        }
        Ok(())
    }
}

/// Size and checksum of a file.
fn sum(path: &std::path::Path) -> io::Result<(u64, u32)> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; STEP];
    let (mut bytes, mut crc32c) = (0, 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((bytes, crc32c)),
            read => {
                bytes += read as u64;
                crc32c = crc32c::crc32c_append(crc32c, &buffer[..read]);
            }
        }
    }
}
