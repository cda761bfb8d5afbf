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
    let mut text = String::new();
    gateway.push_communities(&mut text);
    assert_eq!(text, "64500:1");
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

/// The fields of the only record of a counter sample, as `name=value`.
fn counters(format: u32, body: &[u32]) -> Vec<String> {
    let record = [&[format, 4 * body.len() as u32], body].concat();
    let sample = [&[2, 4 * (record.len() as u32 + 3), 1, 7, 1][..], &record].concat();
    let bytes = datagram(&[&words(&sample)]);
    let view = Datagram::parse(&bytes).unwrap();
    let Some(Ok(Sample::Counters(sample))) = view.samples().next() else { panic!("no counter sample") };
    let record = sample.records().next().unwrap().unwrap();
    let shown = |(item, value): (&Item, Value<'_>)| match value {
        Value::Number(number) => format!("{}={number}", item.name),
        Value::Macs(bytes) => {
            format!("{}={:?}", item.name, macs(bytes).map(|mac| mac[5]).collect::<Vec<_>>())
        }
        other => format!("{}={other:?}", item.name),
    };
    record.fields().map(shown).collect()
}

#[test]
fn lists_are_read_element_by_element() {
    let module = [17, 2, 3_300, 35_000, 2];
    let lanes = [[1, 6_000, 500, 1, 9, 850, 400, 2, 8, 851], [2, 6_001, 501, 1, 9, 850, 401, 2, 8, 851]];
    let fields = counters(10, &[&module[..], &lanes.concat()].concat());
    assert_eq!(fields.len(), 4 + 2 * 10);
    assert_eq!((&*fields[3], &*fields[4]), ("sfpModuleTemperatureThousandths=35000", "sfpLane=1"));
    assert_eq!((&*fields[14], &*fields[20]), ("sfpLane=2", "sfpLaneRxPowerMicrowatts=401"));

    let adapters = [2, 3, 2, 0x0011_2233, 0x4455_0000, 0x0011_2233, 0x4466_0000, 4, 0];
    assert_eq!(
        counters(2001, &adapters),
        [
            "hostAdapterIfIndex=3",
            "hostAdapterMacAddresses=[85, 102]",
            "hostAdapterIfIndex=4",
            "hostAdapterMacAddresses=[]"
        ]
    );
    // Counts beyond the bytes end the walk.
    assert_eq!(counters(10, &[17, 2, 3_300, 35_000, u32::MAX, 1]).len(), 5);
    assert_eq!(counters(2001, &[u32::MAX, 3, u32::MAX, 1, 2]).len(), 1);
}

#[test]
fn the_length_tells_which_draft_an_infiniband_port_follows() {
    let short = counters(9, &[[0, 5, 0, 6].as_slice(), &[1; 12]].concat());
    assert_eq!((short.len(), &*short[0], &*short[13]), (14, "ibPortXmitPkts=5", "ibVl15Dropped=1"));
    let long = counters(9, &[[0, 5, 0, 6, 0, 7, 0, 8].as_slice(), &[1; 12]].concat());
    assert_eq!((long.len(), &*long[0], &*long[3]), (16, "ibPortXmitData=5", "ibPortRcvPkts=8"));
}

#[test]
fn sets_in_a_path_stand_in_braces_wherever_they_are() {
    for (path, expected) in [
        (&[2, 2, 2, 9, 5, 1, 2, 7, 8][..], "9 5 {7,8}"),
        (&[2, 1, 1, 7, 2, 1, 9], "{7} 9"),
        (&[3, 2, 1, 9, 1, 0, 1, 2, 7, 8], "9 {7,8}"),
        (&[0], ""),
    ] {
        // The segments' number stands first; sequences are of kind 2.
        let body = [&[1, 0x0a00_0009, 64500, 64501, 64502][..], path, &[0, 100]].concat();
        let record = words(&[&[1003, 4 * body.len() as u32], &body[..]].concat());
        let bytes = datagram(&[&flow_sample(&[&record])]);
        let view = Datagram::parse(&bytes).unwrap();
        let Some(Ok(Sample::Flow(flow))) = view.samples().next() else { panic!("no flow sample") };
        let Some(Ok(Record::Gateway(gateway))) = flow.records().next() else { panic!("no gateway record") };
        let mut text = String::new();
        gateway.push_path(&mut text);
        assert_eq!(text, expected);
    }
}
