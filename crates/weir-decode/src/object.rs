//! A JSON object that is written field by field, and never loses a field whose name was there before.

use std::net::IpAddr;
use std::ops::Range;

use crate::json;

/// The object in hand.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    /// The names so far, and where their values stand.
    written: Vec<(&'static str, Range<usize>)>,
    /// How many of them other records told.
    of_others: usize,
}

impl<'a> Object<'a> {
    pub(crate) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Object { out, written: Vec::with_capacity(48), of_others: 0 }
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }

    /// The fields from here on are those of one more record.
    pub(crate) fn next_record(&mut self) {
        self.of_others = self.written.len();
    }

    /// Adds a field. The same name with the same value as in another record is not written again, with another value it
    /// gets a number: records of one sample may tell the same twice, or contradict each other.
    fn field(&mut self, name: &'static str, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.out.len();
        let times = 1 + self.written.iter().filter(|(known, _)| *known == name).count();
        let comma: &[u8] = if self.written.is_empty() { b"\"" } else { b",\"" };
        self.out.extend_from_slice(comma);
        self.out.extend_from_slice(name.as_bytes());
        if times > 1 {
            self.out.push(b'#');
            json::push_unsigned(self.out, times as u64);
        }
        self.out.extend_from_slice(b"\":");
        let value = self.out.len();
        write(self.out);
        let value = value..self.out.len();
        if times > 1 && self.has(name, &value) {
            self.out.truncate(start);
            return;
        }
        self.written.push((name, value));
    }

    fn has(&self, name: &str, value: &Range<usize>) -> bool {
        let same = |other: &Range<usize>| self.out.get(other.clone()) == self.out.get(value.clone());
        let mut others = self.written.iter().take(self.of_others);
        others.any(|(known, other)| *known == name && same(other))
    }

    pub(crate) fn number(&mut self, name: &'static str, value: impl Into<u64>) {
        let value = value.into();
        self.field(name, |out| json::push_unsigned(out, value));
    }

    pub(crate) fn float(&mut self, name: &'static str, value: f32) {
        self.field(name, |out| {
            if value.is_finite() {
                out.extend_from_slice(value.to_string().as_bytes());
            } else {
                json::push_hex(out, &value.to_be_bytes());
            }
        });
    }

    pub(crate) fn text(&mut self, name: &'static str, value: &[u8]) {
        self.field(name, |out| json::push_text(out, value));
    }

    pub(crate) fn hex(&mut self, name: &'static str, value: &[u8]) {
        self.field(name, |out| json::push_hex(out, value));
    }

    pub(crate) fn mac(&mut self, name: &'static str, value: [u8; 6]) {
        self.field(name, |out| json::push_mac(out, value));
    }

    /// An address under one name for both families.
    pub(crate) fn address(&mut self, name: &'static str, value: IpAddr) {
        self.field(name, |out| match value {
            IpAddr::V4(address) => json::push_ipv4(out, address),
            IpAddr::V6(address) => json::push_ipv6(out, address),
        });
    }

    /// An address under the name of its family: that of IPv4 first.
    pub(crate) fn of_family(&mut self, names: [&'static str; 2], value: IpAddr) {
        self.address(names[usize::from(value.is_ipv6())], value);
    }

    /// A record whose structure is not known, under its enterprise and format.
    pub(crate) fn unknown(&mut self, format: u32, body: &[u8]) {
        let comma: &[u8] = if self.written.is_empty() { b"" } else { b"," };
        self.out.extend_from_slice(comma);
        let name = format!("sflow:{}/{}", format >> 12, format & 0xfff);
        let times = 1 + self.written.iter().filter(|(known, _)| *known == UNKNOWN).count();
        let name = if times > 1 { format!("{name}#{times}") } else { name };
        json::push_text(self.out, name.as_bytes());
        self.out.push(b':');
        json::push_hex(self.out, body);
        self.written.push((UNKNOWN, 0..0));
    }
}

/// Stands for all records whose structure is not known.
const UNKNOWN: &str = "";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_same_once_and_contradictions_twice() {
        let mut out = Vec::new();
        let mut object = Object::open(&mut out);
        object.number("a", 1_u32);
        object.next_record();
        object.number("a", 1_u32);
        object.number("b", 2_u32);
        object.number("a", 3_u32);
        object.unknown(0x0000_1401, &[1]);
        object.close();
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"a":1,"b":2,"a#2":3,"sflow:1/1025":"0x01"}"#);
    }

    #[test]
    fn what_a_record_lists_is_written_each_time() {
        let mut out = Vec::new();
        let mut object = Object::open(&mut out);
        object.next_record();
        object.number("lane", 1_u32);
        object.number("power", 7_u32);
        object.number("lane", 2_u32);
        object.number("power", 7_u32);
        object.close();
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"lane":1,"power":7,"lane#2":2,"power#2":7}"#);
    }
}
