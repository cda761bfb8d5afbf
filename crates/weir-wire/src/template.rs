//! Templates of NetFlow v9 and IPFIX, and options templates of both.
//!
//! RFC 3954, sections 5.2 and 6.1; RFC 7011, sections 3.4.1, 3.4.2 and 8.1.

use crate::Malformed;
use crate::read::{u16_at, u32_at};

/// The length in a field specifier that means "each record says" (RFC 7011, section 7).
pub const VARIABLE_LENGTH: u16 = u16::MAX;

/// How long a value of variable length is, and how many bytes in front of it say so: one, or 255 and two more
/// (RFC 7011, section 7).
#[inline]
pub fn variable_length(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes.first()? {
        255 => u16_at(bytes, 1).map(|length| (usize::from(length), 3)),
        length => Some((usize::from(length), 1)),
    }
}

/// Data sets, and therefore templates, have ids from here on.
pub const FIRST_DATA_ID: u16 = 256;

/// How templates are laid out on the wire, and which numbers their fields carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// NetFlow v9: no enterprise numbers, no variable lengths.
    Netflow9,
    /// IPFIX.
    Ipfix,
}

/// One field of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldSpecifier {
    /// Private enterprise number; 0 for IANA's elements and for all of v9.
    pub enterprise: u32,
    /// Element number (v9: field type), without the enterprise bit.
    pub element: u16,
    /// Bytes of the field, or [`VARIABLE_LENGTH`] (IPFIX only).
    pub length: u16,
}

/// A template or options template as it stands on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Template<'a> {
    /// Its id. A withdrawal of all templates (RFC 7011, section 8.1) has 2 or 3 here.
    pub id: u16,
    /// Number of fields, scope fields included; 0 is a withdrawal.
    pub field_count: u16,
    /// How many of the first fields are scope: 0 for templates of flow records.
    pub scope_count: u16,
    dialect: Dialect,
    fields: &'a [u8],
}

impl<'a> Template<'a> {
    /// Its fields in order, scope fields first.
    pub fn fields(self) -> Fields<'a> {
        Fields { dialect: self.dialect, rest: self.fields }
    }

    /// Whether it takes back an earlier template.
    pub fn is_withdrawal(self) -> bool {
        self.field_count == 0
    }
}

/// Walks the field specifiers of a template.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    dialect: Dialect,
    rest: &'a [u8],
}

impl Iterator for Fields<'_> {
    type Item = FieldSpecifier;

    fn next(&mut self) -> Option<FieldSpecifier> {
        let (field, used) = specifier(self.rest, 0, self.dialect)?;
        self.rest = self.rest.get(used..)?;
        Some(field)
    }
}

/// Reads a field specifier and tells how many bytes it took.
fn specifier(bytes: &[u8], at: usize, dialect: Dialect) -> Option<(FieldSpecifier, usize)> {
    let element = u16_at(bytes, at)?;
    let length = u16_at(bytes, at + 2)?;
    if dialect == Dialect::Ipfix && element & 0x8000 != 0 {
        let enterprise = u32_at(bytes, at + 4)?;
        return Some((FieldSpecifier { enterprise, element: element & 0x7fff, length }, 8));
    }
    Some((FieldSpecifier { enterprise: 0, element, length }, 4))
}

/// Walks the templates of a set. A bad one ends the walk: where the next one starts is then unknown.
#[derive(Debug, Clone)]
pub struct Templates<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    options: bool,
}

impl<'a> Templates<'a> {
    /// Walks the body of a template set, or of an options template set.
    pub fn new(body: &'a [u8], dialect: Dialect, options: bool) -> Self {
        Templates { bytes: body, at: 0, dialect, options }
    }

    fn fail(&mut self, reason: &'static str) -> Malformed {
        let offset = self.at;
        self.at = self.bytes.len();
        Malformed::new("template", reason, offset)
    }

    /// Field count, scope count and header length of the template at the current place.
    fn counts(&self) -> Option<(u16, u16, usize)> {
        let first = u16_at(self.bytes, self.at + 2)?;
        Some(match (self.dialect, self.options) {
            (_, false) => (first, 0, 4),
            // RFC 3954, section 6.1: lengths in bytes, not counts.
            (Dialect::Netflow9, true) => {
                let options = u16_at(self.bytes, self.at + 4)?;
                ((first / 4).saturating_add(options / 4), first / 4, 6)
            }
            // A withdrawal has no scope count (RFC 7011, section 8.1, figure W).
            (Dialect::Ipfix, true) if first == 0 => (0, 0, 4),
            (Dialect::Ipfix, true) => (first, u16_at(self.bytes, self.at + 4)?, 6),
        })
    }
}

impl<'a> Iterator for Templates<'a> {
    type Item = Result<Template<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.len() < 4 || rest.iter().all(|byte| *byte == 0) {
            return None;
        }
        let (Some(id), Some((field_count, scope_count, header))) = (u16_at(rest, 0), self.counts()) else {
            return Some(Err(self.fail("template_truncated")));
        };
        let withdraws_all = self.dialect == Dialect::Ipfix && field_count == 0 && matches!(id, 2 | 3);
        if id < FIRST_DATA_ID && !withdraws_all {
            return Some(Err(self.fail("template_id_reserved")));
        }
        if field_count == 0 && self.dialect == Dialect::Netflow9 {
            return Some(Err(self.fail("template_without_fields")));
        }
        if scope_count > field_count {
            return Some(Err(self.fail("template_scope_too_large")));
        }
        let start = self.at + header;
        let mut end = start;
        for _ in 0..field_count {
            match specifier(self.bytes, end, self.dialect) {
                Some((_, used)) => end += used,
                None => return Some(Err(self.fail("template_truncated"))),
            }
        }
        let fields = self.bytes.get(start..end).unwrap_or_default();
        self.at = end;
        Some(Ok(Template { id, field_count, scope_count, dialect: self.dialect, fields }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(body: &[u8], dialect: Dialect, options: bool) -> Result<Template<'_>, &'static str> {
        Templates::new(body, dialect, options).next().unwrap().map_err(|malformed| malformed.reason)
    }

    #[test]
    fn reads_enterprise_fields_of_ipfix_only() {
        let body = [1, 0, 0, 2, 0x80, 7, 0, 4, 0, 0, 0x1a, 0xd7, 0, 8, 0, 4];
        let fields: Vec<_> = first(&body, Dialect::Ipfix, false).unwrap().fields().collect();
        assert_eq!(fields[0], FieldSpecifier { enterprise: 6871, element: 7, length: 4 });
        assert_eq!(fields[1], FieldSpecifier { enterprise: 0, element: 8, length: 4 });

        let body = [1, 0, 0, 1, 0x80, 0xea, 0, 2];
        let fields: Vec<_> = first(&body, Dialect::Netflow9, false).unwrap().fields().collect();
        assert_eq!(fields, [FieldSpecifier { enterprise: 0, element: 33002, length: 2 }]);
    }

    #[test]
    fn reads_options_templates_of_both() {
        let body = [1, 0, 0, 4, 0, 8, 0, 1, 0, 4, 0, 48, 0, 1, 0, 50, 0, 4, 0, 0];
        let template = first(&body, Dialect::Netflow9, true).unwrap();
        assert_eq!((template.scope_count, template.field_count), (1, 3));
        let body = [1, 0, 0, 2, 0, 1, 0, 149, 0, 4, 0, 34, 0, 4];
        let template = first(&body, Dialect::Ipfix, true).unwrap();
        assert_eq!((template.scope_count, template.fields().count()), (1, 2));
    }

    #[test]
    fn knows_withdrawals() {
        assert!(first(&[1, 0, 0, 0], Dialect::Ipfix, false).unwrap().is_withdrawal());
        assert_eq!(first(&[0, 2, 0, 0], Dialect::Ipfix, false).unwrap().id, 2);
        assert_eq!(first(&[1, 0, 0, 0], Dialect::Netflow9, false).unwrap_err(), "template_without_fields");
    }

    #[test]
    fn a_count_beyond_the_bytes_is_malformed() {
        assert_eq!(
            first(&[1, 0, 0xff, 0xff, 0, 8, 0, 4], Dialect::Ipfix, false).unwrap_err(),
            "template_truncated"
        );
        assert_eq!(
            first(&[0, 9, 0, 1, 0, 8, 0, 4], Dialect::Netflow9, false).unwrap_err(),
            "template_id_reserved"
        );
    }
}
