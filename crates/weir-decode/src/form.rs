//! How the bytes of a field become a JSON value.

use std::net::{Ipv4Addr, Ipv6Addr};

use weir_schema::element::ElementType;
use weir_wire::template::VARIABLE_LENGTH;

use crate::json;

/// The form of a value: numbers as numbers, addresses as text, everything whose meaning is not a number or a text as
/// hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Unsigned numbers, and times that are whole seconds or milliseconds.
    Unsigned,
    Signed,
    Float,
    Text,
    Ipv4,
    Ipv6,
    Mac,
    Hex,
}

impl Form {
    /// The form of an element of that type in that many bytes.
    pub(crate) fn of(element_type: ElementType, length: u16) -> Form {
        let number = length <= 8 || length == VARIABLE_LENGTH;
        match element_type {
            ElementType::Unsigned8
            | ElementType::Unsigned16
            | ElementType::Unsigned32
            | ElementType::Unsigned64
            | ElementType::Boolean
            | ElementType::DateTimeSeconds
            | ElementType::DateTimeMilliseconds
                if number =>
            {
                Form::Unsigned
            }
            ElementType::Signed8 | ElementType::Signed16 | ElementType::Signed32 | ElementType::Signed64
                if number =>
            {
                Form::Signed
            }
            ElementType::Float32 | ElementType::Float64 => Form::Float,
            ElementType::String => Form::Text,
            ElementType::Ipv4Address => Form::Ipv4,
            ElementType::Ipv6Address => Form::Ipv6,
            ElementType::MacAddress => Form::Mac,
            _ => Form::Hex,
        }
    }

    /// Appends the value. Bytes that do not fit the form are hexadecimal.
    pub(crate) fn write(self, out: &mut Vec<u8>, bytes: &[u8]) {
        match self {
            Form::Unsigned if matches!(bytes.len(), 1..=8) => json::push_unsigned(out, unsigned(bytes)),
            Form::Signed if matches!(bytes.len(), 1..=8) => {
                let unused = 64 - 8 * bytes.len() as u32;
                json::push_signed(out, ((unsigned(bytes) << unused) as i64) >> unused);
            }
            Form::Float => match (bytes.len(), bytes.first_chunk::<8>(), bytes.first_chunk::<4>()) {
                (8, Some(double), _) => push_float(out, f64::from_be_bytes(*double), bytes),
                (4, _, Some(single)) => {
                    let value = f32::from_be_bytes(*single);
                    if value.is_finite() {
                        out.extend_from_slice(value.to_string().as_bytes());
                    } else {
                        json::push_hex(out, bytes);
                    }
                }
                _ => json::push_hex(out, bytes),
            },
            Form::Text => json::push_text(out, without_padding(bytes)),
            Form::Ipv4 => match <[u8; 4]>::try_from(bytes) {
                Ok(octets) => json::push_ipv4(out, Ipv4Addr::from(octets)),
                Err(_) => json::push_hex(out, bytes),
            },
            Form::Ipv6 => match <[u8; 16]>::try_from(bytes) {
                Ok(octets) => json::push_ipv6(out, Ipv6Addr::from(octets)),
                Err(_) => json::push_hex(out, bytes),
            },
            Form::Mac => match <[u8; 6]>::try_from(bytes) {
                Ok(octets) => json::push_mac(out, octets),
                Err(_) => json::push_hex(out, bytes),
            },
            Form::Unsigned | Form::Signed | Form::Hex => json::push_hex(out, bytes),
        }
    }
}

/// JSON has no infinity and no NaN.
fn push_float(out: &mut Vec<u8>, value: f64, bytes: &[u8]) {
    if value.is_finite() {
        out.extend_from_slice(value.to_string().as_bytes());
    } else {
        json::push_hex(out, bytes);
    }
}

fn unsigned(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Text without the NULs that fill its field.
fn without_padding(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(element_type: ElementType, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        Form::of(element_type, bytes.len() as u16).write(&mut out, bytes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_type_has_its_form() {
        assert_eq!(written(ElementType::Unsigned64, &[0xff; 8]), "18446744073709551615");
        assert_eq!(written(ElementType::Unsigned32, &[1, 0]), "256");
        assert_eq!(written(ElementType::Signed32, &[0xff, 0xfe]), "-2");
        assert_eq!(written(ElementType::Unsigned64, &[1; 9]), "\"0x010101010101010101\"");
        assert_eq!(written(ElementType::Unsigned256, &[0; 4]), "\"0x00000000\"");
        assert_eq!(written(ElementType::DateTimeMilliseconds, &[0, 0, 1, 0]), "256");
        assert_eq!(written(ElementType::DateTimeMicroseconds, &[1; 8]), "\"0x0101010101010101\"");
        assert_eq!(written(ElementType::Float64, &1.5_f64.to_be_bytes()), "1.5");
        assert_eq!(written(ElementType::Float32, &f32::NAN.to_be_bytes()), "\"0x7fc00000\"");
        assert_eq!(written(ElementType::String, b"Lo0\0\0"), "\"Lo0\"");
        assert_eq!(written(ElementType::Ipv4Address, &[10, 0, 0, 1]), "\"10.0.0.1\"");
        assert_eq!(written(ElementType::Ipv4Address, &[0, 0]), "\"0x0000\"");
        assert_eq!(written(ElementType::SubTemplateMultiList, &[3]), "\"0x03\"");
    }
}
