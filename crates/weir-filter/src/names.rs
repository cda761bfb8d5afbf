//! Names that stand for numbers: protocols, flags, DSCP, services and the codes of some fields.

use weir_schema::service::{Service, ports_named, protocol_name, protocol_number};
use weir_schema::{Field, Kind};

use crate::expr::{Item, Subject};

/// TCP flags, lowest bit first (RFC 9293, RFC 3540's `ns`).
const FLAGS: [&str; 9] = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns"];

/// Code points (RFC 2474, 2597, 3246, 5865, 8622).
const DSCP: [(u64, &str); 23] = [
    (0, "cs0"),
    (1, "le"),
    (8, "cs1"),
    (10, "af11"),
    (12, "af12"),
    (14, "af13"),
    (16, "cs2"),
    (18, "af21"),
    (20, "af22"),
    (22, "af23"),
    (24, "cs3"),
    (26, "af31"),
    (28, "af32"),
    (30, "af33"),
    (32, "cs4"),
    (34, "af41"),
    (36, "af42"),
    (38, "af43"),
    (40, "cs5"),
    (44, "va"),
    (46, "ef"),
    (48, "cs6"),
    (56, "cs7"),
];

const ECN: [(u64, &str); 4] = [(0, "not-ect"), (1, "ect1"), (2, "ect0"), (3, "ce")];
const DIRECTION: [(u64, &str); 2] = [(0, "ingress"), (1, "egress")];
const END_REASON: [(u64, &str); 5] =
    [(1, "idle"), (2, "active"), (3, "end"), (4, "forced"), (5, "resources")];
const FIREWALL: [(u64, &str); 5] =
    [(1, "created"), (2, "deleted"), (3, "denied"), (4, "alert"), (5, "update")];
const ETHERTYPE: [(u64, &str); 5] =
    [(0x0800, "ipv4"), (0x0806, "arp"), (0x8100, "vlan"), (0x86dd, "ipv6"), (0x8847, "mpls")];

/// The upper two bits of `forwarding_status` say what was done, the rest why (RFC 7270 section 4.12).
const FORWARDING: [(&str, (u64, u64)); 4] =
    [("unknown", (0, 63)), ("forwarded", (64, 127)), ("dropped", (128, 191)), ("consumed", (192, 255))];

/// The names of a field whose numbers each have one name.
fn table(field: Field) -> &'static [(u64, &'static str)] {
    match field {
        Field::Dscp => &DSCP,
        Field::Ecn => &ECN,
        Field::FlowDirection => &DIRECTION,
        Field::FlowEndReason => &END_REASON,
        Field::FirewallEvent => &FIREWALL,
        Field::Ethertype => &ETHERTYPE,
        _ => &[],
    }
}

/// The name of a subject's number, where it has one that reads back as that number.
pub(crate) fn name_of(subject: &Subject, number: u64) -> Option<String> {
    match subject {
        Subject::Calendar(calendar) => {
            calendar.part.names().iter().find(|entry| entry.0 == number).map(|entry| entry.1.to_owned())
        }
        other => other.named_like().and_then(|field| field_name_of(field, number)),
    }
}

/// The name of a field's number, where it has one that reads back as that number.
pub(crate) fn field_name_of(field: Field, number: u64) -> Option<String> {
    match field {
        Field::Protocol => {
            let number = u8::try_from(number).ok()?;
            let name = protocol_name(number)?;
            (protocol_number(name) == Some(number)).then(|| name.to_owned())
        }
        Field::TcpFlags => Some(flags_text(number)),
        other => table(other).iter().find(|entry| entry.0 == number).map(|entry| entry.1.to_owned()),
    }
}

/// What a name stands for as a value of a subject.
pub(crate) fn resolve(subject: &Subject, name: &str) -> Option<Item> {
    let lower = name.to_lowercase();
    match subject {
        Subject::Calendar(calendar) => {
            calendar.part.names().iter().find(|entry| entry.1 == lower).map(|entry| Item::number(entry.0))
        }
        other => field_resolve(other.named_like()?, &lower),
    }
}

fn field_resolve(field: Field, lower: &str) -> Option<Item> {
    let named = |ranges: Vec<(i128, i128)>| {
        (!ranges.is_empty()).then(|| Item::Named { name: lower.to_owned(), ranges })
    };
    match field {
        Field::Protocol => protocol_number(lower).map(Item::number),
        Field::TcpFlags => flags(lower).map(Item::number),
        Field::ForwardingStatus => {
            let (_, (low, high)) = FORWARDING.iter().find(|entry| entry.0 == lower)?;
            named(vec![(i128::from(*low), i128::from(*high))])
        }
        Field::Dscp if matches!(lower, "be" | "default") => Some(Item::number(0)),
        other if other.kind() == Kind::Service => named(services(lower)),
        other if is_port(other) => {
            named(ports_named(lower).into_iter().map(|port| (i128::from(port), i128::from(port))).collect())
        }
        other => table(other).iter().find(|entry| entry.1 == lower).map(|entry| Item::number(entry.0)),
    }
}

/// Whether a field holds a transport port, so that service names stand for its numbers.
fn is_port(field: Field) -> bool {
    field.kind() == Kind::U16 && field.name().ends_with("_port")
}

/// The services of a name; a bare number is that port over every protocol with ports.
fn services(name: &str) -> Vec<(i128, i128)> {
    let mut found = Service::from_text(name);
    if let Ok(port) = name.parse::<u16>() {
        found = ["tcp", "udp", "dccp", "sctp"]
            .iter()
            .flat_map(|protocol| Service::from_text(&format!("{protocol}/{port}")))
            .collect();
    }
    let mut numbers: Vec<i128> = found.into_iter().map(|service| i128::from(service.0)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().map(|number| (number, number)).collect()
}

/// `syn|ack`, `syn+ack`, `none`, with numbers for bits without a name.
pub(crate) fn flags(text: &str) -> Option<u64> {
    if text == "none" {
        return Some(0);
    }
    let mut bits = 0;
    let mut any_name = false;
    for part in text.split(['|', '+']) {
        if let Some(bit) = FLAGS.iter().position(|flag| *flag == part) {
            bits |= 1 << bit;
            any_name = true;
        } else {
            bits |= u64::from_str_radix(part.strip_prefix("0x")?, 16).ok().filter(|bits| *bits <= 0xffff)?;
        }
    }
    (any_name || bits != 0).then_some(bits)
}

fn flags_text(bits: u64) -> String {
    let mut parts: Vec<String> =
        (0..FLAGS.len()).filter(|bit| bits >> bit & 1 == 1).map(|bit| FLAGS[bit].to_owned()).collect();
    let rest = bits & !((1 << FLAGS.len()) - 1);
    if rest != 0 {
        parts.push(format!("{rest:#x}"));
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join("|") }
}

/// Names to suggest for a subject's values.
pub(crate) fn candidates(subject: &Subject) -> Vec<&'static str> {
    match subject {
        Subject::Calendar(calendar) => calendar.part.names().iter().map(|entry| entry.1).collect(),
        other => other.named_like().map(field_candidates).unwrap_or_default(),
    }
}

fn field_candidates(field: Field) -> Vec<&'static str> {
    match field {
        // Not all: half of the registry looks like a misspelt `tcp`.
        Field::Protocol => {
            vec![
                "tcp",
                "udp",
                "icmp",
                "icmp6",
                "ipv6-icmp",
                "gre",
                "esp",
                "ah",
                "sctp",
                "igmp",
                "ospfigp",
                "vrrp",
            ]
        }
        Field::TcpFlags => FLAGS.to_vec(),
        Field::ForwardingStatus => FORWARDING.iter().map(|entry| entry.0).collect(),
        other if other.kind() == Kind::Service || is_port(other) => {
            vec![
                "https", "http", "dns", "ssh", "smtp", "ntp", "snmp", "quic", "rdp", "ldap", "imap", "telnet",
            ]
        }
        other => table(other).iter().map(|entry| entry.1).collect(),
    }
}

/// The candidate that is most like a text, if one is enough like it.
pub(crate) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if text.len() > 64 {
        return None;
    }
    let lower = text.to_lowercase();
    // Two neighbours swapped in a short word (`tpc`) share too little for the first measure.
    let likeness = |candidate: &str| match strsim::osa_distance(&lower, candidate) {
        1 if lower.len() > 2 => 0.99,
        _ => strsim::jaro_winkler(&lower, candidate),
    };
    candidates
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
