//! Where the fields of a set's records are.

use weir_wire::template::{VARIABLE_LENGTH, variable_length};

/// Where a field lies in a record. Records of fixed length have one base, their start. In others every field of
/// variable length makes two more: its own start and the start of what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which base the field is counted from.
    pub(crate) base: u16,
    /// Bytes, or [`VARIABLE_LENGTH`]: then it reaches from its base to the next one.
    pub(crate) length: u16,
    /// Bytes from the base.
    pub(crate) offset: u32,
}

/// The records of a set, field by field.
pub(crate) trait Records<'a>: Copy {
    /// How many there are.
    fn count(self) -> usize;
    /// The bytes of a field of known length, record by record.
    fn arrays<const W: usize>(self, place: Place) -> impl Iterator<Item = [u8; W]> + use<'a, Self, W>;
    /// The bytes of any field, record by record.
    fn slices(self, place: Place) -> impl Iterator<Item = &'a [u8]> + use<'a, Self>;
    /// The records, if they are of one length and all of the set.
    fn fixed(self) -> Option<Fixed<'a>> {
        None
    }
    /// The bytes of a field of one record.
    fn slice(self, row: usize, place: Place) -> &'a [u8];
    /// The bytes of a field of known length of one record.
    fn array<const W: usize>(self, row: usize, place: Place) -> [u8; W] {
        self.slice(row, place).first_chunk().copied().unwrap_or([0; W])
    }
}

/// Some of the records of a set.
#[derive(Clone, Copy)]
pub(crate) struct Picked<'p, R> {
    pub(crate) records: R,
    /// Their numbers in the set.
    pub(crate) rows: &'p [u32],
}

impl<'a, 'p, R: Records<'a>> Records<'a> for Picked<'p, R> {
    fn count(self) -> usize {
        self.rows.len()
    }

    fn arrays<const W: usize>(self, place: Place) -> impl Iterator<Item = [u8; W]> + use<'a, 'p, R, W> {
        self.rows.iter().map(move |row| self.records.array(*row as usize, place))
    }

    fn slices(self, place: Place) -> impl Iterator<Item = &'a [u8]> + use<'a, 'p, R> {
        self.rows.iter().map(move |row| self.records.slice(*row as usize, place))
    }

    fn slice(self, row: usize, place: Place) -> &'a [u8] {
        self.rows.get(row).map_or(&[], |row| self.records.slice(*row as usize, place))
    }
}

/// Records of one length.
#[derive(Clone, Copy)]
pub(crate) struct Fixed<'a> {
    bytes: &'a [u8],
    length: usize,
    /// Kept, because a division for every field is what small sets would mostly consist of.
    count: usize,
}

impl<'a> Fixed<'a> {
    /// As many whole records as there are; what is left over is padding.
    pub(crate) fn new(body: &'a [u8], length: usize) -> Self {
        let count = body.len() / length;
        Fixed { bytes: &body[..count * length], length, count }
    }

    /// A field of a record.
    #[inline]
    pub(crate) fn array_of<const W: usize>(self, row: usize, place: Place) -> [u8; W] {
        array_at(self.bytes, row * self.length + place.offset as usize)
    }

    /// Bytes that all records take together.
    pub(crate) fn len(self) -> usize {
        self.bytes.len()
    }
}

impl<'a> Records<'a> for Fixed<'a> {
    #[inline]
    fn count(self) -> usize {
        self.count
    }

    #[inline]
    fn fixed(self) -> Option<Fixed<'a>> {
        Some(self)
    }

    #[inline]
    fn arrays<const W: usize>(self, place: Place) -> impl Iterator<Item = [u8; W]> + use<'a, W> {
        let (offset, length) = (place.offset as usize, self.length);
        (0..self.count).map(move |row| array_at(self.bytes, row * length + offset))
    }

    #[inline]
    fn slices(self, place: Place) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        (0..self.count).map(move |row| self.slice(row, place))
    }

    #[inline]
    fn slice(self, row: usize, place: Place) -> &'a [u8] {
        slice_at(self.bytes, row * self.length + place.offset as usize, place.length)
    }
}

/// Records whose fields have been located by [`Layout::locate`].
#[derive(Clone, Copy)]
pub(crate) struct Located<'a> {
    bytes: &'a [u8],
    bases: &'a [u32],
    bases_per_record: usize,
    count: usize,
}

impl<'a> Records<'a> for Located<'a> {
    fn count(self) -> usize {
        self.count
    }

    #[inline]
    fn arrays<const W: usize>(self, place: Place) -> impl Iterator<Item = [u8; W]> + use<'a, W> {
        let (base, offset) = (usize::from(place.base), place.offset as usize);
        (0..self.count).map(move |row| match self.bases.get(row * self.bases_per_record + base) {
            Some(base) => array_at(self.bytes, *base as usize + offset),
            None => [0; W],
        })
    }

    #[inline]
    fn slices(self, place: Place) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        (0..self.count).map(move |row| self.slice(row, place))
    }

    #[inline]
    fn slice(self, row: usize, place: Place) -> &'a [u8] {
        let at = row * self.bases_per_record + usize::from(place.base);
        let Some(start) = self.bases.get(at) else { return &[] };
        let start = *start as usize + place.offset as usize;
        if place.length == VARIABLE_LENGTH {
            // The length bytes of the next field stand between, so the base after is exact.
            let end = self.bases.get(at + 1).map_or(start, |end| *end as usize);
            return self.bytes.get(start..end).unwrap_or_default();
        }
        slice_at(self.bytes, start, place.length)
    }
}

#[inline]
fn array_at<const W: usize>(bytes: &[u8], offset: usize) -> [u8; W] {
    bytes.get(offset..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; W])
}

#[inline]
fn slice_at(bytes: &[u8], start: usize, length: u16) -> &[u8] {
    bytes.get(start..start + usize::from(length)).unwrap_or_default()
}

/// Records of variable length, and how the walk over them ended.
pub(crate) struct Walk<'a> {
    pub(crate) records: Located<'a>,
    /// Where the last whole record ends.
    pub(crate) end: usize,
    /// Why there are no more records, if the rest is no padding.
    pub(crate) problem: Option<&'static str>,
}

/// How to walk records of variable length: the bytes of fixed fields before, between and after the variable ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Layout {
    pub(crate) runs: Vec<u32>,
}

impl Layout {
    /// Bases per record: its start, and two for each field of variable length.
    pub(crate) fn bases_per_record(&self) -> usize {
        2 * self.runs.len() - 1
    }

    /// The shortest record.
    pub(crate) fn shortest(&self) -> usize {
        self.runs.iter().map(|run| *run as usize).sum::<usize>() + self.runs.len() - 1
    }

    /// Finds the fields of all records. Ends early at a record that runs over the set, which is then a problem; what
    /// is too short for a record is padding.
    pub(crate) fn locate<'a>(&self, body: &'a [u8], bases: &'a mut Vec<u32>) -> Walk<'a> {
        bases.clear();
        let (shortest, mut at, mut problem) = (self.shortest(), 0, None);
        while body.len() - at >= shortest {
            let whole = bases.len();
            if let Some(end) = self.locate_record(body, at, bases) {
                at = end;
            } else {
                bases.truncate(whole);
                problem = Some("record_overrun");
                break;
            }
        }
        let bases_per_record = self.bases_per_record();
        let count = bases.len() / bases_per_record;
        let records = Located { bytes: body, bases, bases_per_record, count };
        Walk { records, end: at, problem }
    }

    fn locate_record(&self, body: &[u8], start: usize, bases: &mut Vec<u32>) -> Option<usize> {
        let (last, between) = self.runs.split_last()?;
        let mut at = start;
        bases.push(at as u32);
        for run in between {
            at += *run as usize;
            let (length, told_by) = variable_length(body.get(at..)?)?;
            at += told_by;
            bases.push(at as u32);
            at += length;
            bases.push(at as u32);
        }
        at += *last as usize;
        (at <= body.len()).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locates_fields_of_variable_length() {
        let layout = Layout { runs: vec![2, 1] };
        let body = [1, 2, 3, b'a', b'b', b'c', 9, 1, 2, 255, 0, 1, b'z', 8, 0, 0];
        let mut bases = vec![];
        let Walk { records, end, problem } = layout.locate(&body, &mut bases);
        assert_eq!((records.count(), end, problem), (2, 14, None));
        let text = Place { base: 1, length: VARIABLE_LENGTH, offset: 0 };
        assert_eq!(records.slices(text).collect::<Vec<_>>(), [&b"abc"[..], b"z"]);
        let after = Place { base: 2, length: 1, offset: 0 };
        assert_eq!(records.arrays::<1>(after).collect::<Vec<_>>(), [[9], [8]]);
        assert_eq!(records.slice(1, after), [8]);
    }

    #[test]
    fn a_length_beyond_the_set_ends_the_walk() {
        let layout = Layout { runs: vec![0, 0] };
        let mut bases = vec![];
        let Walk { records, problem, .. } = layout.locate(&[1, 7, 200, 1], &mut bases);
        assert_eq!((records.count(), problem), (1, Some("record_overrun")));
    }
}
