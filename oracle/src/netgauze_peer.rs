//! The crate `netgauze-flow-pkt`: NetFlow v9 and IPFIX.

use netgauze_flow_pkt::{ipfix, netflow};
use netgauze_parse_utils::reader::SliceReader;
use netgauze_parse_utils::traits::ParseFromWithOneInput;
use serde_json::Value;

use crate::{Peer, PeerRecord, PeerValue};

/// The templates of one exporter's domain.
#[derive(Debug, Default)]
pub struct NetgauzePeer {
    netflow9: netflow::TemplatesMap,
    ipfix: ipfix::TemplatesMap,
}

enum Packet {
    Netflow9(netflow::NetFlowV9Packet),
    Ipfix(ipfix::IpfixPacket),
}

impl NetgauzePeer {
    fn parse(&mut self, datagram: &[u8]) -> Result<Packet, String> {
        let mut reader = SliceReader::new(datagram);
        match datagram.get(1) {
            Some(9) => netflow::NetFlowV9Packet::parse(&mut reader, &mut self.netflow9)
                .map(Packet::Netflow9)
                .map_err(|error| error.to_string()),
            Some(10) => ipfix::IpfixPacket::parse(&mut reader, &mut self.ipfix)
                .map(Packet::Ipfix)
                .map_err(|error| error.to_string()),
            _ => Err("not a protocol of netgauze-flow-pkt".to_owned()),
        }
    }
}

impl Peer for NetgauzePeer {
    const NAME: &'static str = "netgauze-flow-pkt";

    fn records(&mut self, datagram: &[u8]) -> Result<Vec<PeerRecord>, String> {
        let mut found = Vec::new();
        match self.parse(datagram)? {
            Packet::Netflow9(packet) => {
                for set in packet.sets() {
                    let netflow::Set::Data { records, .. } = set else { continue };
                    found.extend(records.iter().map(|record| {
                        let scope = record.scope_fields().iter().map(json);
                        scope.chain(record.fields().iter().map(json)).collect()
                    }));
                }
            }
            Packet::Ipfix(packet) => {
                for set in packet.sets() {
                    let ipfix::Set::Data { records, .. } = set else { continue };
                    found.extend(records.iter().map(|record| {
                        let scope = record.scope_fields().iter().map(json);
                        scope.chain(record.fields().iter().map(json)).collect()
                    }));
                }
            }
        }
        Ok(found)
    }

    fn count(&mut self, datagram: &[u8]) -> usize {
        match self.parse(datagram) {
            Ok(Packet::Netflow9(packet)) => packet
                .sets()
                .iter()
                .map(|set| match set {
                    netflow::Set::Data { records, .. } => records.len(),
                    _ => 0,
                })
                .sum(),
            Ok(Packet::Ipfix(packet)) => packet
                .sets()
                .iter()
                .map(|set| match set {
                    ipfix::Set::Data { records, .. } => records.len(),
                    _ => 0,
                })
                .sum(),
            Err(_) => 0,
        }
    }
}

/// A field is an object of one member, its element's name.
fn json(field: &impl serde_json_field::Field) -> PeerValue {
    let value = field.value();
    PeerValue::Json(match value {
        Value::Object(object) if object.len() == 1 => {
            object.into_iter().next().map_or(Value::Null, |(_, value)| value)
        }
        other => other,
    })
}

/// Anything that can be turned into JSON.
mod serde_json_field {
    pub trait Field {
        fn value(&self) -> serde_json::Value;
    }

    impl Field for netgauze_flow_pkt::ie::Field {
        fn value(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap_or_default()
        }
    }

    impl Field for netgauze_flow_pkt::netflow::ScopeField {
        fn value(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap_or_default()
        }
    }
}
