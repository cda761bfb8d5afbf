//! AS ranges as text: `first,last,number,name`, without a heading.

use std::fs::File;
use std::net::IpAddr;
use std::path::Path;

use hashbrown::HashMap;

use super::{Database, System};
use crate::error::EnrichError;
use crate::ranges::{Address, Gathered};
use crate::texts::Texts;

pub(super) fn read(path: &Path, texts: &mut Texts) -> Result<Database, EnrichError> {
    let file = File::open(path).map_err(|source| EnrichError::Read { path: path.to_owned(), source })?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let (mut ranges, mut systems, mut places) = (Gathered::default(), Vec::new(), HashMap::new());
    let mut record = csv::StringRecord::new();
    loop {
        let wrong = |line, what: String| EnrichError::Line { path: path.to_owned(), line, what };
        let more = reader
            .read_record(&mut record)
            .map_err(|error| wrong(error.position().map_or(0, csv::Position::line), error.to_string()))?;
        if !more {
            break;
        }
        let part = |at: usize| record.get(at).unwrap_or_default();
        let (Some(first), Some(last), Ok(number)) =
            (address(part(0)), address(part(1)), part(2).parse::<u32>())
        else {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(wrong(line, "this is not `first address,last address,AS number,name`".to_owned()));
        };
        let system = System { number, name: texts.intern(part(3)) };
        let place = *places.entry(system).or_insert_with(|| {
            systems.push(system);
            systems.len() as u32 - 1
        });
        ranges.push(first, last, place);
    }
    Ok(Database { system_ranges: ranges.finish(), systems, ..Database::default() })
}

fn address(text: &str) -> Option<Address> {
    Some(match text.parse().ok()? {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranges::NONE;

    #[test]
    fn ranges_of_both_families_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("as.csv");
        std::fs::write(
            &path,
            "1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n2001::,2001::ffff,6939,HE\n1.0.2.0,1.0.2.9,7,\n",
        )
        .unwrap();
        let mut texts = Texts::default();
        let database = read(&path, &mut texts).unwrap();
        let system = |text: &str| {
            let found = database.system_ranges.find(address(text).unwrap());
            (found != NONE).then(|| database.systems[found as usize])
        };
        let cloudflare = system("1.0.0.77").unwrap();
        assert_eq!(
            (cloudflare.number, texts.names().get(cloudflare.name)),
            (13335, Some("Cloudflare, Inc."))
        );
        assert_eq!(system("2001::1").map(|system| system.number), Some(6939));
        assert_eq!(system("1.0.2.9"), Some(System { number: 7, name: NONE }));
        assert_eq!(system("1.0.1.0"), None);
        std::fs::write(&path, "1.0.0.0,1.0.0.255,13335,x\nfirst,last,1,x\n").unwrap();
        assert!(read(&path, &mut texts).unwrap_err().to_string().contains("as.csv:2: this is not"));
    }
}
