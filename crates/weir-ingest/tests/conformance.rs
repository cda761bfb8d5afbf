//! Real exporters' captures against what a reference decoder, tshark and the captures' sources say is in them.
//!
//! Reads `captures/expected.jsonl` under `WEIR_SHARED`; without that variable there is nothing to compare with.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use serde_json::Value;
use weir_batch::Batches;
use weir_ingest::capture::Capture;
use weir_ingest::{Session, SessionLimits};
use weir_schema::element::{self, REVERSE};
use weir_schema::{Field, Kind};

const FALLBACK_NS: i64 = 1_700_000_000_000_000_000;

/// Files whose numbers differ, and why.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "logstash-plugins__logstash-codec-netflow/netflow9_test_invalid01.dat",
        "only the header's count is wrong, which is not trusted anyway: everything is decoded and nothing to count",
    ),
    (
        "influxdata__telegraf/issue_14370__message.bin",
        "the message's length is two bytes short: the last set is taken whole, as the catalogue prefers",
    ),
];

/// What akvorado and pmacct make of some captures: frames are dissected, rates are joined from options records.
///
/// Not compared: bytes of sFlow (Weir keeps the frame's length, akvorado the IP packet's), the VLAN that a sampled
/// frame would have left with, and what akvorado puts into one field where Weir has two
/// (next hops of IP and BGP, interfaces and physical interfaces, smallest and largest TTL, tags of a doubly tagged
/// frame) or derives (Ethernet type from the address family).
#[test]
fn samples_and_sampling_rates_are_what_others_see() {
    let Some(captures) = std::env::var_os("WEIR_SHARED").map(|shared| PathBuf::from(shared).join("captures"))
    else {
        return;
    };
    let lines = std::fs::read_to_string(captures.join("semantic.jsonl")).unwrap();
    let mut compared = 0;
    let mut failures = Vec::new();
    for line in lines.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let mut session = Session::new(SessionLimits::default());
        let batches: Vec<RecordBatch> = expected["feed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| decode(&mut session, &captures.join(file.as_str().unwrap())).batch)
            .filter(|batch| batch.num_rows() > 0)
            .collect();
        let flows = expected["decoder_flows"].as_array().unwrap();
        let rows = batches.iter().flat_map(|batch| {
            let rows = wire_order(batch).into_iter().flat_map(|(forward, back)| [Some(forward), back]);
            rows.flatten().map(move |row| Row { batch, row })
        });
        for (flow, row) in flows.iter().zip(rows) {
            for (name, value) in flow.as_object().unwrap() {
                let Some(field) = akvorado_field(name) else { continue };
                let sflow = row.field(Field::FlowProtocol).as_deref() == Some("sflow5");
                let found = row.field(field);
                let two_fields =
                    matches!(field, Field::NextHop | Field::InIf | Field::Ttl | Field::Ethertype);
                if field == Field::Bytes && sflow
                    || two_fields && found.is_none() && !sflow
                    || matches!(field, Field::Vlan | Field::PostVlan) && expected["case"] == "akv-sflow-qinq"
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
                if found.as_ref() != Some(&wanted) && !(found.is_none() && is_absent(value)) {
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

struct Decoded {
    batch: RecordBatch,
    records: u64,
    options: u64,
    payloads: u64,
    problems: u64,
}

fn decode(session: &mut Session, path: &Path) -> Decoded {
    let mut out = Batches::new();
    let (mut records, mut rows, mut counter_rows) = (0, 0, 0);
    let (mut options, mut payloads, mut problems) = (0, 0, 0);
    for captured in Capture::open(path, FALLBACK_NS).unwrap() {
        let captured = captured.unwrap();
        let source = if captured.source.port() == 0 {
            SocketAddr::from(([192, 0, 2, 1], 5000))
        } else {
            captured.source
        };
        let outcome = session.datagram(source, captured.received_ns, &captured.payload, &mut out);
        assert!(outcome.rows >= outcome.records);
        rows += outcome.rows;
        counter_rows += outcome.counter_rows;
        records += outcome.records;
        options += outcome.options_records;
        payloads += 1;
        problems += u64::from(outcome.rejected.is_some());
        problems += outcome.problems.iter().map(|(_, count)| count).sum::<u64>();
    }
    assert_eq!((out.flows.rows() as u64, out.counters.rows() as u64), (rows, counter_rows));
    Decoded { batch: out.flows.finish(), records, options, payloads, problems }
}

/// The rows of each record: its own, and that of the way back where it told of both directions.
fn wire_order(batch: &RecordBatch) -> Vec<(usize, Option<usize>)> {
    let side = |row: &usize| Row { batch, row: *row }.field(Field::BiflowSide);
    let is = |row: &usize, wanted: &str| side(row).as_deref() == Some(wanted);
    let mut back = (0..batch.num_rows()).filter(|row| is(row, "reverse"));
    let own: Vec<usize> = (0..batch.num_rows()).filter(|row| !is(row, "reverse")).collect();
    own.into_iter().map(|row| (row, if is(&row, "forward") { back.next() } else { None })).collect()
}

#[test]
fn captures_decode_to_what_their_sources_say() {
    let Some(captures) = std::env::var_os("WEIR_SHARED").map(|shared| PathBuf::from(shared).join("captures"))
    else {
        return;
    };
    let lines = std::fs::read_to_string(captures.join("expected.jsonl")).unwrap();
    let mut session = strict();
    let mut case = String::new();
    let mut failures = Vec::new();
    let (mut files, mut compared) = (0, 0);
    for line in lines.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let file = expected["file"].as_str().unwrap();
        if expected["case"] != case.as_str() {
            case = expected["case"].as_str().unwrap().to_owned();
            session = strict();
        }
        if expected["protocol"] == "netflow1" {
            continue;
        }
        files += 1;
        let decoded = decode(&mut session, &captures.join(file));
        compare_counts(&expected, &decoded, &mut failures);
        compared += compare_values(&expected, &decoded, &mut failures);
    }
    failures.retain(|failure| !EXPLAINED.iter().any(|(file, _)| failure.contains(file)));
    assert!(failures.is_empty(), "{} of {compared} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(files > 150 && compared > 5_000, "only {files} files and {compared} values were compared");
}

/// The files' numbers count a template only from its arrival on.
fn strict() -> Session {
    Session::new(SessionLimits { held_bytes: 0, ..SessionLimits::default() })
}

#[test]
fn sets_before_their_template_are_decoded_as_well() {
    let Some(captures) = std::env::var_os("WEIR_SHARED").map(|shared| PathBuf::from(shared).join("captures"))
    else {
        return;
    };
    let lines = std::fs::read_to_string(captures.join("expected.jsonl")).unwrap();
    let mut session = Session::new(SessionLimits::default());
    let mut case = String::new();
    let (mut records, mut options, mut cases) = (0, 0, 0);
    for line in lines.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        if expected["case"] != case.as_str() {
            case = expected["case"].as_str().unwrap().to_owned();
            session = Session::new(SessionLimits::default());
            (records, options) = (0, 0);
        }
        let decoded = decode(&mut session, &captures.join(expected["file"].as_str().unwrap()));
        records += decoded.records;
        options += decoded.options;
        if let Some(totals) = expected["case_totals_buffered"].as_object() {
            cases += 1;
            let found = serde_json::json!({
                "data_records": records,
                "options_records": options,
                "sets_still_without_template": session.give_up_held().sets,
            });
            assert_eq!(found, Value::Object(totals.clone()), "{case}");
        }
    }
    assert!(cases > 5, "only {cases} cases");
}

fn compare_counts(expected: &Value, decoded: &Decoded, failures: &mut Vec<String>) {
    let file = expected["file"].as_str().unwrap();
    let wanted = match (&expected["data_records"], &expected["accept_data_records"]) {
        (Value::Number(count), _) => count.as_u64().unwrap()..=count.as_u64().unwrap(),
        (_, Value::Array(range)) => range[0].as_u64().unwrap()..=range[1].as_u64().unwrap(),
        _ => return,
    };
    // Weir keeps a discarded packet as a record; the catalogue counts it apart.
    let discarded = expected["drop_samples"].as_u64().unwrap_or(0);
    if !wanted.contains(&(decoded.records - discarded)) {
        failures.push(format!("{file}: {} records, expected {wanted:?}", decoded.records));
    }
    if expected["malformed"] == true {
        if decoded.problems == 0 {
            failures.push(format!("{file}: malformed, but nothing was counted"));
        }
        return;
    }
    if let Some(options) = expected["options_records"].as_u64()
        && options != decoded.options
    {
        failures.push(format!("{file}: {} options records, expected {options}", decoded.options));
    }
    if let Some(packets) = expected["packets"].as_u64()
        && packets != decoded.payloads
    {
        failures.push(format!("{file}: {} payloads, expected {packets}", decoded.payloads));
    }
}

fn compare_values(expected: &Value, decoded: &Decoded, failures: &mut Vec<String>) -> usize {
    let file = expected["file"].as_str().unwrap();
    let mut by_record: BTreeMap<usize, Vec<(&str, &Value)>> = BTreeMap::new();
    for check in expected["checks"].as_array().unwrap() {
        if let Some(record) = check["record"].as_u64() {
            let name = check["field"].as_str().unwrap();
            by_record.entry(record as usize).or_default().push((name, &check["value"]));
        }
    }
    let mut compared = 0;
    let rows = wire_order(&decoded.batch);
    for (record, checks) in by_record {
        let Some((row, _)) = rows.get(record) else { continue };
        let row = Row { batch: &decoded.batch, row: *row };
        for (name, value) in &checks {
            compared += 1;
            if let Err(found) = row.check(name, value, &checks) {
                failures.push(format!("{file}: record {record}, {name}: {found:?}, expected {value}"));
            }
        }
    }
    compared
}

struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl Row<'_> {
    /// Compares an element's value with what the row holds; the error is what was found.
    fn check(&self, name: &str, expected: &Value, all: &[(&str, &Value)]) -> Result<(), Option<String>> {
        let number = |name: &str| all.iter().find(|(other, _)| *other == name).and_then(|(_, v)| v.as_u64());
        let found = match name {
            // Not kept, or parts of others.
            "paddingOctets" | "v9:0" => return Ok(()),
            "sflow:srcVlan" if number("dot1qVlanId").is_none() => self.field(Field::Vlan),
            "sflow:dstVlan" => self.field(Field::PostVlan),
            "sflow:sourceIdIndex" => {
                let kind = number("sflow:sourceIdType").unwrap_or(0);
                let wanted = (kind << 24 | expected.as_u64().unwrap_or(0)).to_string();
                let found = self.field(Field::ObservationPoint);
                return if found.as_ref() == Some(&wanted) { Ok(()) } else { Err(found) };
            }
            name if name.starts_with("sflow:") => return Ok(()),
            "dataLinkFrameSize" if number("sflow:headerProtocol").is_some() => self.field(Field::Bytes),
            "icmpTypeCodeIPv4" | "icmpTypeCodeIPv6" => {
                let part = |field| self.field(field).and_then(|text| text.parse::<u64>().ok());
                part(Field::IcmpType)
                    .zip(part(Field::IcmpCode))
                    .map(|(kind, code)| (kind << 8 | code).to_string())
            }
            "flowStartSysUpTime" | "flowEndSysUpTime" => return self.check_uptimes(&number),
            "samplingInterval" | "samplingPacketInterval" if expected == 0 => return Ok(()),
            // Internal, dropped, several: no interface.
            "ingressInterface" | "egressInterface"
                if number(if name == "ingressInterface" {
                    "sflow:inputFormat"
                } else {
                    "sflow:outputFormat"
                })
                .is_some_and(|format| format != 0)
                    || (number("sflow:inputFormat").is_some() && expected == 0x3fff_ffff) =>
            {
                let field = if name == "ingressInterface" { Field::InIf } else { Field::OutIf };
                let found = self.field(field);
                return if found.is_none() { Ok(()) } else { Err(found) };
            }
            name => self.element(name),
        };
        match &found {
            Some(text) if matches(name, text, expected) => Ok(()),
            // Lists are decoded in `extra`.
            Some(text) if text.starts_with('{') && name.ends_with("List") => Ok(()),
            // A template may have an element twice: one has the column, the other is in `extra`.
            Some(_) if self.column(name).is_some_and(|text| matches(name, &text, expected)) => Ok(()),
            // A template for both families leaves one address empty: the column has the other.
            Some(_) if expected == "::" || expected == "0.0.0.0" => Ok(()),
            // An empty text and a zero time are absent.
            None if is_absent(expected) => Ok(()),
            _ => Err(found),
        }
    }

    fn column(&self, name: &str) -> Option<String> {
        Field::from_name(name).and_then(|field| self.field(field))
    }

    /// Uptimes became absolute: their distance is what is left of them.
    fn check_uptimes(&self, number: &impl Fn(&str) -> Option<u64>) -> Result<(), Option<String>> {
        let (Some(start), Some(end)) = (number("flowStartSysUpTime"), number("flowEndSysUpTime")) else {
            return Ok(());
        };
        // Where absolute times have the columns, or there is no telling when the exporter started.
        if self.extra("flowStartSysUpTime") == Some(start.to_string()) {
            return Ok(());
        }
        let time = |field| self.field(field).and_then(|text| text.parse::<i64>().ok());
        let found = time(Field::End).zip(time(Field::Start)).map(|(end, start)| (end - start) / 1_000_000);
        match found {
            Some(distance) if distance as u32 == (end as u32).wrapping_sub(start as u32) => Ok(()),
            None if start == 0 => Ok(()),
            found => Err(found.map(|distance| format!("{distance} ms apart"))),
        }
    }

    /// An element by the catalogue's name: in `extra`, or in its column.
    fn element(&self, name: &str) -> Option<String> {
        let by_number = |enterprise: u32, id: u16| {
            let known = element::lookup(enterprise, id);
            let own = known.map_or(format!("{enterprise}/{id}"), |element| element.name.to_owned());
            let column = Field::from_element(enterprise, id).map(|(field, _)| field);
            self.extra(&own).or_else(|| column.and_then(|field| self.field(field)))
        };
        if let Some(id) = name.strip_prefix("v9:").and_then(|id| id.parse().ok()) {
            return by_number(element::V9, id).or_else(|| by_number(0, id)).or_else(|| self.extra(name));
        }
        if let Some(id) = name.strip_prefix("iana:").and_then(|id| id.parse().ok()) {
            return by_number(0, id).or_else(|| self.extra(name));
        }
        if let Some(forward) = name.strip_prefix("reverse:") {
            let (first, rest) = forward.split_at(1);
            return self.extra(&format!("reverse{}{rest}", first.to_uppercase()));
        }
        if let Some((enterprise, id)) = name.split_once('/') {
            let (enterprise, id) = (enterprise.parse().unwrap(), id.parse().unwrap());
            assert_ne!(enterprise, REVERSE, "the catalogue names reverse elements");
            return by_number(enterprise, id);
        }
        self.extra(name).or_else(|| Field::from_name(name).and_then(|field| self.field(field)))
    }

    fn extra(&self, name: &str) -> Option<String> {
        let map = self.batch.column_by_name("extra")?.as_map();
        let entries = map.value(self.row);
        let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
        (0..entries.len()).find(|at| keys.value(*at) == name).map(|at| values.value(at).to_owned())
    }

    fn field(&self, field: Field) -> Option<String> {
        let column = self.batch.column_by_name(field.name()).filter(|column| column.is_valid(self.row))?;
        let number = |native: u64| native.to_string();
        Some(match field.kind() {
            Kind::Ip => {
                let codes = column.as_dictionary::<UInt32Type>();
                let code = codes.keys().value(self.row) as usize;
                let octets: [u8; 16] = codes.values().as_fixed_size_binary().value(code).try_into().unwrap();
                IpAddr::V6(Ipv6Addr::from(octets)).to_canonical().to_string()
            }
            Kind::Text => {
                let codes = column.as_dictionary::<UInt32Type>();
                let code = codes.keys().value(self.row) as usize;
                codes.values().as_string::<i32>().value(code).to_owned()
            }
            Kind::Mac => mac(cell::<UInt64Type>(column, self.row)),
            Kind::U8 => number(cell::<UInt8Type>(column, self.row).into()),
            Kind::U16 => number(cell::<UInt16Type>(column, self.row).into()),
            Kind::U32 => number(cell::<UInt32Type>(column, self.row).into()),
            Kind::U64 => number(cell::<UInt64Type>(column, self.row)),
            Kind::Time => cell::<TimestampNanosecondType>(column, self.row).to_string(),
            Kind::Map | Kind::Service | Kind::Duration => return None,
        })
    }
}

fn cell<P: ArrowPrimitiveType>(column: &dyn Array, row: usize) -> P::Native {
    column.as_primitive::<P>().value(row)
}

fn mac(value: u64) -> String {
    let octets = value.to_be_bytes();
    octets[2..].iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":")
}

fn is_absent(expected: &Value) -> bool {
    match expected {
        Value::String(text) => text.is_empty() || text.trim_start_matches("0x").trim_matches('0').is_empty(),
        Value::Number(number) => number.as_u64() == Some(0),
        _ => false,
    }
}

/// Whether a cell's text is the catalogue's value, which is raw where a cell is not.
fn matches(name: &str, found: &str, expected: &Value) -> bool {
    let raw = match expected {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text
            .strip_prefix("0x")
            .filter(|hex| hex.len() <= 16)
            .and_then(|hex| u64::from_str_radix(hex, 16).ok()),
        _ => None,
    };
    if let Some(raw) = raw {
        let scaled = match name {
            name if name.ends_with("Milliseconds") => Some(raw as i64 * 1_000_000),
            name if name.ends_with("Microseconds") || name.ends_with("Nanoseconds") => Some(ntp_ns(raw)),
            name if name.ends_with("Seconds") => Some(raw as i64 * 1_000_000_000),
            _ => None,
        };
        if let (Some(scaled), Ok(time)) = (scaled, found.parse::<i64>()) {
            // Fractions of NTP are binary: a nanosecond may be lost.
            return (time - scaled).abs() <= 1_000 || time == raw as i64;
        }
        // Times in `extra` are written as RFC 3339.
        if scaled.is_some() && found.ends_with('Z') {
            return true;
        }
        if found.parse() == Ok(raw)
            || (name.starts_with("mpls") && name.contains("Section") && found.parse() == Ok(raw >> 4))
        {
            return true;
        }
        if found == "true" && raw == 1 || found == "false" && matches!(raw, 0 | 2) {
            return true;
        }
    }
    let Some(text) = expected.as_str() else { return false };
    let address = text.parse::<IpAddr>().map(|address| address.to_canonical());
    if address.is_ok() && found.parse() == address {
        return true;
    }
    if found == text || (name == "applicationId" && application_id(text).as_deref() == Some(found)) {
        return true;
    }
    let Some(bytes) = text.strip_prefix("0x").and_then(hex) else { return false };
    if let [_, a, b, c, high, low] = bytes[..] {
        let (selector, sub) = (u32::from_be_bytes([0, a, b, c]), u16::from_be_bytes([high, low]));
        if found == format!("{}:{selector}:{sub}", bytes[0]) {
            return true;
        }
    }
    let trimmed = String::from_utf8_lossy(&bytes);
    found == trimmed.trim_end_matches('\0')
        || <[u8; 4]>::try_from(&bytes[..]).is_ok_and(|octets| found == Ipv4Addr::from(octets).to_string())
        || <[u8; 16]>::try_from(&bytes[..]).is_ok_and(|octets| found == Ipv6Addr::from(octets).to_string())
        || bytes.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":") == found
        || (bytes.len() == 8 && f64::from_be_bytes(bytes[..].try_into().unwrap()).to_string() == found)
        || (bytes.len() == 4 && f32::from_be_bytes(bytes[..].try_into().unwrap()).to_string() == found)
}

fn ntp_ns(raw: u64) -> i64 {
    ((raw >> 32) as i64 - 2_208_988_800) * 1_000_000_000
        + (((raw & 0xffff_ffff) * 1_000_000_000) >> 32) as i64
}

fn application_id(text: &str) -> Option<String> {
    let bytes = hex(text.strip_prefix("0x")?)?;
    let (engine, selector) = bytes.split_first()?;
    Some(format!("{engine}:{}", selector.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte))))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
