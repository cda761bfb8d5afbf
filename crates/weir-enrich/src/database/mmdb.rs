//! MMDB files: the tree is walked once, and each distinct record decoded once.

use std::net::IpAddr;
use std::path::Path;

use hashbrown::HashMap;
use maxminddb::{MaxMindDbError, Reader};

use super::record::Record;
use super::{Database, Place, System};
use crate::error::EnrichError;
use crate::ranges::{Address, Gathered, NONE};
use crate::texts::Texts;

pub(super) fn read(path: &Path, texts: &mut Texts) -> Result<Database, EnrichError> {
    let broken = |source| match source {
        MaxMindDbError::Io(source) => EnrichError::Read { path: path.to_owned(), source },
        source => EnrichError::Mmdb { path: path.to_owned(), source },
    };
    let reader = Reader::open_readfile(path).map_err(broken)?;
    let mut parts = Parts::default();
    // By the place of the record in the file.
    let mut known: HashMap<usize, (u32, u32)> = HashMap::new();
    for found in reader.networks(maxminddb::WithinOptions::default()).map_err(broken)? {
        let found = found.map_err(broken)?;
        let Some(offset) = found.offset() else { continue };
        let (place, system) = if let Some(known) = known.get(&offset) {
            *known
        } else {
            let record = found.decode::<Record<'_>>().map_err(broken)?.unwrap_or_default();
            let decoded = parts.take(&record, texts);
            known.insert(offset, decoded);
            decoded
        };
        let network = found.network().map_err(broken)?;
        let Some((first, last)) = bounds(network.ip(), network.prefix()) else { continue };
        if place != NONE {
            parts.place_ranges.push(first, last, place);
        }
        if system != NONE {
            parts.system_ranges.push(first, last, system);
        }
    }
    if parts.place_ranges.is_empty() && parts.system_ranges.is_empty() {
        let kind = reader.metadata.database_type.clone();
        return Err(EnrichError::NothingKnown { path: path.to_owned(), kind });
    }
    Ok(Database {
        place_ranges: parts.place_ranges.finish(),
        places: parts.places.0,
        system_ranges: parts.system_ranges.finish(),
        systems: parts.systems.0,
    })
}

/// First and last address. A file of both families has IPv4 in the first 2³² addresses of IPv6.
fn bounds(address: IpAddr, length: u8) -> Option<(Address, Address)> {
    let (first, length) = match address {
        IpAddr::V4(v4) => (v4.to_ipv6_mapped().to_bits(), length + 96),
        IpAddr::V6(v6) => match (v6.to_bits(), length) {
            (low, 96..) if low >> 32 == 0 => (low | 0xffff << 32, length),
            (bits, _) => (bits, length),
        },
    };
    let host = u128::MAX.checked_shr(length.into()).unwrap_or(0);
    (length <= 128).then_some((first, first | host))
}

#[derive(Default)]
struct Parts {
    places: Distinct<Place>,
    place_ranges: Gathered,
    systems: Distinct<System>,
    system_ranges: Gathered,
}

impl Parts {
    /// The numbers of the place and of the system that a record tells.
    fn take(&mut self, record: &Record<'_>, texts: &mut Texts) -> (u32, u32) {
        let place = Place {
            country: texts.intern(record.country().unwrap_or_default()),
            region: texts.intern(record.region().unwrap_or_default()),
            city: texts.intern(record.city().unwrap_or_default()),
            location: texts.intern(&record.location().unwrap_or_default()),
        };
        let nowhere = Place { country: NONE, region: NONE, city: NONE, location: NONE };
        let place = if place == nowhere { NONE } else { self.places.number(place) };
        let system = record.system().map_or(NONE, |(number, name)| {
            self.systems.number(System { number, name: texts.intern(name.unwrap_or_default()) })
        });
        (place, system)
    }
}

/// Each value once.
struct Distinct<T>(Vec<T>, HashMap<T, u32>);

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self(Vec::new(), HashMap::new())
    }
}

impl<T: Copy + Eq + std::hash::Hash> Distinct<T> {
    fn number(&mut self, value: T) -> u32 {
        *self.1.entry(value).or_insert_with(|| {
            self.0.push(value);
            self.0.len() as u32 - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The free database that `make setup` brings.
    fn countries() -> Option<PathBuf> {
        let target = std::env::var("CARGO_TARGET_DIR")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../target").to_owned());
        let path = PathBuf::from(target).join("release/geo/country.mmdb");
        if path.exists() {
            return Some(path);
        }
        assert!(std::env::var_os("CI").is_none(), "{} is missing: run `make setup`", path.display());
        eprintln!("skipped: {} is missing: `make setup` brings it", path.display());
        None
    }

    #[test]
    fn a_real_database_tells_countries_of_both_families() {
        let Some(path) = countries() else { return };
        let mut texts = Texts::default();
        let database = Database::read(&path, &mut texts).unwrap();
        let names = texts.names();
        let reader = Reader::open_readfile(&path).unwrap();
        let country = |address: &str| {
            let address: IpAddr = address.parse().unwrap();
            let found = database
                .place_ranges
                .find(bounds(address, if address.is_ipv4() { 32 } else { 128 }).unwrap().0);
            let place = database.places.get(found as usize)?;
            names.get(place.country).map(str::to_owned)
        };
        for (address, wanted) in [
            ("88.198.0.1", Some("DE")),
            ("17.248.0.1", Some("US")),
            ("2a01:4f8::1", Some("DE")),
            ("2600:9000::1", Some("US")),
            ("10.0.0.1", None),
            ("192.0.2.1", None),
        ] {
            assert_eq!(country(address).as_deref(), wanted, "{address}");
        }
        // Laid flat, the tree says what it said: all over IPv4, and in IPv6 where addresses are given out.
        for n in 0..20_000_u32 {
            let four = IpAddr::from(n.wrapping_mul(0x9e37_79b9).to_be_bytes());
            let six = IpAddr::from(
                (u128::from(0x2000_0000 | n.wrapping_mul(0x9e37_79b9) >> 3) << 96).to_be_bytes(),
            );
            for address in [four, six] {
                let record = reader.lookup(address).unwrap().decode::<Record<'_>>().unwrap();
                let wanted = record.as_ref().and_then(Record::country).map(str::to_owned);
                assert_eq!(country(&address.to_string()), wanted, "{address}");
            }
        }
        assert!(database.systems.is_empty() && database.places.len() > 150);
    }

    #[test]
    fn what_is_no_database_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.mmdb");
        std::fs::write(&path, "nothing of the kind").unwrap();
        let told = read(&path, &mut Texts::default()).unwrap_err().to_string();
        assert!(told.contains("x.mmdb as an MMDB database"), "{told}");
    }
}
