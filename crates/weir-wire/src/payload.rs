//! How long a payload is when another one may stand right behind it, as in files of raw payloads.

use crate::read::{u16_at, u32_at};
use crate::{Protocol, ipfix, set, sflow, v1, v5, v7, v9};

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
        Ok(Protocol::Ipfix) => {
            u16_at(bytes, 2).map(usize::from).filter(|length| *length >= ipfix::HEADER_LEN)
        }
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

/// v9 has no length: walks the FlowSets up to an id that is the version of the next datagram. Ids 2 to 255 are
/// reserved, so no FlowSet has one.
fn v9_length(bytes: &[u8]) -> usize {
    let mut at = v9::HEADER_LEN;
    while let (Some(id), Some(length)) = (u16_at(bytes, at), u16_at(bytes, at + 2)) {
        if matches!(id, 5 | 7 | 9 | 10) {
            return at;
        }
        if usize::from(length) < set::HEADER_LEN {
            break;
        }
        at += usize::from(length);
    }
    bytes.len()
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
    fn finds_the_end_of_v9_and_sflow() {
        let mut v9 = vec![0; 20];
        v9[1] = 9;
        v9.extend([1, 0, 0, 8, 1, 2, 3, 4]);
        let twice = [&v9[..], &v9].concat();
        assert_eq!(length(&twice), 28);
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
