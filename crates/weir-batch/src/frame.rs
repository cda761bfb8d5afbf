//! Records that carry a piece of a sampled packet: its headers fill what the template leaves open.

use weir_schema::Field;
use weir_wire::packet::{self, Headers};

use crate::builder::BatchBuilder;
use crate::compile::Entry;
use crate::format::be_uint;
use crate::records::{Place, Records};

/// Where records carry a packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameOp {
    place: Place,
    link: Link,
    /// dataLinkFrameSize: bytes of the whole frame.
    size: Option<Place>,
}

/// What the piece starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Ethernet,
    Ip,
}

impl FrameOp {
    /// The packet among a template's fields: dataLinkFrameSection (315), layer2packetSectionData (104) or
    /// ipHeaderPacketSection (313).
    pub(crate) fn among(entries: &[Entry]) -> Option<FrameOp> {
        let find = |element| {
            let is = |entry: &&Entry| {
                (entry.specifier.enterprise, entry.specifier.element) == (0, element)
                    && entry.place.length != 0
            };
            entries.iter().find(is).map(|entry| entry.place)
        };
        let (place, link) = find(315)
            .or_else(|| find(104))
            .map(|place| (place, Link::Ethernet))
            .or_else(|| find(313).map(|place| (place, Link::Ip)))?;
        Some(FrameOp { place, link, size: find(312) })
    }
}

impl BatchBuilder {
    /// Fills the cells of `count` rows that the template has left open from the packets in their records.
    pub(crate) fn append_frames<'a>(&mut self, frame: FrameOp, records: impl Records<'a>, count: usize) {
        let first = self.rows;
        for at in 0..count {
            let bytes = records.slice(at, frame.place);
            if bytes.is_empty() {
                continue;
            }
            // Cells are written to the row in hand.
            self.rows = first + at;
            let headers = match frame.link {
                Link::Ethernet => packet::ethernet(bytes),
                Link::Ip => packet::ip(bytes),
            };
            self.append_headers(&headers, false);
            let size = frame.size.map(|place| be_uint(records.slice(at, place)));
            self.cell(Field::Bytes, ip_length(bytes, frame.link, &headers).or(size));
            self.cell(Field::Packets, Some(1_u64));
        }
        self.rows = first;
    }
}

/// Bytes of the IP packet by its own header: what octetDeltaCount counts. `None` if it is no IP packet right behind
/// Ethernet and VLAN tags.
fn ip_length(bytes: &[u8], link: Link, headers: &Headers<'_>) -> Option<u64> {
    let tags = usize::from(headers.vlan.is_some()) + usize::from(headers.inner_vlan.is_some());
    let start = match link {
        Link::Ethernet => 14 + 4 * tags,
        Link::Ip => 0,
    };
    if link == Link::Ethernet && !matches!(headers.ethertype, Some(0x0800 | 0x86dd)) {
        return None;
    }
    let packet = bytes.get(start..)?;
    let length = |at: usize| packet.get(at..at + 2).map(be_uint);
    match packet.first()? >> 4 {
        4 => length(2),
        6 => length(4).map(|payload| payload + 40),
        _ => None,
    }
}
