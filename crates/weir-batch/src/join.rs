//! Fills columns of names from what options records told.

use weir_schema::Field;

use crate::builder::BatchBuilder;
use crate::column::Column;
use crate::names::NameLookup;
use crate::plan::Plan;

/// A column of names that a template leaves open, and the column that it is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Join {
    pub(crate) by: Field,
    pub(crate) name: Field,
}

/// Look-ups, most wanted first.
const JOINS: [Join; 5] = [
    Join { by: Field::InIf, name: Field::InIfName },
    Join { by: Field::OutIf, name: Field::OutIfName },
    Join { by: Field::InVrf, name: Field::VrfName },
    Join { by: Field::OutVrf, name: Field::VrfName },
    Join { by: Field::AppId, name: Field::App },
];

/// The look-ups that help a template with these columns.
pub(crate) fn joins(fills: impl Fn(Field) -> bool) -> Vec<Join> {
    let mut joins: Vec<Join> = vec![];
    for join in JOINS {
        if fills(join.by) && !fills(join.name) && joins.iter().all(|other| other.name != join.name) {
            joins.push(join);
        }
    }
    joins
}

impl BatchBuilder {
    /// Looks up names for `count` rows; each distinct value once.
    pub(crate) fn append_names(&mut self, plan: &Plan, names: NameLookup<'_>, count: usize) {
        if names.is_empty() {
            return;
        }
        let (row, expected) = (self.rows, self.expected);
        if let Some(name) = names.domain().filter(|_| !plan.fills(Field::DomainName)) {
            self.repeat_text(Field::DomainName, name, row, count);
            self.cell_bytes += 4 * count;
        }
        for join in &plan.joins {
            let pair = self.columns.get_disjoint_mut([join.by.index(), join.name.index()]);
            let Ok([by, Column::Text(text)]) = pair else { continue };
            let (ids, dictionary) = match by {
                Column::U32(ids) => (&*ids, None),
                Column::Text(ids) => (&ids.codes, Some(&*ids)),
                _ => continue,
            };
            self.looked_up.clear();
            for (at, id) in ids.values.iter().copied().enumerate().skip(row).take(count) {
                if !ids.valid.contains(at) {
                    continue;
                }
                let known = self.looked_up.iter().find(|(known, _)| *known == id);
                let code = if let Some((_, code)) = known {
                    *code
                } else {
                    let name = match (join.by, dictionary) {
                        (_, Some(ids)) => {
                            ids.text(id).and_then(|id| names.application(id)).map(|found| &*found.name)
                        }
                        (Field::InIf | Field::OutIf, None) => names.interface(id),
                        (_, None) => names.vrf(id),
                    };
                    let code = name.filter(|name| !name.is_empty()).map(|name| {
                        let (code, grown) = text.intern(name);
                        self.cell_bytes += grown;
                        code
                    });
                    self.looked_up.push((id, code));
                    code
                };
                if let Some(code) = code {
                    text.codes.push(code, at, expected);
                    self.cell_bytes += 4;
                }
            }
        }
    }
}
