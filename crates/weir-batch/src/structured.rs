//! Lists inside records (RFC 6313) as compact JSON: by element names, of bounded depth and length.
//!
//! ```text
//! basicList             {"semantic":"allOf","interfaceName":["eth0","eth1"]}
//! subTemplateList       {"semantic":"allOf","template":257,"records":[{"sourceIPv4Address":"10.0.0.1"}]}
//! subTemplateMultiList  {"lists":[{"template":257,"records":[..]},{"template":258,"records":[..]}]}
//! ```
//!
//! What cannot be read (an unknown template, a list that runs over its end, one nested too deep) is written in
//! hexadecimal digits. `"truncated":true` stands where the text became too long.

use std::fmt::Write;

use weir_schema::element::{self, ElementType};
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH, variable_length};

use crate::compile::{Entry, name_of, place_fields};
use crate::format::{Format, push_hex};
use crate::origin::FindTemplate;
use crate::records::Records;

/// Which of the three types of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Values of one element.
    Basic,
    /// Records of one template.
    SubTemplate,
    /// Records of several templates.
    SubTemplateMulti,
}

/// Lists in lists in lists: deeper ones stay hexadecimal.
const MOST_DEEP: usize = 4;
/// Bytes of text after which a list is cut.
const LONGEST: usize = 16 << 10;

impl List {
    /// The list that an element's type stands for.
    pub(crate) fn of(element_type: Option<ElementType>) -> Option<List> {
        match element_type? {
            ElementType::BasicList => Some(List::Basic),
            ElementType::SubTemplateList => Some(List::SubTemplate),
            ElementType::SubTemplateMultiList => Some(List::SubTemplateMulti),
            _ => None,
        }
    }

    /// Appends a list; nothing for one of no bytes.
    pub(crate) fn write(self, out: &mut String, bytes: &[u8], templates: Option<&dyn FindTemplate>) {
        if bytes.is_empty() {
            return;
        }
        let start = out.len();
        let mut json = Json { out, limit: start + LONGEST, templates };
        if json.list(self, bytes, 0).is_none() {
            out.truncate(start);
            push_hex(out, bytes);
        }
    }
}

/// Text that is being written.
struct Json<'o, 't> {
    out: &'o mut String,
    /// Length at which no more is added.
    limit: usize,
    templates: Option<&'t dyn FindTemplate>,
}

impl Json<'_, '_> {
    /// Writes a list; `None` if it cannot be read.
    fn list(&mut self, list: List, bytes: &[u8], depth: usize) -> Option<()> {
        let (semantic, content) = bytes.split_first()?;
        if depth >= MOST_DEEP {
            return None;
        }
        self.out.push('{');
        if let Some(semantic) = semantic_name(*semantic) {
            let _ = write!(self.out, "\"semantic\":\"{semantic}\",");
        }
        match list {
            List::Basic => self.basic(content, depth)?,
            List::SubTemplate => {
                let (id, records) = content.split_first_chunk()?;
                self.records(u16::from_be_bytes(*id), records, depth)?;
            }
            List::SubTemplateMulti => self.lists(content, depth)?,
        }
        self.out.push('}');
        Some(())
    }

    /// RFC 6313, section 4.5.1.
    fn basic(&mut self, content: &[u8], depth: usize) -> Option<()> {
        let (head, mut values) = content.split_first_chunk::<4>()?;
        let [id_high, id_low, length_high, length_low] = *head;
        let (id, length) =
            (u16::from_be_bytes([id_high, id_low]), u16::from_be_bytes([length_high, length_low]));
        let mut enterprise = 0;
        if id & 0x8000 != 0 {
            let (number, rest) = values.split_first_chunk()?;
            (enterprise, values) = (u32::from_be_bytes(*number), rest);
        }
        let specifier = FieldSpecifier { enterprise, element: id & 0x7fff, length };
        let known = element::lookup(specifier.enterprise, specifier.element);
        self.string(&name_of(Dialect::Ipfix, specifier, known));
        self.out.push_str(":[");
        let mut first = true;
        while !values.is_empty() {
            let (value, rest) = if length == VARIABLE_LENGTH {
                split_variable(values)?
            } else {
                values.split_at_checked(usize::from(length)).filter(|_| length != 0)?
            };
            values = rest;
            if self.out.len() >= self.limit {
                self.out.push_str("],\"truncated\":true");
                return Some(());
            }
            self.comma(&mut first);
            self.value(known.map(|known| known.element_type), length, value, depth);
        }
        self.out.push(']');
        Some(())
    }

    /// RFC 6313, section 4.5.3.
    fn lists(&mut self, mut content: &[u8], depth: usize) -> Option<()> {
        self.out.push_str("\"lists\":[");
        let mut first = true;
        while !content.is_empty() {
            let (head, _) = content.split_first_chunk::<4>()?;
            let [id_high, id_low, length_high, length_low] = *head;
            // The length counts this header too.
            let length = usize::from(u16::from_be_bytes([length_high, length_low]));
            let (list, rest) = content.split_at_checked(length)?;
            let records = list.get(4..)?;
            content = rest;
            if self.out.len() >= self.limit {
                self.out.push_str("],\"truncated\":true");
                return Some(());
            }
            self.comma(&mut first);
            let start = self.out.len();
            self.out.push('{');
            if self.records(u16::from_be_bytes([id_high, id_low]), records, depth).is_some() {
                self.out.push('}');
            } else {
                self.out.truncate(start);
                self.hex(list);
            }
        }
        self.out.push(']');
        Some(())
    }

    /// The records of one template.
    fn records(&mut self, id: u16, bytes: &[u8], depth: usize) -> Option<()> {
        let fields = self.templates?.fields(id)?;
        let (entries, layout) = place_fields(Dialect::Ipfix, fields.iter().copied());
        if entries.is_empty() || layout.shortest() == 0 {
            return None;
        }
        let mut bases = Vec::new();
        let walk = layout.locate(bytes, &mut bases);
        if walk.problem.is_some() {
            return None;
        }
        let _ = write!(self.out, "\"template\":{id},\"records\":[");
        let mut first = true;
        for row in 0..walk.records.count() {
            if self.out.len() >= self.limit {
                self.out.push_str("],\"truncated\":true");
                return Some(());
            }
            self.comma(&mut first);
            self.record(&entries, |entry| walk.records.slice(row, entry.place), depth);
        }
        self.out.push(']');
        Some(())
    }

    fn record<'a>(&mut self, entries: &[Entry], bytes: impl Fn(&Entry) -> &'a [u8], depth: usize) {
        self.out.push('{');
        let mut first = true;
        for (at, entry) in entries.iter().enumerate() {
            let (value, specifier) = (bytes(entry), entry.specifier);
            let is_padding = (specifier.enterprise, specifier.element) == (0, 210);
            if value.is_empty() || is_padding || self.out.len() >= self.limit {
                continue;
            }
            self.comma(&mut first);
            let mut name = name_of(Dialect::Ipfix, specifier, entry.known);
            let before = entries.get(..at).unwrap_or_default();
            let same = before.iter().filter(|other| {
                (other.specifier.enterprise, other.specifier.element)
                    == (specifier.enterprise, specifier.element)
            });
            match same.count() {
                0 => {}
                same => name = format!("{name}#{}", same + 1),
            }
            self.string(&name);
            self.out.push(':');
            self.value(entry.known.map(|known| known.element_type), specifier.length, value, depth);
        }
        self.out.push('}');
    }

    fn value(&mut self, element_type: Option<ElementType>, length: u16, bytes: &[u8], depth: usize) {
        if let Some(list) = List::of(element_type) {
            let start = self.out.len();
            if self.list(list, bytes, depth + 1).is_none() {
                self.out.truncate(start);
                self.hex(bytes);
            }
            return;
        }
        let format = Format::of(element_type, length);
        let mut text = String::new();
        format.write(&mut text, bytes);
        let bare = match format {
            Format::Unsigned | Format::Signed => bytes.len() <= 8,
            Format::Float => text.parse::<f64>().is_ok_and(f64::is_finite),
            Format::Boolean => true,
            _ => false,
        };
        if bare && !text.is_empty() {
            self.out.push_str(&text);
        } else {
            self.string(&text);
        }
    }

    fn comma(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(',');
        }
    }

    fn hex(&mut self, bytes: &[u8]) {
        self.out.push('"');
        push_hex(self.out, bytes);
        self.out.push('"');
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.out.extend(['\\', character]),
                '\n' => self.out.push_str("\\n"),
                control if control < ' ' => {
                    let _ = write!(self.out, "\\u{:04x}", u32::from(control));
                }
                other => self.out.push(other),
            }
        }
        self.out.push('"');
    }
}

/// RFC 6313, section 4.4; nothing for "undefined".
fn semantic_name(semantic: u8) -> Option<&'static str> {
    Some(match semantic {
        0 => "noneOf",
        1 => "exactlyOneOf",
        2 => "oneOrMoreOf",
        3 => "allOf",
        4 => "ordered",
        _ => return None,
    })
}

/// A value of variable length and what follows it.
fn split_variable(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, told_by) = variable_length(bytes)?;
    bytes.get(told_by..)?.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Template 256: an address and a name; 257: a list of 256.
    #[derive(Debug)]
    struct Templates;

    const ADDRESS_AND_NAME: [FieldSpecifier; 2] = [
        FieldSpecifier { enterprise: 0, element: 8, length: 4 },
        FieldSpecifier { enterprise: 0, element: 82, length: VARIABLE_LENGTH },
    ];
    const LIST: [FieldSpecifier; 1] =
        [FieldSpecifier { enterprise: 0, element: 292, length: VARIABLE_LENGTH }];

    impl FindTemplate for Templates {
        fn fields(&self, id: u16) -> Option<&[FieldSpecifier]> {
            match id {
                256 => Some(&ADDRESS_AND_NAME),
                257 => Some(&LIST),
                _ => None,
            }
        }
    }

    fn written(list: List, bytes: &[u8]) -> String {
        let mut out = String::new();
        list.write(&mut out, bytes, Some(&Templates));
        out
    }

    #[test]
    fn writes_each_kind_of_list() {
        let basic = [3, 0, 82, 255, 255, 2, b'e', b'0', 3, b'a', b'"', b'b'];
        assert_eq!(written(List::Basic, &basic), r#"{"semantic":"allOf","interfaceName":["e0","a\"b"]}"#);
        let fixed = [255, 0, 7, 0, 2, 0, 80, 1, 187];
        assert_eq!(written(List::Basic, &fixed), r#"{"sourceTransportPort":[80,443]}"#);
        let own = [255, 0x80, 1, 0, 1, 0, 0, 0x30, 0x39, 7];
        assert_eq!(written(List::Basic, &own), r#"{"12345/1":["0x07"]}"#);
        let records = [255, 1, 0, 10, 0, 0, 1, 1, b'x', 10, 0, 0, 2, 0];
        let expected = r#"{"template":256,"records":[{"sourceIPv4Address":"10.0.0.1","interfaceName":"x"},{"sourceIPv4Address":"10.0.0.2"}]}"#;
        assert_eq!(written(List::SubTemplate, &records), expected);
        let multi = [4, 1, 0, 0, 10, 10, 0, 0, 1, 1, b'x', 3, 0, 0, 5, 9];
        assert_eq!(
            written(List::SubTemplateMulti, &multi),
            r#"{"semantic":"ordered","lists":[{"template":256,"records":[{"sourceIPv4Address":"10.0.0.1","interfaceName":"x"}]},"0x0300000509"]}"#
        );
    }

    #[test]
    fn what_cannot_be_read_stays_hexadecimal() {
        assert_eq!(written(List::SubTemplate, &[255, 9, 9, 1]), "0xff090901");
        assert_eq!(written(List::Basic, &[255, 0, 82, 255, 255, 9, b'e']), "0xff0052ffff0965");
        assert_eq!(written(List::Basic, &[255, 0, 82, 0, 0, 9]), "0xff0052000009");
        assert_eq!(written(List::SubTemplateMulti, &[255, 1, 0, 0, 2]), "0xff01000002");
        assert_eq!(written(List::Basic, &[]), "");
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let mut nested = vec![255, 1, 1];
        for _ in 0..10 {
            let inner = nested.clone();
            nested = vec![255, 1, 1, inner.len() as u8];
            nested.extend(inner);
        }
        let text = written(List::SubTemplate, &nested);
        assert_eq!(text.matches("\"template\":257").count(), MOST_DEEP);
        let mut long = vec![255, 0, 82, 255, 255];
        (0..20_000).for_each(|_| long.extend([1, b'x']));
        let text = written(List::Basic, &long);
        assert!(text.len() < LONGEST + 100 && text.ends_with("],\"truncated\":true}"));
    }
}
