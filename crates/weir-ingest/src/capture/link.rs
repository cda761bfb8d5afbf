//! From a captured frame to the headers in it.

use pcap_parser::Linktype;
use weir_wire::packet::{self, Headers};

/// Link types: tcpdump.org/linktypes.html.
pub(super) fn read(link: Linktype, bytes: &[u8]) -> Headers<'_> {
    let ethertype = |at: usize, payload: usize| {
        let ethertype = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u16::from_be_bytes);
        match ethertype {
            Some(ethertype) => packet::by_ethertype(ethertype, bytes.get(payload..).unwrap_or_default()),
            None => Headers::default(),
        }
    };
    match link {
        Linktype::ETHERNET => packet::ethernet(bytes),
        // 12 and 14 are what some BSDs write for raw IP.
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => packet::ip(bytes),
        // Four bytes of address family, in the byte order of whoever captured.
        Linktype::NULL | Linktype::LOOP => packet::ip(bytes.get(4..).unwrap_or_default()),
        Linktype::LINUX_SLL => ethertype(14, 16),
        Linktype::LINUX_SLL2 => ethertype(0, 20),
        _ => Headers::default(),
    }
}
