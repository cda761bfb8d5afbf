//! A template, made ready to print the records of its sets.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;
use weir_ingest::WatchedSet;
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH, variable_length};

use crate::form::Form;
use crate::json;
use crate::name;

/// How to print the records of one template.
#[derive(Debug)]
pub(crate) struct Layout {
    fields: Vec<Field>,
    /// Bytes of the shortest record.
    shortest: usize,
}

#[derive(Debug)]
struct Field {
    /// `"name":`, ready to be written; empty for what is passed over.
    key: Box<[u8]>,
    length: u16,
    variable: bool,
    form: Form,
}

impl Layout {
    fn of_template(template: &Announced) -> Layout {
        let named = template.fields.iter().enumerate().map(|(at, field)| {
            let scope = at < usize::from(template.scope_count);
            let (name, form) = name::of_field(template.dialect, scope, *field);
            (name, field.length, form)
        });
        Layout::new(named, template.dialect == Dialect::Ipfix)
    }

    /// Fields by name, length and form, in wire order. A name that comes again gets a number.
    pub(crate) fn new(named: impl IntoIterator<Item = (String, u16, Form)>, may_vary: bool) -> Layout {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut shortest = 0;
        let fields = named.into_iter().map(|(name, length, form)| {
            let variable = may_vary && length == VARIABLE_LENGTH;
            shortest += if variable { 1 } else { usize::from(length) };
            let mut key = Vec::new();
            if length > 0 && !name.is_empty() {
                let times = seen.entry_ref(&name).or_insert(0);
                *times += 1;
                let name = if *times > 1 { format!("{name}#{times}") } else { name };
                json::push_text(&mut key, name.as_bytes());
                key.push(b':');
            }
            Field { key: key.into(), length, variable, form }
        });
        let fields = fields.collect();
        Layout { fields, shortest }
    }

    /// Appends the fields of the record at the start of `body` as an object; tells how many bytes the record has.
    /// `None` at padding, and where a record runs over the set.
    pub(crate) fn write_record(&self, out: &mut Vec<u8>, body: &[u8]) -> Option<usize> {
        if self.shortest == 0 || body.len() < self.shortest {
            return None;
        }
        let mut rest = body;
        out.push(b'{');
        let mut first = true;
        for field in &self.fields {
            let (length, told_by) =
                if field.variable { variable_length(rest)? } else { (usize::from(field.length), 0) };
            rest = rest.get(told_by..)?;
            let (value, tail) = rest.split_at_checked(length)?;
            rest = tail;
            if field.key.is_empty() {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(&field.key);
            field.form.write(out, value);
        }
        out.push(b'}');
        Some(body.len() - rest.len())
    }
}

/// A template as announced.
#[derive(Debug, PartialEq, Eq)]
struct Announced {
    dialect: Dialect,
    scope_count: u16,
    fields: Box<[FieldSpecifier]>,
}

impl Announced {
    fn is(&self, set: &WatchedSet<'_>) -> bool {
        (self.dialect, self.scope_count) == (set.dialect, set.scope_count) && *self.fields == *set.fields
    }
}

/// The layouts of the templates seen so far.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    by_hash: HashMap<u64, (Announced, Layout)>,
    hasher: FixedState,
}

/// More templates than this are not remembered: all are forgotten, and those still in use come back.
const MAX_LAYOUTS: usize = 65_536;

impl Layouts {
    /// The layout of a set's records.
    pub(crate) fn of(&mut self, set: &WatchedSet<'_>) -> &Layout {
        let hash = self.hasher.hash_one((set.dialect, set.scope_count, set.fields));
        if self.by_hash.len() >= MAX_LAYOUTS {
            self.by_hash.clear();
        }
        let fresh = || {
            let (dialect, scope_count) = (set.dialect, set.scope_count);
            let announced = Announced { dialect, scope_count, fields: set.fields.into() };
            let layout = Layout::of_template(&announced);
            (announced, layout)
        };
        let known = self.by_hash.entry(hash).or_insert_with(fresh);
        if !known.0.is(set) {
            *known = fresh();
        }
        &known.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let named = [("a", 2, Form::Unsigned), ("b", VARIABLE_LENGTH, Form::Text), ("a", 1, Form::Hex)];
        Layout::new(named.map(|(name, length, form)| (name.to_owned(), length, form)), true)
    }

    #[test]
    fn prints_records_and_keeps_fields_that_come_twice() {
        let mut out = Vec::new();
        let body = [1, 0, 2, b'x', b'y', 7, 0, 0];
        assert_eq!(layout().write_record(&mut out, &body), Some(6));
        assert_eq!(out, br#"{"a":256,"b":"xy","a#2":"0x07"}"#);
        assert_eq!(layout().write_record(&mut out, &body[6..]), None);
    }

    #[test]
    fn a_record_that_runs_over_is_none() {
        assert_eq!(layout().write_record(&mut Vec::new(), &[1, 0, 255, 0, 9, 1, 1]), None);
    }
}
