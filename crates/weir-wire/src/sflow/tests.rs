//! Datagrams by hand.

use super::*;

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn datagram(samples: &[&[u8]]) -> Vec<u8> {
    let mut bytes = words(&[5, 1, 0x0a00_0001, 3, 42, 1000, samples.len() as u32]);
    bytes.extend(samples.concat());
    bytes
}

fn flow_sample(records: &[&[u8]]) -> Vec<u8> {
    let mut body = words(&[1, 7, 512, 0, 0, 3, 0x8000_0002, records.len() as u32]);
    body.extend(records.concat());
    let mut bytes = words(&[1, body.len() as u32]);
    bytes.extend(body);
    bytes
}

#[test]
fn reads_header_sample_and_gateway() {
    let mut gateway = words(&[1003, 56, 1, 0x0a00_0009, 64500, 64501, 64502, 1, 2, 2, 64503, 64504]);
    gateway.extend(words(&[1, 0xfbf4_0001, 100]));
    let gateway_len = gateway.len() as u32 - 8;
    gateway[4..8].copy_from_slice(&gateway_len.to_be_bytes());
    let sample = flow_sample(&[&gateway, &words(&[0x0123_4567, 4, 9])]);
    let bytes = datagram(&[&sample, &words(&[2, 12, 1, 3, 0])]);
    let view = Datagram::parse(&bytes).unwrap();
    assert_eq!((view.sub_agent(), view.sequence()), (3, 42));
    let samples: Vec<_> = view.samples().map(Result::unwrap).collect();
    let Sample::Flow(flow) = samples[0] else { panic!("not a flow sample") };
    assert_eq!((flow.rate, flow.input.index(), flow.output.index()), (512, Some(3), None));
    assert_eq!(flow.output, Interface { format: 2, value: 2 });
    let records: Vec<_> = flow.records().map(Result::unwrap).collect();
    let Record::Gateway(gateway) = records[0] else { panic!("not a gateway record") };
    assert_eq!(gateway.path().collect::<Vec<_>>(), [64503, 64504]);
    assert_eq!(gateway.communities().collect::<Vec<_>>(), [0xfbf4_0001]);
    assert!(matches!(records[1], Record::Other { format: 0x0123_4567, .. }));
    assert!(matches!(samples[1], Sample::Counters(_)));
}

#[test]
fn lengths_beyond_the_bytes_end_the_walk() {
    let bytes = datagram(&[&words(&[6, 0]), &words(&[1, 400])]);
    let results: Vec<_> = Datagram::parse(&bytes).unwrap().samples().collect();
    assert_eq!(results.len(), 2);
    assert_eq!(results[1].unwrap_err().reason, "sample_overrun");
    let mut bytes = datagram(&[]);
    bytes[24..28].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Datagram::parse(&bytes).unwrap().samples().count(), 1);
}
