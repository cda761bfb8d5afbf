//! How long a payload is when another one may stand right behind it, as in files of raw payloads.

use crate::read::{u16_at, u32_at};
use crate::{Protocol, ipfix, set, sflow, template, v1, v5, v7, v9};

/// Bytes of the payload at the start; all of them where its end cannot be told.
pub fn length(bytes: &[u8]) -> usize {
    let length = match Protocol::detect(bytes) {
        Ok(Protocol::Netflow5) => {
            u16_at(bytes, 2).map(|count| v5::HEADER_LEN + usize::from(count) * v5::RECORD_LEN)
        }
        Ok(Protocol::Netflow1) => v1_length(bytes),
        Ok(Protocol::Netflow7) => {
            u16_at(bytes, 2).map(|count| v7::HEADER_LEN + usize::from(count) * v7::RECORD_LEN)
        }
        Ok(Protocol::Netflow9) => Some(v9_length(bytes)),
        Ok(Protocol::Ipfix) => ipfix_length(bytes),
        Ok(Protocol::Sflow5) => sflow_length(bytes),
        Err(_) => None,
    };
    length.map_or(bytes.len(), |length| length.min(bytes.len()))
}

/// v1's records have one of two lengths: the one behind which the file ends or the next datagram starts.
fn v1_length(bytes: &[u8]) -> Option<usize> {
    let count = usize::from(u16_at(bytes, 2)?);
    [v1::RECORD_LEN, v1::SHORT_RECORD_LEN].into_iter().map(|length| v1::HEADER_LEN + count * length).find(
        |end| *end == bytes.len() || u16_at(bytes, *end) == Some(1) && u16_at(bytes, *end + 2) != Some(0),
    )
}

/// What is too short for another message belongs to this one: an exporter in the wild declares messages two bytes too
/// short (telegraf issue 14370).
fn ipfix_length(bytes: &[u8]) -> Option<usize> {
    let length = u16_at(bytes, 2).map(usize::from).filter(|length| *length >= ipfix::HEADER_LEN)?;
    (bytes.len() >= length + ipfix::HEADER_LEN).then_some(length)
}

/// v9 has no length: walks the FlowSets up to a place where another datagram begins instead. Some exporters fill a
/// datagram with zeros.
fn v9_length(bytes: &[u8]) -> usize {
    let mut at = v9::HEADER_LEN;
    while let (Some(id), Some(length)) = (u16_at(bytes, at), u16_at(bytes, at + 2)) {
        if bytes.get(at..).is_some_and(begins) {
            return at;
        }
        at += match (id, usize::from(length)) {
            (0, 0) => set::HEADER_LEN,
            (_, length) if length >= set::HEADER_LEN => length,
            _ => break,
        };
    }
    bytes.len()
}

/// Whether a datagram begins here, where a FlowSet could begin too. The versions are reserved as ids of FlowSets, but
/// for 0 and 1: an id of 0 with a length of 5 has no room for a template, and v1 cannot be told from options
/// templates.
fn begins(bytes: &[u8]) -> bool {
    match Protocol::detect(bytes) {
        Ok(Protocol::Netflow5) => v5::Datagram::parse(bytes).is_ok(),
        Ok(Protocol::Netflow7) => v7::Datagram::parse(bytes).is_ok(),
        Ok(Protocol::Netflow9) => match (u16_at(bytes, v9::HEADER_LEN), u16_at(bytes, v9::HEADER_LEN + 2)) {
            (Some(id), Some(length)) => {
                !(2..template::FIRST_DATA_ID).contains(&id) && usize::from(length) >= set::HEADER_LEN
            }
            _ => bytes.len() == v9::HEADER_LEN,
        },
        Ok(Protocol::Ipfix) => ipfix::Message::parse(bytes).is_ok(),
        Ok(Protocol::Sflow5) => sflow::Datagram::parse(bytes).is_ok(),
        Ok(Protocol::Netflow1) | Err(_) => false,
    }
}

fn sflow_length(bytes: &[u8]) -> Option<usize> {
    let header = if u32_at(bytes, 4)? == 2 { 40 } else { 28 };
    let count = u32_at(bytes, header - 4)?;
    let mut at = header;
    for _ in 0..count.min(bytes.len() as u32) {
        at = at.checked_add(8)?.checked_add(u32_at(bytes, at + 4)? as usize)?;
    }
    // Nothing but another datagram may follow, else the count cannot be trusted.
    let follows = bytes.get(at..)?;
    (follows.is_empty() || sflow::Datagram::parse(follows).is_ok()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_of_v1_with_records_of_either_length() {
        for length in [v1::RECORD_LEN, v1::SHORT_RECORD_LEN] {
            let mut v1 = vec![0, 1, 0, 2];
            v1.resize(v1::HEADER_LEN + 2 * length, 0);
            assert_eq!(super::length(&v1), v1.len());
            let twice = [&v1[..], &v1].concat();
            assert_eq!(super::length(&twice), v1.len());
        }
    }

    #[test]
    fn leaves_nothing_behind_an_ipfix_message_that_is_no_message() {
        let mut message = vec![0, 10, 0, 20];
        message.resize(20, 0);
        assert_eq!(length(&[&message[..], &message].concat()), 20);
        assert_eq!(length(&[&message[..], &[1, 2]].concat()), 22);
    }

    #[test]
    fn finds_the_end_of_v9_and_sflow() {
        let mut v9 = vec![0; 20];
        v9[1] = 9;
        v9.extend([1, 0, 0, 8, 1, 2, 3, 4]);
        let twice = [&v9[..], &v9].concat();
        assert_eq!(length(&twice), 28);
        let padded = [&v9[..], &[0; 8], &v9].concat();
        assert_eq!(length(&padded), 36);
        // A reserved id that is no header is a FlowSet.
        let reserved = [&v9[..], &[0, 9, 0, 8, 1, 2, 3, 4], &[1, 0, 0, 4]].concat();
        assert_eq!(length(&reserved), reserved.len());
        assert_eq!(length(&v9), 28);

        let mut sflow: Vec<u8> = vec![];
        for word in [5_u32, 1, 0x0a00_0001, 0, 1, 2, 1, 2, 4, 99] {
            sflow.extend(word.to_be_bytes());
        }
        let twice = [&sflow[..], &sflow].concat();
        assert_eq!(length(&twice), 40);
        assert_eq!(length(b"noise"), 5);
    }
}
