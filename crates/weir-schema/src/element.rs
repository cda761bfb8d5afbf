//! Information elements: IANA's registry, NetFlow v9's own numbers, and vendors' elements.

use crate::generated::elements::{ELEMENTS, VENDORS};

/// Stands for "a NetFlow v9 field type that is not IANA's": no enterprise has this number.
pub const V9: u32 = u32::MAX;

/// Stands for "a field that only NetFlow v7 has": no enterprise has this number either.
pub const NETFLOW7: u32 = u32::MAX - 1;

/// Fields that only NetFlow v7 has: which other fields are not set.
static NETFLOW7_FLAGS: [Element; 2] = [
    Element { enterprise: NETFLOW7, id: 65_001, name: "v7:flags", element_type: ElementType::Unsigned8 },
    Element { enterprise: NETFLOW7, id: 65_002, name: "v7:flags2", element_type: ElementType::Unsigned16 },
];

/// Enterprise number of CERT, whose reverse elements have [`CERT_REVERSE`] set in their number.
pub const CERT: u32 = 6871;
/// The bit that makes an element of CERT's its reverse.
pub const CERT_REVERSE: u16 = 0x4000;

/// Enterprise number of reverse elements (RFC 5103): same id as the IANA element, other direction.
pub const REVERSE: u32 = 29305;

/// Abstract data type of an element (RFC 7011 section 6.1, RFC 6313).
#[expect(missing_docs, reason = "the names are RFC 7011's own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementType {
    Unsigned8,
    Unsigned16,
    Unsigned32,
    Unsigned64,
    Unsigned256,
    Signed8,
    Signed16,
    Signed32,
    Signed64,
    Float32,
    Float64,
    Boolean,
    MacAddress,
    OctetArray,
    String,
    DateTimeSeconds,
    DateTimeMilliseconds,
    DateTimeMicroseconds,
    DateTimeNanoseconds,
    Ipv4Address,
    Ipv6Address,
    BasicList,
    SubTemplateList,
    SubTemplateMultiList,
}

/// A known information element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Private enterprise number; 0 is IANA, [`V9`] is NetFlow v9.
    pub enterprise: u32,
    /// Number within the enterprise.
    pub id: u16,
    /// Its registered name.
    pub name: &'static str,
    /// How its bytes are to be read.
    pub element_type: ElementType,
}

/// The element that another one is the reverse of: its bytes are the same, its direction is the other (RFC 5103, and
/// CERT's own).
pub fn lookup_forward(enterprise: u32, id: u16) -> Option<&'static Element> {
    match enterprise {
        REVERSE => lookup(0, id),
        CERT if id & CERT_REVERSE != 0 => lookup(CERT, id & !CERT_REVERSE),
        _ => None,
    }
}

/// Looks up an element. For NetFlow v9 field types ask [`lookup_v9`].
pub fn lookup(enterprise: u32, id: u16) -> Option<&'static Element> {
    if enterprise == NETFLOW7 {
        return NETFLOW7_FLAGS.iter().find(|element| element.id == id);
    }
    ELEMENTS
        .binary_search_by_key(&(enterprise, id), |element| (element.enterprise, element.id))
        .ok()
        .and_then(|found| ELEMENTS.get(found))
}

/// Looks up a NetFlow v9 field type: v9's own meaning first, then IANA's element of the same number.
pub fn lookup_v9(id: u16) -> Option<&'static Element> {
    lookup(V9, id).or_else(|| lookup(0, id))
}

/// The short name of an enterprise, where one is known.
pub fn vendor(enterprise: u32) -> Option<&'static str> {
    VENDORS.binary_search_by_key(&enterprise, |vendor| vendor.0).ok().map(|found| VENDORS[found].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_iana_and_vendor_elements() {
        assert_eq!(
            lookup(0, 8).map(|e| (e.name, e.element_type)),
            Some(("sourceIPv4Address", ElementType::Ipv4Address))
        );
        assert_eq!(lookup(6871, 179).map(|e| e.name), Some("dnsQName"));
        assert_eq!(lookup(0, 0), None);
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(
            ELEMENTS
                .windows(2)
                .all(|pair| (pair[0].enterprise, pair[0].id) < (pair[1].enterprise, pair[1].id))
        );
    }
}
