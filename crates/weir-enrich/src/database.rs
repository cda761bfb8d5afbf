//! Databases of places and autonomous systems: each becomes sorted ranges, whatever file it was read from.

mod csv_ranges;
mod mmdb;
mod record;

use std::path::Path;

use crate::error::EnrichError;
use crate::ranges::Ranges;
use crate::texts::Texts;

/// Where an address is. Names are numbers of [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) country: u32,
    pub(crate) region: u32,
    pub(crate) city: u32,
    pub(crate) location: u32,
}

/// An autonomous system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct System {
    pub(crate) number: u32,
    pub(crate) name: u32,
}

/// What one file knows.
#[derive(Debug, Default)]
pub(crate) struct Database {
    /// To [`Database::places`].
    pub(crate) place_ranges: Ranges,
    pub(crate) places: Vec<Place>,
    /// To [`Database::systems`].
    pub(crate) system_ranges: Ranges,
    pub(crate) systems: Vec<System>,
}

impl Database {
    /// Reads a file.
    pub(crate) fn read(path: &Path, texts: &mut Texts) -> Result<Self, EnrichError> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("mmdb") => mmdb::read(path, texts),
            Some("csv") => csv_ranges::read(path, texts),
            _ => Err(EnrichError::Extension { path: path.to_owned(), wanted: "`.mmdb` or `.csv`" }),
        }
    }

    /// Number of ranges.
    pub(crate) fn len(&self) -> usize {
        self.place_ranges.len() + self.system_ranges.len()
    }
}
