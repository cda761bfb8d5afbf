//! Records that tell of both directions become two rows.

use weir_schema::Field;
use weir_schema::element::REVERSE;

use crate::element::Known;
use crate::row::Row;

/// Fields of the two ends that are no `src_`/`dst_` pair by name.
const ENDS: [(Field, Field); 6] = [
    (Field::InIf, Field::OutIf),
    (Field::InPhysIf, Field::OutPhysIf),
    (Field::InVrf, Field::OutVrf),
    (Field::InIfName, Field::OutIfName),
    (Field::PrevAs, Field::NextAs),
    (Field::Vlan, Field::PostVlan),
];

/// Whether a counter of the way there tells what a cell of the way there holds.
pub(crate) fn is_told(column: Field, cell: &str, known: &[Known<'_>]) -> bool {
    let initiator = match column {
        Field::Bytes => Field::InitiatorBytes,
        Field::Packets => Field::InitiatorPackets,
        _ => return false,
    };
    known.iter().any(|field| field.field == Some(initiator) && field.is_cell(column, cell))
}

/// Compares the row of the way back with the fields of the record and with the row of the way there.
pub(crate) fn compare(known: &[Known<'_>], forth: &Row<'_>, back: &Row<'_>, fail: &mut impl FnMut(String)) {
    for (one, other) in [(Field::SrcIp, Field::DstIp), (Field::SrcPort, Field::DstPort)] {
        for (there, here) in [(one, other), (other, one)] {
            if forth.cell(there) != back.cell(here) {
                fail(format!("{} is not the way back's {}", there.name(), here.name()));
            }
        }
    }
    for field in known {
        let counts = match (field.id, field.field) {
            (Some((REVERSE, id)), _) => Field::from_element(0, id).map(|(column, _)| column),
            (_, Some(Field::ResponderBytes)) => Some(Field::Bytes),
            (_, Some(Field::ResponderPackets)) => Some(Field::Packets),
            _ => None,
        };
        let Some(column) = counts else { continue };
        match back.cell(column) {
            Some(cell) if field.is_cell(column, &cell) => {}
            None if field.is_absent() => {}
            found => fail(format!("way back: {} = {}: {found:?}", field.name, field.value)),
        }
    }
    for (column, cell) in back.cells() {
        if !is_told_back(column, &cell, known, forth) {
            fail(format!("way back: {} = {cell}: no field tells it", column.name()));
        }
    }
}

fn is_told_back(column: Field, cell: &str, known: &[Known<'_>], forth: &Row<'_>) -> bool {
    if column == Field::BiflowSide {
        return true;
    }
    let seen_from_behind = column.info().mirror.or_else(|| {
        let pair = ENDS.iter().find(|(one, other)| *one == column || *other == column)?;
        Some(if pair.0 == column { pair.1 } else { pair.0 })
    });
    let same = |field: Field| forth.cell(field).as_deref() == Some(cell);
    seen_from_behind.is_some_and(same)
        || same(column)
        || known.iter().any(|field| {
            let own = match (field.id, field.field) {
                (Some((REVERSE, id)), _) => Field::from_element(0, id).map(|(column, _)| column),
                (_, Some(Field::ResponderBytes)) => Some(Field::Bytes),
                (_, Some(Field::ResponderPackets)) => Some(Field::Packets),
                _ => None,
            };
            own == Some(column) && field.is_cell(column, cell)
        })
}
