//! The way back of bidirectional records: which column an element fills when a record is read from its other end.
//!
//! Elements of the way back come as reverse elements (RFC 5103), or as responder counters (IANA 232 and 299; Cisco
//! ASA). Keys of the flow are exchanged; what counts or describes packets of one direction is not taken over.

use weir_schema::Field;

/// Which end a record is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// As it stands.
    Forward,
    /// From the side that answered.
    Reverse,
}

/// Fields of the two ends that the field table does not pair, because they are no `src_`/`dst_` names.
const ENDS: [(Field, Field); 5] = [
    (Field::InIf, Field::OutIf),
    (Field::InPhysIf, Field::OutPhysIf),
    (Field::InVrf, Field::OutVrf),
    (Field::InIfName, Field::OutIfName),
    (Field::PrevAs, Field::NextAs),
];

/// The column that a fact of the way there has on the way back; `None` if it says nothing about it.
pub(crate) fn seen_from_behind(field: Field) -> Option<Field> {
    if let Some(mirror) = field.info().mirror {
        return Some(mirror);
    }
    if let Some((one, other)) = ENDS.iter().find(|(one, other)| *one == field || *other == field) {
        return Some(if *one == field { *other } else { *one });
    }
    let one_way = matches!(
        field,
        Field::Bytes
            | Field::Packets
            | Field::Flows
            | Field::OutBytes
            | Field::OutPackets
            | Field::DroppedBytes
            | Field::DroppedPackets
            | Field::InitiatorBytes
            | Field::InitiatorPackets
            | Field::ResponderBytes
            | Field::ResponderPackets
            | Field::TcpFlags
            | Field::TcpWindow
            | Field::Tos
            | Field::PostTos
            | Field::Ttl
            | Field::MinTtl
            | Field::MaxTtl
            | Field::MinPacketSize
            | Field::MaxPacketSize
            | Field::Ipv6FlowLabel
            | Field::IcmpType
            | Field::IcmpCode
            | Field::FragmentId
            | Field::FragmentOffset
            | Field::FragmentFlags
            | Field::NextHop
            | Field::BgpNextHop
            | Field::AsPath
            | Field::Communities
            | Field::FlowDirection
            | Field::PostVlan
            | Field::MplsLabel1
            | Field::MplsLabel2
            | Field::MplsLabel3
            | Field::MplsTopLabelType
            | Field::MplsTopLabelIp
    );
    (!one_way).then_some(field)
}

/// What responder counters count on the way back.
pub(crate) fn of_responder(field: Field) -> Option<Field> {
    match field {
        Field::ResponderBytes => Some(Field::Bytes),
        Field::ResponderPackets => Some(Field::Packets),
        _ => None,
    }
}

/// What initiator counters count on the way there.
pub(crate) fn of_initiator(field: Field) -> Option<Field> {
    match field {
        Field::InitiatorBytes => Some(Field::Bytes),
        Field::InitiatorPackets => Some(Field::Packets),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_exchanged_and_counters_stay_behind() {
        assert_eq!(seen_from_behind(Field::SrcIp), Some(Field::DstIp));
        assert_eq!(seen_from_behind(Field::NatDstPort), Some(Field::NatSrcPort));
        assert_eq!(seen_from_behind(Field::OutIf), Some(Field::InIf));
        assert_eq!(seen_from_behind(Field::Protocol), Some(Field::Protocol));
        assert_eq!(seen_from_behind(Field::Bytes), None);
    }
}
