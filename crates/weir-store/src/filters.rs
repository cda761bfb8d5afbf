//! The filters of the addresses in a segment. They lie in its file, between the last row group and the footer, where
//! readers of Parquet do not look; the manifest says where. Those of the segments asked about last are in memory.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use weir_schema::Field;

use crate::fuse::AddressFilter;

/// Memory for filters; beyond it those that were used longest ago are read again when they are needed.
const MEMORY: usize = 64 << 20;

/// Where the filters of a segment are in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) at: u64,
    pub(crate) bytes: u32,
    pub(crate) crc32c: u32,
}

/// The filters of a row group; nothing where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GroupFilters {
    pub(crate) src: Option<AddressFilter>,
    pub(crate) dst: Option<AddressFilter>,
}

impl GroupFilters {
    pub(crate) fn put(&mut self, field: Field, filter: Option<AddressFilter>) {
        match field {
            Field::SrcIp => self.src = filter,
            Field::DstIp => self.dst = filter,
            _ => {}
        }
    }

    pub(crate) fn of(&self, field: Field) -> Option<&AddressFilter> {
        match field {
            Field::SrcIp => self.src.as_ref(),
            Field::DstIp => self.dst.as_ref(),
            _ => None,
        }
    }
}

/// The filters of a segment, by row group.
pub(crate) type SegmentFilters = Vec<GroupFilters>;

/// How they are written.
pub(crate) fn write(filters: &[GroupFilters]) -> Vec<u8> {
    let mut out = Vec::new();
    for filter in filters.iter().flat_map(|group| [&group.src, &group.dst]) {
        let length_at = out.len();
        out.extend_from_slice(&[0; 4]);
        if let Some(filter) = filter {
            filter.write(&mut out);
        }
        let length = (out.len() - length_at - 4) as u32;
        out[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    }
    out
}

/// Reads them; `None` if they are damaged.
pub(crate) fn read(file: &File, place: Place, groups: usize) -> std::io::Result<Option<SegmentFilters>> {
    if file.metadata()?.len() < place.at.saturating_add(u64::from(place.bytes)) {
        return Ok(None);
    }
    let mut bytes = vec![0; place.bytes as usize];
    file.read_exact_at(&mut bytes, place.at)?;
    Ok((crc32c::crc32c(&bytes) == place.crc32c).then(|| parse(&bytes, groups)).flatten())
}

fn parse(mut bytes: &[u8], groups: usize) -> Option<SegmentFilters> {
    let mut next = || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (filter, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        bytes = rest;
        if filter.is_empty() { Some(None) } else { AddressFilter::read(filter).map(Some) }
    };
    (0..groups).map(|_| Some(GroupFilters { src: next()?, dst: next()? })).collect()
}

/// Filters in memory, by the number of their segment.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    filters: HashMap<u64, Arc<SegmentFilters>>,
    /// Oldest first.
    order: VecDeque<u64>,
    bytes: usize,
}

impl Kept {
    pub(crate) fn get(&self, segment: u64) -> Option<Arc<SegmentFilters>> {
        self.lock().filters.get(&segment).map(Arc::clone)
    }

    /// Those of several segments, in one go.
    pub(crate) fn get_all(&self, segments: impl Iterator<Item = u64>) -> Vec<Option<Arc<SegmentFilters>>> {
        let inner = self.lock();
        segments.map(|segment| inner.filters.get(&segment).map(Arc::clone)).collect()
    }

    pub(crate) fn put(&self, segment: u64, filters: Arc<SegmentFilters>) {
        let mut inner = self.lock();
        inner.bytes += memory(&filters);
        if let Some(before) = inner.filters.insert(segment, filters) {
            inner.bytes -= memory(&before);
        } else {
            inner.order.push_back(segment);
        }
        while inner.bytes > MEMORY
            && let Some(oldest) = inner.order.pop_front()
        {
            if let Some(gone) = inner.filters.remove(&oldest) {
                inner.bytes -= memory(&gone);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn memory(filters: &SegmentFilters) -> usize {
    let of = |filter: &Option<AddressFilter>| filter.as_ref().map_or(0, AddressFilter::bytes);
    filters.iter().map(|group| of(&group.src) + of(&group.dst)).sum()
}
