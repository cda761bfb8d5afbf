//! Community ID, version 1: one text for both directions of a flow, as other tools compute it too.
//!
//! <https://github.com/corelight/community-id-spec>: SHA-1 over seed, ordered addresses, protocol and ordered ports.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::PrimitiveBuilder;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, RecordBatch, StringArray, UInt8Array, UInt16Array};
use sha1::{Digest, Sha1};
use weir_schema::Field;

use crate::column::{Cells, resolve, typed};

/// What tells a flow from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Tuple {
    src: u128,
    dst: u128,
    protocol: u8,
    /// Ports, or type and code of ICMP.
    ports: Option<(u16, u16)>,
}

/// The column `community_id`; absent where addresses, protocol or needed ports are.
pub(crate) fn community_id(batch: &RecordBatch) -> Option<ArrayRef> {
    let (src, dst) = (resolve(batch, Field::SrcIp)?, resolve(batch, Field::DstIp)?);
    let protocols: UInt8Array = typed(batch, Field::Protocol)?;
    let (src, dst) = (Cells::new(Field::SrcIp, &src).ok()?, Cells::new(Field::DstIp, &dst).ok()?);
    let ports: [Option<UInt16Array>; 2] = [typed(batch, Field::SrcPort), typed(batch, Field::DstPort)];
    let icmp: [Option<UInt8Array>; 2] = [typed(batch, Field::IcmpType), typed(batch, Field::IcmpCode)];
    let tuple = |row: usize| {
        let (src, dst) = (address(src, row)?, address(dst, row)?);
        let protocol = protocols.is_valid(row).then(|| protocols.value(row))?;
        let [from, to] = &ports;
        let [kind, code] = &icmp;
        let ports = match protocol {
            1 | 58 => {
                Some((u16::from(byte(kind.as_ref(), row)?), u16::from(byte(code.as_ref(), row).unwrap_or(0))))
            }
            6 | 17 | 132 => Some((port(from.as_ref(), row)?, port(to.as_ref(), row)?)),
            _ => None,
        };
        Some(Tuple { src, dst, protocol, ports })
    };
    let mut known: HashMap<Tuple, u32> = HashMap::new();
    let mut texts: Vec<String> = Vec::new();
    let mut codes = PrimitiveBuilder::<UInt32Type>::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        codes.append_option(tuple(row).map(|tuple| {
            *known.entry(tuple).or_insert_with(|| {
                texts.push(tuple.id());
                texts.len() as u32 - 1
            })
        }));
    }
    Some(Arc::new(DictionaryArray::new(codes.finish(), Arc::new(StringArray::from(texts)))))
}

fn address(cells: Cells<'_>, row: usize) -> Option<u128> {
    let Cells::Ip(codes, values) = cells else { return None };
    codes.is_valid(row).then(|| crate::column::address(values, codes.value(row) as usize))
}

fn byte(values: Option<&UInt8Array>, row: usize) -> Option<u8> {
    values.filter(|values| values.is_valid(row)).map(|values| values.value(row))
}

fn port(values: Option<&UInt16Array>, row: usize) -> Option<u16> {
    values.filter(|values| values.is_valid(row)).map(|values| values.value(row))
}

impl Tuple {
    fn id(self) -> String {
        let (mut src, mut dst) = (self.src, self.dst);
        let mut ports = self.ports;
        let mut ordered = src < dst;
        if let Some((kind, code)) = self.ports {
            let (from, to, one_way) = match self.protocol {
                1 | 58 => match counterpart(self.protocol, kind) {
                    Some(counterpart) => (kind, counterpart, false),
                    None => (kind, code, true),
                },
                _ => (kind, code, false),
            };
            ports = Some((from, to));
            ordered = one_way || (src, from) < (dst, to);
        }
        if !ordered {
            std::mem::swap(&mut src, &mut dst);
            ports = ports.map(|(from, to)| (to, from));
        }
        let mut hash = Sha1::new();
        // The seed: 0, as everywhere unless somebody agrees on another.
        hash.update([0, 0]);
        for address in [src, dst] {
            let octets = address.to_be_bytes();
            hash.update(if address >> 32 == 0xffff { &octets[12..] } else { &octets });
        }
        hash.update([self.protocol, 0]);
        if let Some((from, to)) = ports {
            hash.update(from.to_be_bytes());
            hash.update(to.to_be_bytes());
        }
        format!("1:{}", base64(&hash.finalize()))
    }
}

/// The type of the message that answers, or that is answered by, a type of ICMP or ICMPv6.
fn counterpart(protocol: u8, kind: u16) -> Option<u16> {
    const ICMP: [(u16, u16); 5] = [(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)];
    const ICMP6: [(u16, u16); 6] = [(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)];
    let pairs: &[(u16, u16)] = if protocol == 1 { &ICMP } else { &ICMP6 };
    pairs.iter().find_map(|(one, other)| match kind {
        kind if kind == *one => Some(*other),
        kind if kind == *other => Some(*one),
        _ => None,
    })
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4_usize {
            if digit <= chunk.len() {
                text.push(char::from(ALPHABET[(word >> (18 - 6 * digit)) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn id(protocol: u8, src: &str, dst: &str, ports: Option<(u16, u16)>) -> String {
        let address = |text: &str| match text.parse().unwrap() {
            IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
            IpAddr::V6(v6) => u128::from(v6),
        };
        Tuple { src: address(src), dst: address(dst), protocol, ports }.id()
    }

    /// The specification's own examples.
    #[test]
    fn agrees_with_the_specification() {
        let tcp = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=";
        assert_eq!(id(6, "128.232.110.120", "66.35.250.204", Some((34855, 80))), tcp);
        assert_eq!(id(6, "66.35.250.204", "128.232.110.120", Some((80, 34855))), tcp);
        assert_eq!(id(17, "192.168.1.52", "8.8.8.8", Some((54585, 53))), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
        let icmp = "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=";
        assert_eq!(id(1, "192.168.0.89", "192.168.0.1", Some((8, 0))), icmp);
        assert_eq!(id(1, "192.168.0.1", "192.168.0.89", Some((0, 0))), icmp);
        assert_eq!(
            id(58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", Some((135, 0))),
            "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="
        );
        // Nothing answers "time exceeded": it keeps its direction.
        assert_eq!(id(1, "1.2.3.4", "5.6.7.8", Some((11, 0))), "1:f/YiSyWqczrTgfUCZlBUnvHRcPk=");
        let rsvp = "1:ikv3kmf89luf73WPz1jOs49S768=";
        assert_eq!(id(46, "1.2.3.4", "5.6.7.8", None), rsvp);
        assert_eq!(id(46, "5.6.7.8", "1.2.3.4", None), rsvp);
        assert_eq!(
            id(132, "192.168.170.8", "192.168.170.56", Some((7, 80))),
            "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="
        );
    }

    /// Addresses as a column of codes.
    fn addresses(rows: &[Option<&str>]) -> ArrayRef {
        let mut values: Vec<[u8; 16]> = Vec::new();
        let codes = rows.iter().map(|row| {
            let IpAddr::V4(address) = (*row)?.parse().unwrap() else { return None };
            values.push(address.to_ipv6_mapped().octets());
            Some(values.len() as u32 - 1)
        });
        let codes: arrow_array::UInt32Array = codes.collect();
        let values = arrow_array::FixedSizeBinaryArray::try_from_iter(values.iter()).unwrap();
        Arc::new(DictionaryArray::new(codes, Arc::new(values)))
    }

    /// Where something that is needed is not there, there is no id; where it is not needed, there is.
    #[test]
    fn rows_with_nulls_have_no_id_and_do_not_take_that_of_others() {
        const A: Option<&str> = Some("128.232.110.120");
        const B: Option<&str> = Some("66.35.250.204");
        // Source, destination, protocol, ports, ICMP type and code; and whether there is an id.
        type Row =
            (Option<&'static str>, Option<&'static str>, Option<u8>, [Option<u16>; 2], [Option<u8>; 2], bool);
        let ports = [Some(34_855), Some(80)];
        let rows: [Row; 11] = [
            (A, B, Some(6), ports, [None, None], true),
            (None, B, Some(6), ports, [None, None], false),
            (A, None, Some(6), ports, [None, None], false),
            (A, B, None, ports, [None, None], false),
            (A, B, Some(6), [None, Some(80)], [None, None], false),
            (A, B, Some(6), [Some(34_855), None], [None, None], false),
            (B, A, Some(6), [Some(80), Some(34_855)], [None, None], true),
            (A, B, Some(1), [None, None], [Some(8), Some(0)], true),
            (A, B, Some(1), ports, [Some(8), None], true),
            (A, B, Some(1), ports, [None, Some(0)], false),
            (A, B, Some(46), [None, None], [None, None], true),
        ];
        let columns: Vec<(Field, ArrayRef)> = vec![
            (Field::SrcIp, addresses(&rows.map(|row| row.0))),
            (Field::DstIp, addresses(&rows.map(|row| row.1))),
            (Field::Protocol, Arc::new(UInt8Array::from(rows.map(|row| row.2).to_vec()))),
            (Field::SrcPort, Arc::new(UInt16Array::from(rows.map(|row| row.3[0]).to_vec()))),
            (Field::DstPort, Arc::new(UInt16Array::from(rows.map(|row| row.3[1]).to_vec()))),
            (Field::IcmpType, Arc::new(UInt8Array::from(rows.map(|row| row.4[0]).to_vec()))),
            (Field::IcmpCode, Arc::new(UInt8Array::from(rows.map(|row| row.4[1]).to_vec()))),
        ];
        let columns = columns.into_iter().map(|(field, array)| (field.name(), array, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let ids = community_id(&batch).unwrap();
        let ids = ids.as_any().downcast_ref::<DictionaryArray<UInt32Type>>().unwrap();
        let ids = ids.downcast_dict::<StringArray>().unwrap();
        let ids: Vec<Option<&str>> = ids.into_iter().collect();
        assert_eq!(ids.iter().map(Option::is_some).collect::<Vec<_>>(), rows.map(|row| row.5));
        assert_eq!(ids[0], Some("1:LQU9qZlK+B5F3KDmev6m5PMibrg="));
        assert_eq!((ids[6], ids[8]), (ids[0], ids[7]));
        // Columns that are not there are nulls all the way.
        for (absent, expected) in [(Field::SrcPort, 3), (Field::IcmpType, 3), (Field::IcmpCode, 5)] {
            let kept =
                (0..batch.num_columns()).filter(|at| batch.schema().field(*at).name() != absent.name());
            let batch = batch.project(&kept.collect::<Vec<_>>()).unwrap();
            let ids = community_id(&batch).unwrap();
            assert_eq!(ids.len() - ids.null_count(), expected, "without {}", absent.name());
        }
        assert!(community_id(&batch.project(&[1, 2, 3, 4]).unwrap()).is_none());
    }
}
