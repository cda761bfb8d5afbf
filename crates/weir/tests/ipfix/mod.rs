//! IPFIX messages written by hand, for tests of streams.

/// An IPFIX message of these sets.
pub(crate) fn message(domain: u32, sequence: u32, sets: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> = sets
        .iter()
        .flat_map(|(id, body)| {
            let length = 4 + body.len() as u16;
            [&id.to_be_bytes()[..], &length.to_be_bytes(), body].concat()
        })
        .collect();
    let mut bytes = vec![0, 10];
    bytes.extend((16 + body.len() as u16).to_be_bytes());
    bytes.extend(1_790_000_000u32.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(domain.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// Template 256: source address, then octets and packets in this order of elements (1, 2) or the other way round.
pub(crate) fn template(first: u16, second: u16) -> (u16, Vec<u8>) {
    let fields = [256, 3, 8, 4, first, 8, second, 8];
    (2, fields.iter().flat_map(|value: &u16| value.to_be_bytes()).collect())
}

/// A data set of template 256: `count` records from one address with these two counters.
pub(crate) fn data(address: [u8; 4], first: u64, second: u64, count: usize) -> (u16, Vec<u8>) {
    let record = [&address[..], &first.to_be_bytes(), &second.to_be_bytes()].concat();
    (256, record.repeat(count))
}
