//! What akvorado and pmacct make of some captures: frames are dissected, rates are joined from options records.
//!
//! Not compared: bytes of sFlow (Weir keeps the frame's length, akvorado the IP packet's), biflows, which are one row
//! there and two here, and what akvorado puts into one field where Weir has two (next hops of IP and BGP, interfaces
//! and physical interfaces, smallest and largest TTL, tags of a doubly tagged frame) or derives (Ethernet type from the
//! address family).

use arrow_array::RecordBatch;
use serde_json::Value;
use weir_batch::Batches;
use weir_decode::Decoder;
use weir_ingest::capture::Capture;
use weir_schema::{Field, Kind};

use crate::catalogue::captures;
use crate::row::{Row, mac};

#[test]
fn samples_and_sampling_rates_are_what_others_see() {
    let Some(captures) = captures() else { return };
    let lines = std::fs::read_to_string(captures.join("semantic.jsonl")).unwrap();
    let mut compared = 0;
    let mut failures = Vec::new();
    for line in lines.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        if expected["case"] == "akv-ipfixprobe" {
            continue;
        }
        let mut decoder = Decoder::new();
        let mut batches: Vec<RecordBatch> = Vec::new();
        for file in expected["feed"].as_array().unwrap() {
            let mut rows = Batches::new();
            decoder.start_file("");
            for captured in Capture::open(&captures.join(file.as_str().unwrap()), 0).unwrap() {
                decoder.datagram(&captured.unwrap(), &mut rows);
            }
            batches.push(rows.flows.finish());
        }
        let flows = expected["decoder_flows"].as_array().unwrap();
        let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| Row { batch, row }));
        let count = batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        if count < flows.len() {
            failures.push(format!("{}: {count} rows, expected {}", expected["case"], flows.len()));
        }
        for (flow, row) in flows.iter().zip(rows) {
            for (name, value) in flow.as_object().unwrap() {
                let Some(field) = akvorado_field(name) else { continue };
                let sflow = row.cell(Field::FlowProtocol).as_deref() == Some("sflow5");
                let found = row.cell(field);
                let two_fields =
                    matches!(field, Field::NextHop | Field::InIf | Field::Ttl | Field::Ethertype);
                if field == Field::Bytes && sflow
                    || two_fields && found.is_none() && !sflow
                    || matches!(field, Field::Vlan | Field::PostVlan) && expected["case"] == "akv-sflow-qinq"
                    // Not told by the frame: akvorado repeats the tag.
                    || field == Field::PostVlan && expected["case"] == "akv-datalink"
                    || field == Field::Communities
                {
                    continue;
                }
                compared += 1;
                let wanted = match (field.kind(), value) {
                    (Kind::Mac, Value::Number(number)) => mac(number.as_u64().unwrap()),
                    (_, Value::String(text)) => text.clone(),
                    (_, value) => value.to_string(),
                };
                if found.as_ref() != Some(&wanted) && !(found.is_none() && value == 0) {
                    failures.push(format!("{}: {name}: {found:?}, expected {wanted}", expected["case"]));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {compared} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(compared > 200, "only {compared} values were compared");
}

fn akvorado_field(name: &str) -> Option<Field> {
    match name {
        "samplingRate" => Some(Field::Sampling),
        "sourceAddress" => Some(Field::SrcIp),
        "destinationAddress" => Some(Field::DstIp),
        "ipNextHopAddress" => Some(Field::NextHop),
        "sourcePrefixLength" => Some(Field::SrcMask),
        "destinationPrefixLength" => Some(Field::DstMask),
        name => Field::from_name(name),
    }
}
