//! The crate `netflow_parser`.

use netflow_parser::variable_versions::field_value::FieldValue;
use netflow_parser::variable_versions::v9::ScopeDataField;
use netflow_parser::variable_versions::{ipfix, v9};
use netflow_parser::{NetflowPacket, NetflowParser};

use crate::{Peer, PeerRecord, PeerValue};

/// A parser for one exporter's domain.
#[derive(Debug, Default)]
pub struct NetflowParserPeer(NetflowParser);

impl Peer for NetflowParserPeer {
    const NAME: &'static str = "netflow_parser";

    fn records(&mut self, datagram: &[u8]) -> Result<Vec<PeerRecord>, String> {
        let parsed = self.0.parse_bytes(datagram);
        if let Some(error) = parsed.error {
            return Err(error.to_string());
        }
        Ok(parsed.packets.iter().flat_map(records_of).collect())
    }

    fn count(&mut self, datagram: &[u8]) -> usize {
        let parsed = self.0.parse_bytes(datagram);
        parsed.packets.iter().map(count_of).sum()
    }
}

fn count_of(packet: &NetflowPacket) -> usize {
    match packet {
        NetflowPacket::V5(packet) => packet.flowsets.len(),
        NetflowPacket::V7(packet) => packet.flowsets.len(),
        NetflowPacket::V9(packet) => packet
            .flowsets
            .iter()
            .map(|set| match &set.body {
                v9::FlowSetBody::Data(data) => data.fields.len(),
                v9::FlowSetBody::OptionsData(data) => data.fields.len(),
                _ => 0,
            })
            .sum(),
        NetflowPacket::IPFix(packet) => packet
            .flowsets
            .iter()
            .map(|set| match &set.body {
                ipfix::FlowSetBody::Data(data) => data.fields.len(),
                ipfix::FlowSetBody::OptionsData(data) => data.fields.len(),
                _ => 0,
            })
            .sum(),
        _ => 0,
    }
}

fn records_of(packet: &NetflowPacket) -> Vec<PeerRecord> {
    match packet {
        NetflowPacket::V9(packet) => packet
            .flowsets
            .iter()
            .flat_map(|set| match &set.body {
                v9::FlowSetBody::Data(data) => data
                    .fields
                    .iter()
                    .map(|record| record.iter().map(|(_, value)| bytes(value)).collect())
                    .collect(),
                v9::FlowSetBody::OptionsData(data) => data
                    .fields
                    .iter()
                    .map(|record| {
                        let scope = record.scope_fields.iter().map(scope_bytes);
                        scope.chain(record.options_fields.iter().map(|(_, value)| bytes(value))).collect()
                    })
                    .collect(),
                _ => Vec::new(),
            })
            .collect(),
        NetflowPacket::IPFix(packet) => packet
            .flowsets
            .iter()
            .flat_map(|set| {
                let fields = match &set.body {
                    ipfix::FlowSetBody::Data(data) => &data.fields,
                    ipfix::FlowSetBody::OptionsData(data) => &data.fields,
                    _ => return Vec::new(),
                };
                fields.iter().map(|record| record.iter().map(|(_, value)| bytes(value)).collect()).collect()
            })
            .collect(),
        NetflowPacket::V5(packet) => packet.flowsets.iter().map(fixed).collect(),
        NetflowPacket::V7(packet) => packet.flowsets.iter().map(fixed).collect(),
        _ => Vec::new(),
    }
}

fn bytes(value: &FieldValue) -> PeerValue {
    let mut bytes = Vec::new();
    // A value that cannot be written back is left empty, and then not compared.
    let _ = value.write_be_bytes(&mut bytes);
    PeerValue::Bytes(bytes)
}

fn scope_bytes(field: &ScopeDataField) -> PeerValue {
    PeerValue::Bytes(match field {
        ScopeDataField::System(bytes)
        | ScopeDataField::Interface(bytes)
        | ScopeDataField::LineCard(bytes)
        | ScopeDataField::NetFlowCache(bytes)
        | ScopeDataField::Template(bytes)
        | ScopeDataField::Unknown(_, bytes) => bytes.clone(),
    })
}

/// A record of v5 or v7 without what is reserved.
fn fixed(flow: &impl serde::Serialize) -> PeerRecord {
    const NAMES: [&str; 18] = [
        "src_addr",
        "dst_addr",
        "next_hop",
        "input",
        "output",
        "d_pkts",
        "d_octets",
        "first",
        "last",
        "src_port",
        "dst_port",
        "tcp_flags",
        "protocol_number",
        "tos",
        "src_as",
        "dst_as",
        "src_mask",
        "dst_mask",
    ];
    let mut fields = serde_json::to_value(flow).unwrap_or_default();
    NAMES.iter().map(|name| PeerValue::Json(fields[*name].take())).collect()
}
