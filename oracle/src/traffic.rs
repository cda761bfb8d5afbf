//! Bytes to decode: what the generator's exporters send, and captures.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use weir_generate::{Exporter, Flow, Site, SiteConfig, encode};
use weir_ingest::capture::{Capture, Captured};

/// When the generated datagrams are sent.
pub const NOW_NS: i64 = 1_750_000_000_000_000_000;

/// Where generated datagrams come from.
pub fn source() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5000))
}

/// Flows of a site.
///
/// # Panics
///
/// If the generator's own defaults are refused.
pub fn flows(count: usize) -> Vec<Flow> {
    let mut site = Site::new(SiteConfig::default()).expect("the defaults make a site");
    site.flows(NOW_NS).take(count).collect()
}

/// The same flows as datagrams of each protocol that the peers read.
pub fn generated(count: usize) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    encoded(&flows(count))
}

/// The same, of IPv4 only: datagrams of one full set each, where those of both families have many small ones.
pub fn generated_ipv4(count: usize) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let mut flows = flows(2 * count);
    flows.retain(|flow| !flow.is_ipv6());
    flows.truncate(count);
    encoded(&flows)
}

/// Records of sixty fields with texts of variable length.
pub fn generated_avc(count: usize) -> Vec<Vec<u8>> {
    let mut flows = flows(2 * count);
    flows.retain(|flow| !flow.is_ipv6());
    flows.truncate(count);
    encode::avc::datagrams(&flows, exporter(), NOW_NS)
}

fn exporter() -> Exporter {
    Exporter { sampling: 100, ..Exporter::new(7, NOW_NS - 3_600_000_000_000) }
}

fn encoded(flows: &[Flow]) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    vec![
        ("netflow5", encode::v5::datagrams(flows, exporter(), NOW_NS)),
        ("netflow9", encode::v9::datagrams(flows, exporter(), NOW_NS)),
        ("ipfix", encode::ipfix::datagrams(flows, exporter(), NOW_NS)),
    ]
}

/// The catalogue's cases under `WEIR_SHARED`: the files of each, by case.
///
/// # Panics
///
/// If the catalogue cannot be read.
pub fn cases() -> Option<Vec<(String, Vec<PathBuf>)>> {
    let captures = PathBuf::from(std::env::var_os("WEIR_SHARED")?).join("captures");
    let lines = std::fs::read_to_string(captures.join("expected.jsonl")).expect("a catalogue");
    let mut cases: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for line in lines.lines() {
        let expected: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| expected[key].as_str().unwrap_or_default().to_owned();
        let (case, file) = (text("case"), captures.join(text("file")));
        match cases.last_mut() {
            Some((last, files)) if *last == case => files.push(file),
            _ => cases.push((case, vec![file])),
        }
    }
    Some(cases)
}

/// The datagrams of a file, as far as it can be read.
pub fn datagrams(file: &Path) -> Vec<Captured> {
    Capture::open(file, NOW_NS).into_iter().flatten().map_while(Result::ok).collect()
}
