//! IP fragments put together again: routers send templates and full data packets that do not fit the path.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use hashbrown::HashMap;
use weir_wire::packet::{Fragment, Network};

/// Packets that wait for the rest of their fragments; beyond, the oldest is given up.
const MAX_WAITING: usize = 64;
/// No IP packet is longer.
const LARGEST_PACKET: usize = 65_535;

/// What fragments of one packet have in common (RFC 791, section 3.2; RFC 8200, section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    identification: u32,
}

/// The fragments of one packet so far.
#[derive(Debug, Default)]
struct Pieces {
    /// By their offset in bytes.
    by_offset: BTreeMap<usize, Vec<u8>>,
    /// Length of the whole, once the last fragment has come.
    length: Option<usize>,
}

/// Fragments that wait for others. Bounded: [`MAX_WAITING`] packets of at most [`LARGEST_PACKET`] bytes.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    waiting: HashMap<Key, Pieces>,
    order: VecDeque<Key>,
    given_up: u64,
}

impl Fragments {
    /// Takes a fragment: its IP header and what stands behind it. The payload of the whole packet once all is there.
    pub(super) fn add(&mut self, network: &Network, fragment: Fragment, bytes: &[u8]) -> Option<Vec<u8>> {
        let identification = network.identification?;
        let key = Key { src: network.src, dst: network.dst, protocol: network.protocol, identification };
        let offset = usize::from(fragment.offset) * 8;
        if offset + bytes.len() > LARGEST_PACKET {
            return None;
        }
        if !self.waiting.contains_key(&key) {
            self.make_room();
            self.order.push_back(key);
        }
        let pieces = self.waiting.entry(key).or_default();
        // What came first stays: a fragment that is captured twice changes nothing.
        pieces.by_offset.entry(offset).or_insert_with(|| bytes.to_vec());
        if !fragment.more {
            pieces.length = Some(offset + bytes.len());
        }
        let whole = pieces.whole()?;
        self.waiting.remove(&key);
        self.order.retain(|known| *known != key);
        Some(whole)
    }

    /// Packets of which fragments are missing: those still waiting, and those given up.
    pub(super) fn incomplete(&self) -> u64 {
        self.given_up + self.waiting.len() as u64
    }

    fn make_room(&mut self) {
        if self.order.len() >= MAX_WAITING
            && let Some(oldest) = self.order.pop_front()
        {
            self.waiting.remove(&oldest);
            self.given_up += 1;
        }
    }
}

impl Pieces {
    /// The packet, if there is no hole left. Overlaps are cut.
    fn whole(&self) -> Option<Vec<u8>> {
        let length = self.length?;
        let mut whole = Vec::with_capacity(length);
        for (offset, bytes) in &self.by_offset {
            let known = whole.len().checked_sub(*offset)?;
            whole.extend(bytes.get(known..).unwrap_or_default());
        }
        whole.truncate(length);
        (whole.len() == length).then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(identification: u32) -> Network {
        Network {
            version: 4,
            src: IpAddr::from([192, 0, 2, 1]),
            dst: IpAddr::from([192, 0, 2, 2]),
            protocol: 17,
            tos: 0,
            ttl: 64,
            flow_label: 0,
            identification: Some(identification),
            fragment: None,
        }
    }

    fn piece(fragments: &mut Fragments, id: u32, offset: u16, more: bool, bytes: &[u8]) -> Option<Vec<u8>> {
        fragments.add(&network(id), Fragment { offset, more }, bytes)
    }

    #[test]
    fn fragments_in_any_order_and_twice_become_the_packet() {
        let mut fragments = Fragments::default();
        assert_eq!(piece(&mut fragments, 7, 2, false, b"end"), None);
        assert_eq!(piece(&mut fragments, 8, 0, true, b"other---"), None);
        assert_eq!(piece(&mut fragments, 7, 1, true, b"--middle"), None);
        assert_eq!(piece(&mut fragments, 7, 1, true, b"--middle"), None);
        assert_eq!(piece(&mut fragments, 7, 0, true, b"--start-").unwrap(), b"--start---middleend");
        assert_eq!(fragments.incomplete(), 1);
    }

    #[test]
    fn what_never_completes_takes_bounded_room() {
        let mut fragments = Fragments::default();
        for id in 0..1_000 {
            piece(&mut fragments, id, 0, true, &[0; 1_480]);
        }
        assert_eq!((fragments.waiting.len(), fragments.order.len()), (MAX_WAITING, MAX_WAITING));
        assert_eq!(fragments.incomplete(), 1_000);
        assert_eq!(piece(&mut fragments, 9_999, 8_190, false, &[0; 1_480]), None);
    }
}
