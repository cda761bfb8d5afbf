//! Named networks: from the configuration and from files.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use hashbrown::HashMap;
use serde::Deserialize;
use weir_config::{Prefix, parse};

use crate::config::NetworkConfig;
use crate::error::EnrichError;
use crate::ranges::{Address, NONE, Ranges};
use crate::texts::Texts;

/// A network, and where it is written.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) network: NetworkConfig,
    pub(crate) place: String,
}

/// What the addresses of a network are said to be. Names are numbers of [`Texts`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    pub(crate) name: u32,
    pub(crate) site: u32,
    pub(crate) role: u32,
    pub(crate) tenant: u32,
    pub(crate) tags: u32,
    pub(crate) is_internal: bool,
}

/// All networks, ready to look up.
#[derive(Debug, Default)]
pub(crate) struct Networks {
    ranges: Ranges,
    list: Vec<Network>,
}

impl Networks {
    /// Of two with the same prefix the first counts; each such pair is told.
    pub(crate) fn new(entries: &[Entry], texts: &mut Texts) -> (Self, Vec<EnrichError>) {
        let mut by_prefix: HashMap<_, &Entry> = HashMap::new();
        let (mut ranges, mut networks, mut twice) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            let NetworkConfig { prefix, name, site, role, tenant, tags, internal } = &entry.network;
            let (first, last) = bounds(prefix);
            if let Some(other) = by_prefix.get(&(first, last)) {
                twice.push(EnrichError::Twice {
                    prefix: *prefix,
                    first: other.network.name.clone(),
                    first_place: other.place.clone(),
                    second: name.clone(),
                    second_place: entry.place.clone(),
                });
                continue;
            }
            by_prefix.insert((first, last), entry);
            ranges.push((first, last, networks.len() as u32));
            networks.push(Network {
                name: texts.intern(name),
                site: texts.intern(site),
                role: texts.intern(role),
                tenant: texts.intern(tenant),
                tags: texts.intern(&tags.join(" ")),
                is_internal: *internal,
            });
        }
        (Self { ranges: ranges.into_iter().collect(), list: networks }, twice)
    }

    /// The place in [`Networks::get`] of the network with the longest prefix around an address, or [`NONE`].
    pub(crate) fn find(&self, address: Address) -> u32 {
        self.ranges.find(address)
    }

    pub(crate) fn get(&self, place: u32) -> Option<&Network> {
        if place == NONE { None } else { self.list.get(place as usize) }
    }
}

/// First and last address of a prefix.
fn bounds(prefix: &Prefix) -> (Address, Address) {
    let number = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let (first, last) = prefix.bounds();
    (number(first), number(last))
}

/// Addresses that no database knows and that belong to oneself unless a network says otherwise: private, shared, local,
/// multicast (RFC 6890, RFC 5771, RFC 4291).
const PRIVATE: [&str; 12] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
    "::/127",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

/// The ranges of [`PRIVATE`].
pub(crate) fn private() -> Ranges {
    let prefixes = PRIVATE.iter().filter_map(|text| text.parse::<Prefix>().ok());
    let ranges = prefixes.map(|prefix| {
        let (first, last) = bounds(&prefix);
        (first, last, 0)
    });
    ranges.collect()
}

/// Reads a file of networks.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, EnrichError> {
    let text =
        fs::read_to_string(path).map_err(|source| EnrichError::Read { path: path.to_owned(), source })?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => read_toml(path, &text),
        Some("csv") => read_csv(path, &text),
        _ => Err(EnrichError::Extension { path: path.to_owned(), wanted: "`.toml` or `.csv`" }),
    }
}

fn read_toml(path: &Path, text: &str) -> Result<Vec<Entry>, EnrichError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        networks: Vec<NetworkConfig>,
    }
    let name = path.display().to_string();
    let file: File = parse(&name, text)?;
    Ok(file.networks.into_iter().map(|network| Entry { network, place: name.clone() }).collect())
}

/// A line of a CSV file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    prefix: Prefix,
    name: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    internal: Option<bool>,
}

fn read_csv(path: &Path, text: &str) -> Result<Vec<Entry>, EnrichError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut entries = Vec::new();
    let headers = reader.headers().cloned().map_err(|error| line_error(path, 1, &error))?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| line_error(path, 0, &error))? {
        let line = record.position().map_or(0, csv::Position::line);
        let row: Row = record.deserialize(Some(&headers)).map_err(|error| line_error(path, line, &error))?;
        let network = NetworkConfig {
            prefix: row.prefix,
            name: row.name,
            site: row.site,
            role: row.role,
            tenant: row.tenant,
            tags: row.tags.split([' ', ';']).filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            internal: row.internal.unwrap_or(true),
        };
        entries.push(Entry { network, place: format!("{}:{line}", path.display()) });
    }
    Ok(entries)
}

/// The reader's complaint, without the place that it tells in its own way.
fn line_error(path: &Path, line: u64, error: &csv::Error) -> EnrichError {
    let (line, what) = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => (line, err.kind().to_string()),
        _ => (error.position().map_or(line, csv::Position::line), error.to_string()),
    };
    EnrichError::Line { path: path.to_owned(), line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> Result<Vec<Entry>, EnrichError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn a_table_of_any_order_is_read() {
        let entries = file(
            "n.csv",
            "name,prefix,tags,internal\noffice, 10.1.0.0/16 ,a;b c,\n\"A, B\",2001:db8::/32,,false\n",
        )
        .unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(
            (entries[0].network.tags.join("+"), entries[0].network.internal),
            ("a+b+c".to_owned(), true)
        );
        assert_eq!((&*entries[1].network.name, entries[1].network.internal), ("A, B", false));
        assert!(entries[1].place.ends_with("n.csv:3"), "{}", entries[1].place);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let told = |name, text| file(name, text).unwrap_err().to_string();
        let wrong = told("n.csv", "prefix,name\n10.0.0.0/8,a\n10.0.0.0/33,b\n");
        assert!(wrong.contains("n.csv:3: `10.0.0.0/33` has no length"), "{wrong}");
        let wrong = told("n.csv", "prefix,nmae\n10.0.0.0/8,a\n");
        assert!(wrong.contains("n.csv:2: unknown field `nmae`"), "{wrong}");
        let wrong = told("n.toml", "[[networks]]\nprefix = \"10.0.0.0/8\"\nname = \"a\"\nstie = \"x\"\n");
        assert!(wrong.contains("n.toml:4:1") && wrong.contains("did you mean `site`?"), "{wrong}");
        assert!(told("n.txt", "").contains("has to end in `.toml` or `.csv`"));
    }

    #[test]
    fn of_equal_prefixes_the_first_counts_and_the_pair_is_told() {
        let entries = file("n.csv", "prefix,name\n10.1.2.3/8,a\n10.0.0.0/8,b\n10.1.0.0/16,c\n").unwrap();
        let mut texts = Texts::default();
        let (networks, twice) = Networks::new(&entries, &mut texts);
        let name = |address: &str| {
            let address = bounds(&address.parse().unwrap()).0;
            networks
                .get(networks.find(address))
                .map(|network| texts.names().get(network.name).unwrap_or_default().to_owned())
        };
        assert_eq!(name("10.2.0.1").as_deref(), Some("a"));
        assert_eq!(name("10.1.0.1").as_deref(), Some("c"));
        assert_eq!(name("11.0.0.1"), None);
        let [twice] = twice.as_slice() else { panic!("{twice:?}") };
        let told = twice.to_string();
        assert!(told.contains("10.0.0.0/8 stands twice: `a` (") && told.contains("n.csv:3)"), "{told}");
    }

    #[test]
    fn every_private_prefix_is_one() {
        assert!(PRIVATE.iter().all(|text| text.parse::<Prefix>().is_ok()));
        let private = private();
        let is_private = |address: &str| private.find(bounds(&address.parse().unwrap()).0) != NONE;
        for address in ["10.0.0.1", "192.168.255.255", "255.255.255.255", "::1", "fd00::1", "ff02::1"] {
            assert!(is_private(address), "{address}");
        }
        for address in ["11.0.0.1", "172.32.0.0", "192.0.2.1", "223.255.255.255", "2001:db8::1", "::2"] {
            assert!(!is_private(address), "{address}");
        }
    }
}
