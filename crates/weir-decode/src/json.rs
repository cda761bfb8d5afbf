//! JSON text, piece by piece, without a tree in between.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Appends a number.
pub(crate) fn push_unsigned(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a number that may be negative.
pub(crate) fn push_signed(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    push_unsigned(out, value.unsigned_abs());
}

/// Appends bytes as `"0x…"`.
pub(crate) fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(b"\"0x");
    for byte in bytes {
        push_hex_digits(out, *byte);
    }
    out.push(b'"');
}

/// Appends six bytes as `"aa:bb:cc:dd:ee:ff"`.
pub(crate) fn push_mac(out: &mut Vec<u8>, octets: [u8; 6]) {
    out.push(b'"');
    for (place, octet) in octets.into_iter().enumerate() {
        if place > 0 {
            out.push(b':');
        }
        push_hex_digits(out, octet);
    }
    out.push(b'"');
}

/// Appends a dotted address.
pub(crate) fn push_ipv4(out: &mut Vec<u8>, address: Ipv4Addr) {
    out.push(b'"');
    for (place, octet) in address.octets().into_iter().enumerate() {
        if place > 0 {
            out.push(b'.');
        }
        push_unsigned(out, u64::from(octet));
    }
    out.push(b'"');
}

/// Appends an address as RFC 5952, section 4 says, always in hexadecimal: what stands on the wire as IPv6 is shown as
/// IPv6, IPv4-mapped addresses too.
pub(crate) fn push_ipv6(out: &mut Vec<u8>, address: Ipv6Addr) {
    let groups = address.segments();
    let zeros = longest_zeros(groups);
    out.push(b'"');
    let mut at = 0;
    while let Some(group) = groups.get(at) {
        if at == zeros.start && !zeros.is_empty() {
            out.extend_from_slice(b"::");
            at = zeros.end;
            continue;
        }
        if at > 0 && at != zeros.end {
            out.push(b':');
        }
        push_group(out, *group);
        at += 1;
    }
    out.push(b'"');
}

/// The first of the longest runs of at least two zero groups; empty at the end where there is none.
fn longest_zeros(groups: [u16; 8]) -> std::ops::Range<usize> {
    let mut longest = 8..8;
    let mut start = 0;
    for (at, group) in groups.into_iter().enumerate() {
        if group != 0 {
            start = at + 1;
        } else if at + 1 - start > longest.len().max(1) {
            longest = start..at + 1;
        }
    }
    longest
}

fn push_group(out: &mut Vec<u8>, group: u16) {
    let mut started = false;
    for shift in [12, 8, 4, 0] {
        let digit = (group >> shift & 15) as u8;
        started |= digit != 0 || shift == 0;
        if started {
            out.push(hex_digit(digit));
        }
    }
}

/// Appends text in quotes. What is not UTF-8 is replaced.
pub(crate) fn push_text(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid().as_bytes();
        while let Some(special) = rest.iter().position(|byte| needs_escape(*byte)) {
            let (plain, tail) = rest.split_at(special);
            out.extend_from_slice(plain);
            push_escaped(out, tail[0]);
            rest = &tail[1..];
        }
        out.extend_from_slice(rest);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7f)
}

fn push_escaped(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            out.extend_from_slice(b"\\u00");
            return push_hex_digits(out, byte);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn push_hex_digits(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 15)]);
}

fn hex_digit(value: u8) -> u8 {
    b"0123456789abcdef"[usize::from(value & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_numbers() {
        assert_eq!(written(|out| push_unsigned(out, u64::MAX)), "18446744073709551615");
        assert_eq!(written(|out| push_unsigned(out, 0)), "0");
        assert_eq!(written(|out| push_signed(out, i64::MIN)), "-9223372036854775808");
    }

    #[test]
    fn writes_addresses() {
        for (text, expected) in [
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("0:0:1::", "0:0:1::"),
            ("::ffff:203.0.113.23", "::ffff:cb00:7117"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6::", "1:2:3:4:5:6::"),
        ] {
            let found = written(|out| push_ipv6(out, text.parse().unwrap()));
            assert_eq!(found, format!("\"{expected}\""));
        }
        assert_eq!(written(|out| push_ipv4(out, Ipv4Addr::new(10, 0, 255, 1))), "\"10.0.255.1\"");
        assert_eq!(written(|out| push_mac(out, [0, 1, 0xab, 3, 4, 5])), "\"00:01:ab:03:04:05\"");
    }

    #[test]
    fn escapes_text() {
        let found = written(|out| push_text(out, b"a\"b\\c\n\x01\x7f\xffd"));
        assert_eq!(found, "\"a\\\"b\\\\c\\n\\u0001\\u007f\u{fffd}d\"");
    }
}
