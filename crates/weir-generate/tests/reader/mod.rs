//! A reader of each format that shares nothing with the encoders: byte offsets as the specifications have them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap())
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// An unsigned number of any length up to eight bytes.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

pub(crate) fn address(bytes: &[u8]) -> IpAddr {
    match bytes.len() {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).unwrap()).into(),
        16 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).unwrap()).into(),
        other => panic!("an address of {other} bytes"),
    }
}

/// A data record: element number to bytes.
pub(crate) type Record = HashMap<u16, Vec<u8>>;

/// What a v9 or IPFIX collector remembers.
#[derive(Default)]
pub(crate) struct Templates {
    pub(crate) known: HashMap<u16, Vec<(u16, u16)>>,
    pub(crate) options: Vec<u16>,
}

/// What one message held.
#[derive(Default, Debug)]
pub(crate) struct Sets {
    pub(crate) flows: Vec<Record>,
    pub(crate) options: Vec<Record>,
    pub(crate) templates: usize,
}

impl Templates {
    /// Walks the sets after a header; `ipfix` chooses the set IDs and the options template's layout.
    pub(crate) fn read(&mut self, mut bytes: &[u8], ipfix: bool) -> Sets {
        let mut sets = Sets::default();
        while !bytes.is_empty() {
            let (id, len) = (u16_at(bytes, 0), usize::from(u16_at(bytes, 2)));
            assert!(ipfix || len.is_multiple_of(4), "set {id} of {len} bytes is not padded");
            let mut set = &bytes[4..len];
            bytes = &bytes[len..];
            match (id, ipfix) {
                (0, false) | (2, true) => {
                    while set.len() >= 4 {
                        set = self.template(set, usize::from(u16_at(set, 2)), 4, &mut sets);
                    }
                }
                (1, false) => {
                    while set.len() >= 6 {
                        let fields = usize::from(u16_at(set, 2) + u16_at(set, 4)) / 4;
                        self.options.push(u16_at(set, 0));
                        set = self.template(set, fields, 6, &mut sets);
                    }
                }
                (3, true) => {
                    while set.len() >= 6 {
                        assert_eq!(u16_at(set, 4), 1, "one scope field");
                        self.options.push(u16_at(set, 0));
                        set = self.template(set, usize::from(u16_at(set, 2)), 6, &mut sets);
                    }
                }
                _ => self.data(id, set, &mut sets),
            }
        }
        sets
    }

    fn template<'a>(&mut self, set: &'a [u8], fields: usize, header: usize, sets: &mut Sets) -> &'a [u8] {
        let id = u16_at(set, 0);
        assert!(id >= 256);
        let fields =
            (0..fields).map(|n| (u16_at(set, header + 4 * n), u16_at(set, header + 4 * n + 2))).collect();
        let len = header + 4 * Vec::len(&fields);
        self.known.insert(id, fields);
        sets.templates += 1;
        &set[len..]
    }

    fn data(&mut self, id: u16, mut set: &[u8], sets: &mut Sets) {
        let template = self.known.get(&id).unwrap_or_else(|| panic!("data before template {id}"));
        let options = self.options.contains(&id);
        while set.len() > 3 {
            let mut record = Record::new();
            for &(element, len) in template {
                let mut len = usize::from(len);
                if len == 0xffff {
                    len = usize::from(set[0]);
                    set = &set[1..];
                }
                record.insert(element, set[..len].to_vec());
                set = &set[len..];
            }
            if options { sets.options.push(record) } else { sets.flows.push(record) }
        }
        assert!(set.iter().all(|byte| *byte == 0), "padding is zero");
    }
}

/// A flow sample of sFlow.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) sequence: u32,
    pub(crate) source: u32,
    pub(crate) rate: u32,
    pub(crate) pool: u32,
    pub(crate) input: u32,
    pub(crate) output: u32,
    pub(crate) frame_len: u32,
    pub(crate) header: Vec<u8>,
    pub(crate) records: Vec<u32>,
}

/// One sFlow datagram.
#[derive(Debug)]
pub(crate) struct Sflow {
    pub(crate) agent: IpAddr,
    pub(crate) sequence: u32,
    pub(crate) flows: Vec<Sample>,
    /// Interface index and bytes in, of each counter sample.
    pub(crate) counters: Vec<(u32, u64)>,
}

pub(crate) fn sflow(bytes: &[u8]) -> Sflow {
    assert_eq!(u32_at(bytes, 0), 5, "version");
    assert_eq!(u32_at(bytes, 4), 1, "agent of IPv4");
    let agent = address(&bytes[8..12]);
    let sequence = u32_at(bytes, 16);
    let samples = u32_at(bytes, 24);
    let mut datagram = Sflow { agent, sequence, flows: vec![], counters: vec![] };
    let mut at = 28;
    for _ in 0..samples {
        let (format, len) = (u32_at(bytes, at), u32_at(bytes, at + 4) as usize);
        let sample = &bytes[at + 8..at + 8 + len];
        at += 8 + len;
        match format {
            1 => datagram.flows.push(flow_sample(sample)),
            2 => {
                assert_eq!(u32_at(sample, 8), 1, "one counter record");
                assert_eq!((u32_at(sample, 12), u32_at(sample, 16)), (1, 88), "generic counters");
                datagram.counters.push((u32_at(sample, 20), u64_at(sample, 20 + 24)));
            }
            other => panic!("sample format {other}"),
        }
    }
    assert_eq!(at, bytes.len(), "nothing after the last sample");
    datagram
}

fn flow_sample(sample: &[u8]) -> Sample {
    let mut flow = Sample {
        sequence: u32_at(sample, 0),
        source: u32_at(sample, 4),
        rate: u32_at(sample, 8),
        pool: u32_at(sample, 12),
        input: u32_at(sample, 20),
        output: u32_at(sample, 24),
        frame_len: 0,
        header: vec![],
        records: vec![],
    };
    let mut at = 32;
    for _ in 0..u32_at(sample, 28) {
        let (format, len) = (u32_at(sample, at), u32_at(sample, at + 4) as usize);
        let record = &sample[at + 8..at + 8 + len];
        at += 8 + len;
        flow.records.push(format);
        if format == 1 {
            assert_eq!(u32_at(record, 0), 1, "Ethernet");
            flow.frame_len = u32_at(record, 4);
            flow.header = record[16..16 + u32_at(record, 12) as usize].to_vec();
        }
    }
    assert_eq!(at, sample.len(), "nothing after the last record");
    flow
}
