//! Flow files of other programs: Zeek's connection log, Argus's CSV, and what nfdump prints of its own files.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, StringArray, TimestampNanosecondArray,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};

const FIN: u16 = 1;
const SYN: u16 = 2;
const RST: u16 = 4;
const PSH: u16 = 8;
const ACK: u16 = 16;

/// One direction of a connection.
#[derive(Debug, Clone)]
struct Row {
    start: i64,
    end: i64,
    src: (IpAddr, u16),
    dst: (IpAddr, u16),
    protocol: u8,
    flags: u16,
    bytes: u64,
    packets: u64,
    side: Option<&'static str>,
}

impl Row {
    fn back(&self, flags: u16, bytes: u64, packets: u64) -> Row {
        Row { src: self.dst, dst: self.src, flags, bytes, packets, side: Some("reverse"), ..self.clone() }
    }
}

/// The flows of a file of flows.
pub(crate) fn flows(file: &Path, format: &str) -> Vec<RecordBatch> {
    let rows = match format {
        "zeek_conn_log" => zeek(&std::fs::read_to_string(file).unwrap()),
        "zeek_conn_log_gz" => zeek(&output("zcat", &[file.to_str().unwrap()])),
        "binetflow_csv" => argus(&std::fs::read_to_string(file).unwrap()),
        "nfdump" => {
            let form = "fmt:%tsr|%ter|%pr|%sa|%sp|%da|%dp|%flg|%pkt|%byt";
            nfdump(&output("nfdump", &["-r", file.to_str().unwrap(), "-6", "-N", "-q", "-o", form]))
        }
        other => panic!("no reader for `{other}`"),
    };
    if rows.is_empty() { Vec::new() } else { vec![batch(&rows)] }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn protocol(name: &str) -> u8 {
    match name.trim().to_ascii_lowercase().as_str() {
        "tcp" => 6,
        "udp" => 17,
        "icmp" => 1,
        "ipv6-icmp" | "icmp6" => 58,
        number => number.parse().unwrap_or(0),
    }
}

fn ns(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}

/// Flags of both sides from what Zeek saw of a connection.
fn zeek_flags(state: &str) -> (u16, u16) {
    match state {
        "S0" => (SYN, 0),
        "REJ" => (SYN, RST | ACK),
        "S1" => (SYN | ACK | PSH, SYN | ACK | PSH),
        "RSTOS0" => (SYN | RST, 0),
        "RSTO" => (SYN | ACK | PSH | RST, SYN | ACK | PSH),
        "RSTR" => (SYN | ACK | PSH, SYN | ACK | PSH | RST),
        "SH" => (SYN | FIN, 0),
        "OTH" => (ACK | PSH, ACK | PSH),
        _ => (SYN | ACK | PSH | FIN, SYN | ACK | PSH | FIN),
    }
}

fn zeek(text: &str) -> Vec<Row> {
    let (mut columns, mut rows) = (HashMap::new(), Vec::new());
    for line in text.lines() {
        if let Some(names) = line.strip_prefix("#fields\t") {
            columns = names.split('\t').enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
        }
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        let get = |name: &str| columns.get(name).and_then(|at| cells.get(*at)).copied().unwrap_or("-");
        let number = |name: &str| get(name).parse::<f64>().unwrap_or(0.0);
        let (Ok(src), Ok(dst)) = (get("id.orig_h").parse(), get("id.resp_h").parse()) else { continue };
        let start = ns(number("ts"));
        let is_tcp = get("proto") == "tcp";
        let (up, down) = if is_tcp { zeek_flags(get("conn_state")) } else { (0, 0) };
        let there = Row {
            start,
            end: start + ns(number("duration")),
            src: (src, number("id.orig_p") as u16),
            dst: (dst, number("id.resp_p") as u16),
            protocol: protocol(get("proto")),
            flags: up,
            bytes: number("orig_ip_bytes") as u64,
            packets: number("orig_pkts").max(1.0) as u64,
            side: Some("forward"),
        };
        let back = number("resp_pkts") as u64;
        if back > 0 {
            rows.push(there.back(down, number("resp_ip_bytes") as u64, back));
        }
        rows.push(there);
    }
    rows
}

/// `2018/12/18 14:00:00.075359`, taken as UTC: the files name no zone.
fn argus_time(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ')?;
    let mut date = date.split('/').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.split(':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (time.next()??, time.next()??, time.next()??);
    // Days since 1970 of a civil date (Howard Hinnant's algorithm).
    let years = if month <= 2 { year - 1 } else { year };
    let era = years.div_euclid(400);
    let of_era = years - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(ns(days as f64 * 86_400.0 + hours * 3_600.0 + minutes * 60.0) + ns(seconds))
}

fn argus_flags(text: &str) -> u16 {
    let flag = |letter| match letter {
        'S' => SYN,
        'A' => ACK,
        'P' => PSH,
        'F' => FIN,
        'R' => RST,
        _ => 0,
    };
    text.chars().map(flag).fold(0, |all, flag| all | flag)
}

fn argus(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default();
    let columns: HashMap<&str, usize> = heading.split(',').enumerate().map(|(at, name)| (name, at)).collect();
    let mut rows = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let get =
            |name: &str| columns.get(name).and_then(|at| cells.get(*at)).copied().unwrap_or_default().trim();
        let number = |name: &str| get(name).parse::<f64>().unwrap_or(0.0);
        let port = |name: &str| {
            let text = get(name);
            text.strip_prefix("0x")
                .map_or_else(|| text.parse().unwrap_or(0), |hex| u16::from_str_radix(hex, 16).unwrap_or(0))
        };
        let Some(start) = argus_time(get("StartTime")) else { continue };
        let (Ok(src), Ok(dst)) = (get("SrcAddr").parse(), get("DstAddr").parse()) else { continue };
        let protocol = protocol(get("Proto"));
        let state = get("State");
        let (up, down) = match state {
            _ if protocol != 6 => (0, 0),
            "REQ" | "S0" => (SYN, 0),
            "RST" => (SYN, RST | ACK),
            "CON" => (ACK | PSH, ACK | PSH),
            "FIN" => (SYN | ACK | PSH | FIN, SYN | ACK | PSH | FIN),
            other => {
                let (up, down) = other.split_once('_').unwrap_or((other, ""));
                (argus_flags(up), argus_flags(down))
            }
        };
        let (packets, bytes, own) =
            (number("TotPkts") as u64, number("TotBytes") as u64, number("SrcBytes") as u64);
        let one_sided = matches!(state, "REQ" | "S0" | "INT" | "ECO" | "S_" | "URP");
        let back = if columns.contains_key("SrcPkts") {
            packets.saturating_sub(number("SrcPkts") as u64)
        } else if one_sided || own >= bytes {
            0
        } else {
            (packets / 2).max(1)
        };
        let there = Row {
            start,
            end: start + ns(number("Dur")),
            src: (src, port("Sport")),
            // An echo request is type 8: its place is the destination port.
            dst: (dst, if matches!(state, "ECO") { 8 << 8 } else { port("Dport") }),
            protocol,
            flags: up,
            bytes: own,
            packets: packets.saturating_sub(back).max(1),
            side: Some("forward"),
        };
        if back > 0 {
            rows.push(there.back(down, bytes.saturating_sub(own), back));
        }
        rows.push(there);
    }
    rows
}

fn nfdump(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [start, end, proto, src, src_port, dst, dst_port, flags, packets, bytes] = cells[..] else {
            continue;
        };
        let (Ok(start), Ok(end)) = (start.parse::<f64>(), end.parse::<f64>()) else { continue };
        let (Ok(src), Ok(dst)) = (src.parse(), dst.parse()) else { continue };
        rows.push(Row {
            start: ns(start.min(end)),
            end: ns(end.max(start)),
            src: (src, src_port.parse().unwrap_or(0)),
            dst: (dst, dst_port.parse().unwrap_or(0)),
            protocol: protocol(proto),
            flags: argus_flags(flags),
            bytes: bytes.parse().unwrap_or(0),
            packets: packets.parse().unwrap_or(1),
            side: None,
        });
    }
    rows
}

fn addresses(of: impl Iterator<Item = IpAddr>) -> ArrayRef {
    let (mut codes, mut known, mut values) = (Vec::new(), HashMap::new(), Vec::new());
    for ip in of {
        let bytes = match ip {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            IpAddr::V6(ip) => ip.octets(),
        };
        let code = *known.entry(bytes).or_insert_with(|| {
            values.push(bytes);
            (values.len() - 1) as u32
        });
        codes.push(code);
    }
    let values = FixedSizeBinaryArray::try_from_iter(values.iter()).unwrap();
    Arc::new(DictionaryArray::<UInt32Type>::new(UInt32Array::from(codes), Arc::new(values)))
}

fn batch(rows: &[Row]) -> RecordBatch {
    let times = |of: fn(&Row) -> i64| -> ArrayRef {
        Arc::new(TimestampNanosecondArray::from(rows.iter().map(of).collect::<Vec<_>>()).with_timezone("UTC"))
    };
    let sides: DictionaryArray<UInt32Type> = {
        let names = StringArray::from(vec!["forward", "reverse"]);
        let codes: UInt32Array =
            rows.iter().map(|row| row.side.map(|side| u32::from(side == "reverse"))).collect();
        DictionaryArray::new(codes, Arc::new(names))
    };
    RecordBatch::try_from_iter([
        ("time", times(|row| row.end)),
        ("start", times(|row| row.start)),
        ("end", times(|row| row.end)),
        ("src_ip", addresses(rows.iter().map(|row| row.src.0))),
        ("dst_ip", addresses(rows.iter().map(|row| row.dst.0))),
        ("src_port", Arc::new(rows.iter().map(|row| row.src.1).collect::<UInt16Array>()) as ArrayRef),
        ("dst_port", Arc::new(rows.iter().map(|row| row.dst.1).collect::<UInt16Array>())),
        ("protocol", Arc::new(rows.iter().map(|row| row.protocol).collect::<UInt8Array>())),
        ("tcp_flags", Arc::new(rows.iter().map(|row| row.flags).collect::<UInt16Array>())),
        ("bytes", Arc::new(rows.iter().map(|row| row.bytes).collect::<UInt64Array>())),
        ("packets", Arc::new(rows.iter().map(|row| row.packets).collect::<UInt64Array>())),
        ("biflow_side", Arc::new(sides)),
    ])
    .unwrap()
}
