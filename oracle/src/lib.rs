//! Weir against other decoders: the same bytes, the same values.
//!
//! `cargo test` compares, `cargo run --release` measures. Both peers are asked for what they document: templates by
//! exporter and domain, one datagram at a time.

pub mod netflow_parser_peer;
pub mod netgauze_peer;
pub mod traffic;

use std::collections::HashMap;
use std::net::SocketAddr;

/// A value as a peer has it, as far as it can be compared.
#[derive(Debug, Clone, PartialEq)]
pub enum PeerValue {
    /// The bytes on the wire.
    Bytes(Vec<u8>),
    /// JSON, where the peer gives a number, an address or a text its usual form.
    Json(serde_json::Value),
}

/// A record: its values in wire order, scope fields first.
pub type PeerRecord = Vec<PeerValue>;

/// A decoder that keeps the templates of one exporter's domain.
pub trait Peer: Default {
    /// The peer's name.
    const NAME: &'static str;
    /// The data and options records of a datagram in wire order, or why it could not be read.
    fn records(&mut self, datagram: &[u8]) -> Result<Vec<PeerRecord>, String>;
    /// Decodes as the peer's users do and tells how many records there were.
    fn count(&mut self, datagram: &[u8]) -> usize;
}

/// A peer for each exporter's domain and protocol.
#[derive(Debug)]
pub struct Scoped<P>(HashMap<(SocketAddr, u16, u32), P>);

impl<P> Default for Scoped<P> {
    fn default() -> Self {
        Scoped(HashMap::new())
    }
}

impl<P: Peer> Scoped<P> {
    /// The peer that a datagram belongs to.
    pub fn of(&mut self, source: SocketAddr, datagram: &[u8]) -> &mut P {
        let u16_at = |at: usize| datagram.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
        let version = u16_at(0);
        let domain_at = match version {
            9 => 16,
            10 => 12,
            _ => usize::MAX - 4,
        };
        let domain = u32::from(u16_at(domain_at)) << 16 | u32::from(u16_at(domain_at + 2));
        self.0.entry((source, version, domain)).or_default()
    }
}
