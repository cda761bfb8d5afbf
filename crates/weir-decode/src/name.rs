//! What a field of a template is called.

use weir_schema::element::{self, ElementType, REVERSE};
use weir_wire::template::{Dialect, FieldSpecifier};

use crate::form::Form;

/// Name and form of a field. Scope fields are marked as such.
pub(crate) fn of_field(dialect: Dialect, scope: bool, field: FieldSpecifier) -> (String, Form) {
    let (name, element_type) = match dialect {
        Dialect::Netflow9 if scope => return v9_scope(field),
        Dialect::Netflow9 => of_iana(field.element, "v9"),
        Dialect::Ipfix => of_element(field.enterprise, field.element),
    };
    let form = element_type.map_or(Form::Hex, |element_type| Form::of(element_type, field.length));
    (if scope { format!("scope:{name}") } else { name }, form)
}

fn of_element(enterprise: u32, id: u16) -> (String, Option<ElementType>) {
    match (enterprise, element::lookup(0, id)) {
        (0, _) => of_iana(id, "iana"),
        (REVERSE, Some(forward)) => (format!("reverse:{}", forward.name), Some(forward.element_type)),
        _ => (format!("{enterprise}/{id}"), None),
    }
}

/// NetFlow v9's numbers mean what IANA's mean where IANA has one; the vendors' own above are not registered.
fn of_iana(id: u16, unknown: &str) -> (String, Option<ElementType>) {
    match element::lookup(0, id) {
        Some(known) => (known.name.to_owned(), Some(known.element_type)),
        None => (format!("{unknown}:{id}"), None),
    }
}

/// RFC 3954, section 6.1: the scopes have numbers of their own.
fn v9_scope(field: FieldSpecifier) -> (String, Form) {
    let name = match field.element {
        1 => "System",
        2 => "Interface",
        3 => "LineCard",
        4 => "Cache",
        5 => "Template",
        other => return (format!("scope:v9:{other}"), Form::Hex),
    };
    (format!("scope:{name}"), Form::of(ElementType::Unsigned64, field.length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ipfix(enterprise: u32, element: u16) -> String {
        of_field(Dialect::Ipfix, false, FieldSpecifier { enterprise, element, length: 4 }).0
    }

    #[test]
    fn names_what_is_known_and_numbers_the_rest() {
        assert_eq!(ipfix(0, 8), "sourceIPv4Address");
        assert_eq!(ipfix(0, 32_000), "iana:32000");
        assert_eq!(ipfix(29_305, 1), "reverse:octetDeltaCount");
        assert_eq!(ipfix(29_305, 32_000), "29305/32000");
        assert_eq!(ipfix(6871, 21), "6871/21");
        let v9 = |scope, element| {
            of_field(Dialect::Netflow9, scope, FieldSpecifier { enterprise: 0, element, length: 4 })
        };
        assert_eq!(v9(false, 8), ("sourceIPv4Address".to_owned(), Form::Ipv4));
        assert_eq!(v9(false, 40_001), ("v9:40001".to_owned(), Form::Hex));
        assert_eq!(v9(true, 1), ("scope:System".to_owned(), Form::Unsigned));
    }
}
