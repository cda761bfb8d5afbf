//! nfdump's words, and the fields that they stand for.

use weir_schema::Field;

use crate::expr::{Check, Expr, Subject, Test};

/// Words before the object of a primitive.
pub(super) const SIDES: &[&str] = &[
    "src", "dst", "in", "out", "ingress", "egress", "inout", "prev", "next", "bgp", "bgpnext", "router",
    "nat", "xlate", "tun", "client", "server",
];
/// Words that begin a primitive and mean nothing to Weir.
pub(super) const FOREIGN: &[&str] = &[
    "any",
    "inet",
    "inet6",
    "ipv4",
    "ipv6",
    "ident",
    "count",
    "proto",
    "flags",
    "host",
    "if",
    "xip",
    "xport",
    "icmp-type",
    "icmp-code",
    "engine",
    "engine-type",
    "engine-id",
    "mpls",
    "fwdstat",
    "flowdir",
    "asa",
    "acl",
    "payload",
    "geo",
    "observation",
    "pf",
    "latency",
    "vrf",
    "bpp",
    "sysid",
];
/// Words that mean the same to both, and need no operator with nfdump.
pub(super) const SHARED: &[&str] = &[
    "net",
    "ip",
    "port",
    "as",
    "mask",
    "mac",
    "vlan",
    "tos",
    "ttl",
    "ethertype",
    "packets",
    "bytes",
    "duration",
    "flows",
    "pps",
    "bps",
];
pub(super) const OBJECTS: &[&str] =
    &["ip", "host", "net", "port", "as", "if", "mask", "vlan", "mac", "tos", "packets", "bytes"];
/// Words of Weir's that stand after a field.
pub(super) const OPERATORS: &[&str] = &["in", "not", "has", "lacks", "like", "exists", "and", "or"];

pub(super) const TUNNEL: &str =
    "the outer addresses are in `src_ip` and `dst_ip`, the inner ones in `inner_src_ip` and `inner_dst_ip`";

/// Why a construct has no counterpart.
pub(super) const REFUSALS: &[(&str, &str)] = &[
    ("ident", "a store has no names of sources; ask for `exporter = ADDRESS`"),
    ("count", "it is about nfdump's output; `weir query` has measures and `--top`"),
    ("payload", "payloads are not kept"),
    ("geo", "there are no countries in the records yet"),
    ("pf", "records of pflog are not read"),
    ("acl", "access lists of firewalls are kept in `extra`; ask for `extra[\"ingressACLID\"] exists`"),
    ("latency", "latencies are kept in `extra`, by the name of their element"),
    ("engine", "engine type and engine id are together in `domain_id`"),
    ("engine-type", "engine type and engine id are together in `domain_id`"),
    ("engine-id", "engine type and engine id are together in `domain_id`"),
    ("sysid", "it is nfdump's own numbering; ask for `exporter = ADDRESS`"),
];

/// nfdump's names of forwarding states (RFC 7270 section 4.12).
pub(super) const FORWARDING: &[(&str, u64)] = &[
    ("ukwn", 0),
    ("forw", 64),
    ("frag", 65),
    ("drop", 128),
    ("dacld", 129),
    ("daclp", 130),
    ("noroute", 131),
    ("dadj", 132),
    ("dfrag", 133),
    ("dbadh", 134),
    ("dbadtlen", 135),
    ("dbadhlen", 136),
    ("dbadttl", 137),
    ("dpolicy", 138),
    ("dwred", 139),
    ("drpf", 140),
    ("dforus", 141),
    ("dbadof", 142),
    ("dhw", 143),
    ("term", 192),
    ("tadj", 193),
    ("tincadj", 194),
    ("tforus", 195),
];
pub(super) const ASA_EVENTS: &[(&str, u64)] =
    &[("ignore", 0), ("create", 1), ("term", 2), ("delete", 2), ("deny", 3)];
pub(super) const ASA_DENIED: &[(&str, u64)] =
    &[("ingress", 1001), ("egress", 1002), ("interface", 1003), ("nosyn", 1004)];
pub(super) const NAT_EVENTS: &[(&str, u64)] = &[("invalid", 0), ("add", 1), ("create", 1), ("delete", 2)];
pub(super) const DIRECTIONS: &[(&str, u64)] = &[("ingress", 0), ("egress", 1)];

/// The fields that a primitive looks at.
pub(super) enum Target {
    One(Subject),
    /// One of them is enough.
    Any(&'static [Field]),
    All(&'static [Field]),
}

impl Target {
    pub(super) fn subject(&self) -> Subject {
        match self {
            Target::One(subject) => subject.clone(),
            Target::Any(fields) | Target::All(fields) => Subject::Field(fields[0]),
        }
    }

    pub(super) fn test(self, check: &Check) -> Expr {
        let tests = |fields: &'static [Field]| {
            fields
                .iter()
                .map(|field| Expr::Test(Test { subject: Subject::Field(*field), check: check.clone() }))
        };
        match self {
            Target::One(subject) => Expr::Test(Test { subject, check: check.clone() }),
            Target::Any(fields) => Expr::or(tests(fields)),
            Target::All(fields) => Expr::and(tests(fields)),
        }
    }
}

/// The fields of an object on a side; why there are none.
pub(super) fn target(side: &str, object: &str) -> Result<Target, &'static str> {
    use Field as F;
    let one = |field| Ok(Target::One(Subject::Field(field)));
    let either = |field| Ok(Target::One(Subject::Either(field)));
    let object = if object == "host" || object == "net" { "ip" } else { object };
    if side.contains("tun") {
        return Err(TUNNEL);
    }
    match (side, object) {
        ("" | "either", "ip") => either(F::SrcIp),
        ("src", "ip") => one(F::SrcIp),
        ("dst", "ip") => one(F::DstIp),
        ("both", "ip") => Ok(Target::All(&[F::SrcIp, F::DstIp])),
        ("next", "ip") => one(F::NextHop),
        ("bgp next" | "bgpnext", "ip") => one(F::BgpNextHop),
        ("router" | "exporter", "ip") => one(F::Exporter),
        ("nat", "ip") => Ok(Target::Any(&[F::NatSrcIp, F::NatDstIp])),
        ("src nat", "ip") => one(F::NatSrcIp),
        ("dst nat", "ip") => one(F::NatDstIp),
        ("" | "either", "port") => either(F::SrcPort),
        ("src", "port") => one(F::SrcPort),
        ("dst", "port") => one(F::DstPort),
        ("both", "port") => Ok(Target::All(&[F::SrcPort, F::DstPort])),
        ("nat", "port") => Ok(Target::Any(&[F::NatSrcPort, F::NatDstPort])),
        ("src nat", "port") => one(F::NatSrcPort),
        ("dst nat", "port") => one(F::NatDstPort),
        ("" | "either", "as") => either(F::SrcAs),
        ("src", "as") => one(F::SrcAs),
        ("dst", "as") => one(F::DstAs),
        ("both", "as") => Ok(Target::All(&[F::SrcAs, F::DstAs])),
        ("prev", "as") => one(F::PrevAs),
        ("next", "as") => one(F::NextAs),
        ("", "proto") => one(F::Protocol),
        ("" | "either" | "inout", "if") => Ok(Target::Any(&[F::InIf, F::OutIf])),
        ("in" | "ingress", "if") => one(F::InIf),
        ("out" | "egress", "if") => one(F::OutIf),
        ("" | "either", "mask") => either(F::SrcMask),
        ("src", "mask") => one(F::SrcMask),
        ("dst", "mask") => one(F::DstMask),
        ("" | "either", "vlan") => Ok(Target::Any(&[F::Vlan, F::PostVlan])),
        ("src", "vlan") => one(F::Vlan),
        ("dst", "vlan") => one(F::PostVlan),
        ("" | "either" | "in" | "out", "mac") => either(F::SrcMac),
        ("src" | "in src" | "out src", "mac") => one(F::SrcMac),
        ("dst" | "in dst" | "out dst", "mac") => one(F::DstMac),
        ("" | "src", "tos") => one(F::Tos),
        ("dst", "tos") => one(F::PostTos),
        ("" | "in", "packets") => one(F::Packets),
        ("out", "packets") => one(F::OutPackets),
        ("" | "in", "bytes") => one(F::Bytes),
        ("out", "bytes") => one(F::OutBytes),
        ("", "flows") => one(F::Flows),
        ("", "duration") => one(F::Duration),
        ("", "pps") => one(F::Pps),
        ("", "bps") => one(F::Bps),
        ("", "bpp") => one(F::BytesPerPacket),
        ("", "ttl") => Ok(Target::Any(&[F::MinTtl, F::MaxTtl])),
        ("min", "ttl") => one(F::MinTtl),
        ("max", "ttl") => one(F::MaxTtl),
        ("", "ethertype") => one(F::Ethertype),
        ("", "vrf") => Ok(Target::Any(&[F::InVrf, F::OutVrf])),
        ("in" | "ingress", "vrf") => one(F::InVrf),
        ("out" | "egress", "vrf") => one(F::OutVrf),
        ("first", "seen") => one(F::Start),
        ("last", "seen") => one(F::End),
        _ => Err("it has no such side"),
    }
}
