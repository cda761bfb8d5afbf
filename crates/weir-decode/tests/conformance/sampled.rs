//! sFlow samples in rows: a row has the packet, not how the sample was taken.

use serde_json::{Map, Value};
use weir_schema::Field;

use crate::element::Known;
use crate::row::Row;

/// What only says how a sample was taken, or repeats what the header says: a row does without.
const HOW_IT_WAS_TAKEN: &[&str] = &[
    "sflow:samplePool",
    "sflow:drops",
    "sflow:sourceIdType",
    "sflow:inputFormat",
    "sflow:outputFormat",
    "sflow:headerProtocol",
    "sflow:stripped",
    "sflow:headerLength",
    "sflow:srcPriority",
    "sflow:dstPriority",
    "sflow:ipLength",
    "sflow:ethernetLength",
];

/// Finds a field of a sample in its row; the error is what was found instead.
pub(crate) fn lookup(
    name: &str,
    field: &Known<'_>,
    row: &Row<'_>,
    all: &Map<String, Value>,
) -> Result<(), Option<String>> {
    let number = |name: &str| all.get(name).and_then(Value::as_u64);
    let is = |column: Field, wanted: Option<u64>| {
        let found = row.cell(column);
        if found == wanted.map(|wanted| wanted.to_string()) { Ok(()) } else { Err(found) }
    };
    let value = field.number();
    // All ones says that the switch does not know.
    let is_known = |vlan: &u64| u16::try_from(*vlan).is_ok();
    match name {
        // The header's own VLAN is nearer to the packet than what the switch says.
        "sflow:srcVlan" => is(Field::Vlan, number("dot1qVlanId").or(value.filter(is_known))),
        "sflow:dstVlan" => is(Field::PostVlan, value.filter(is_known)),
        // A source AS of 0 is the device's own.
        "bgpSourceAsNumber" => {
            is(Field::SrcAs, value.filter(|value| *value != 0).or(number("sflow:gatewayAs")))
        }
        "sflow:sourceIdIndex" => is(
            Field::ObservationPoint,
            Some(number("sflow:sourceIdType").unwrap_or(0) << 24 | value.unwrap_or(0)),
        ),
        "ingressInterface" | "egressInterface" => {
            let (column, format) = match name {
                "ingressInterface" => (Field::InIf, "sflow:inputFormat"),
                _ => (Field::OutIf, "sflow:outputFormat"),
            };
            // Internal, dropped, several: no interface.
            let is_index = number(format).unwrap_or(0) == 0 && value != Some(0x3fff_ffff);
            is(column, value.filter(|_| is_index))
        }
        "icmpTypeCodeIPv4" | "icmpTypeCodeIPv6" => {
            is(Field::IcmpType, value.map(|both| both >> 8))?;
            is(Field::IcmpCode, value.map(|both| both & 0xff))
        }
        name if HOW_IT_WAS_TAKEN.contains(&name) || field.is_absent() && name.starts_with("sflow:") => Ok(()),
        "sflow:gatewayAs" => is(Field::SrcAs, value),
        "sflow:dropReason" => is(Field::DropReason, value),
        // Numbers of a path and their order: `as_path` and its neighbours have them in another form.
        "sflow:asPath" | "sflow:communities" | "sflow:srcPeerAs" => Ok(()),
        "dataLinkFrameSize" => is(Field::Bytes, value),
        _ => match field.field {
            Some(column) => match row.cell(column) {
                Some(cell) if field.is_cell(column, &cell) => Ok(()),
                // A record of the sample that repeats what the header says has these words for every protocol.
                None if field.is_absent() => Ok(()),
                found => Err(found),
            },
            None if field.is_absent() => Ok(()),
            None => Err(None),
        },
    }
}

/// Whether a sample tells what a cell holds, for cells that are not a field's own.
pub(crate) fn is_told(
    column: Field,
    cell: &str,
    known: &[Known<'_>],
    all: &Map<String, Value>,
    row: &Row<'_>,
) -> bool {
    let number = |name: &str| all.get(name).and_then(Value::as_u64).map(|number| number.to_string());
    let is = |name: &str| number(name).as_deref() == Some(cell);
    match column {
        // One packet was sampled, or one was discarded.
        Field::Packets | Field::DroppedPackets => cell == "1",
        Field::Bytes => is("dataLinkFrameSize") || is("sflow:ipLength") || is("sflow:ethernetLength"),
        Field::Vlan => is("sflow:srcVlan"),
        Field::PostVlan => is("sflow:dstVlan"),
        Field::VlanPriority => is("sflow:srcPriority"),
        Field::IpVersion => {
            let v6 = known.iter().any(|field| field.name.contains("IPv6Address"));
            cell == if v6 { "6" } else { "4" }
        }
        // Both are made of several fields.
        Field::ObservationPoint | Field::ForwardingStatus => true,
        Field::AsPath | Field::Communities | Field::PrevAs | Field::NextAs | Field::SrcAs | Field::DstAs => {
            all.contains_key("sflow:asPath")
        }
        Field::FragmentFlags => row.cell(Field::FragmentOffset).is_some(),
        Field::Tunnel | Field::InnerSrcIp | Field::InnerDstIp | Field::InnerProtocol => {
            all.contains_key("sflow:tunnel")
        }
        Field::InnerSrcPort | Field::InnerDstPort | Field::Layer2Segment => all.contains_key("sflow:tunnel"),
        Field::MplsLabel1 => is("sflow:mplsLabel1"),
        Field::MplsLabel2 => is("sflow:mplsLabel2"),
        Field::MplsLabel3 => is("sflow:mplsLabel3"),
        Field::DropReason => all.contains_key("sflow:dropReason"),
        _ => false,
    }
}
