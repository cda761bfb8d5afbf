//! What a field that `weir decode` prints is in a record batch: which column it goes to, and how it is written there
//! and in `extra`.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use serde_json::Value;
use weir_schema::element::{self, Element, ElementType, REVERSE, V9};
use weir_schema::{Field, Kind};

/// A field of a record, as the product knows it.
pub(crate) struct Known<'a> {
    /// Enterprise and number; `None` for what only sFlow or NetFlow v7 has.
    pub(crate) id: Option<(u32, u16)>,
    /// Its name in `extra`.
    pub(crate) name: String,
    pub(crate) element: Option<&'static Element>,
    pub(crate) field: Option<Field>,
    pub(crate) value: &'a Value,
}

impl<'a> Known<'a> {
    /// Renames a printed field back.
    pub(crate) fn of(printed: &str, value: &'a Value, is_v9: bool) -> Self {
        let printed = printed.split('#').next().unwrap();
        let printed = printed.strip_prefix("scope:").unwrap_or(printed);
        let id = if let Some(id) = printed.strip_prefix("v9:") {
            Some((V9, id.parse().unwrap()))
        } else if let Some(id) = printed.strip_prefix("iana:") {
            Some((0, id.parse().unwrap()))
        } else if let Some(forward) = printed.strip_prefix("reverse:") {
            Some((REVERSE, named(forward).unwrap().id))
        } else if printed.starts_with("sflow:") || printed.starts_with("v7:") {
            None
        } else if let Some((enterprise, id)) = printed.split_once('/') {
            Some((enterprise.parse().unwrap(), id.parse().unwrap()))
        } else {
            // NetFlow v9 has meanings of its own for some of IANA's numbers.
            let iana = named(printed).map(|element| element.id);
            iana.map(|id| if is_v9 && element::lookup(V9, id).is_some() { (V9, id) } else { (0, id) })
        };
        let own = id.and_then(|(enterprise, id)| element::lookup(enterprise, id));
        let forward = id.and_then(|(enterprise, id)| element::lookup_forward(enterprise, id));
        let element = own.or(forward);
        let name = match (own, forward) {
            (Some(element), _) => element.name.to_owned(),
            (None, Some(forward)) => {
                let (first, rest) = forward.name.split_at(1);
                format!("reverse{}{rest}", first.to_uppercase())
            }
            (None, None) => printed.to_owned(),
        };
        let field = id.and_then(|(enterprise, id)| Field::from_element(enterprise, id));
        Known { id, name, element, field: field.map(|(field, _)| field), value }
    }

    /// Whether nothing is told: then there is neither a cell nor an entry.
    pub(crate) fn is_absent(&self) -> bool {
        match self.value {
            Value::String(text) => {
                text.is_empty() || text.trim_start_matches("0x").trim_matches('0').is_empty()
            }
            Value::Number(number) => number.as_u64() == Some(0),
            _ => false,
        }
    }

    /// Its bytes, where they were printed as such.
    fn bytes(&self) -> Option<Vec<u8>> {
        let digits = self.value.as_str()?.strip_prefix("0x")?;
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
    }

    /// A number that was printed as one, or as bytes.
    pub(crate) fn number(&self) -> Option<u64> {
        self.value.as_u64().or_else(|| {
            let bytes = self.bytes().filter(|bytes| bytes.len() <= 8)?;
            Some(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
        })
    }

    /// Whether it is a time that only together with others is absolute.
    pub(crate) fn time_needs_more(&self) -> bool {
        matches!(self.id, Some((0, 21 | 22 | 158 | 159)))
    }

    /// Nanoseconds since 1970, if it is a time.
    fn time_ns(&self) -> Option<i64> {
        let raw = self.number()?;
        match self.element?.element_type {
            ElementType::DateTimeSeconds => (raw as i64).checked_mul(1_000_000_000),
            ElementType::DateTimeMilliseconds => (raw as i64).checked_mul(1_000_000),
            // The lower bits of a fraction carry no microseconds (RFC 7011, section 6.1.9).
            ElementType::DateTimeMicroseconds => Some(ntp_ns(raw & !0x7ff)),
            ElementType::DateTimeNanoseconds => Some(ntp_ns(raw)),
            _ => None,
        }
    }

    /// Whether a cell holds it.
    pub(crate) fn is_cell(&self, field: Field, cell: &str) -> bool {
        let text = self.value.as_str().map(str::to_owned);
        let bytes = self.bytes();
        let wanted = match field.kind() {
            Kind::Time => self.time_ns().map(|time| time.to_string()),
            Kind::Ip => match bytes.as_deref() {
                Some([a, b, c, d]) => Some(Ipv4Addr::new(*a, *b, *c, *d).to_string()),
                Some(_) => None,
                None => text
                    .and_then(|text| text.parse().ok())
                    .map(|address: std::net::IpAddr| address.to_canonical().to_string()),
            },
            Kind::Text if field == Field::AppId => bytes.as_deref().and_then(application),
            Kind::Text => bytes.as_deref().map(string).or(text),
            Kind::Mac => text,
            Kind::U32 if matches!(field, Field::MplsLabel1 | Field::MplsLabel2 | Field::MplsLabel3) => {
                self.number().map(|section| (section >> 4).to_string())
            }
            Kind::U8 if matches!(self.id, Some((0 | REVERSE, 32 | 139))) => self.number().map(|both| {
                if field == Field::IcmpType { (both >> 8).to_string() } else { (both & 0xff).to_string() }
            }),
            _ => self.number().map(|number| number.to_string()),
        };
        wanted.as_deref() == Some(cell)
    }

    /// Whether an entry of `extra` holds it.
    pub(crate) fn is_entry(&self, name: &str, entry: &str) -> bool {
        if name.split('#').next() != Some(&self.name) {
            return false;
        }
        let plain = match self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let Some(element) = self.element else { return entry == plain };
        let bytes = self.bytes();
        let wanted = match (element.element_type, bytes.as_deref()) {
            (
                ElementType::DateTimeSeconds
                | ElementType::DateTimeMilliseconds
                | ElementType::DateTimeMicroseconds
                | ElementType::DateTimeNanoseconds,
                _,
            ) => {
                let shown = entry.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond);
                // What cannot be a time is left as it is.
                return shown == self.time_ns().map(i128::from) && shown.is_some() || entry == plain;
            }
            (ElementType::Boolean, _) => match self.number() {
                Some(1) => "true".to_owned(),
                Some(0 | 2) => "false".to_owned(),
                _ => plain,
            },
            (
                ElementType::BasicList | ElementType::SubTemplateList | ElementType::SubTemplateMultiList,
                _,
            ) => {
                // Decoded in `extra`: see the tests of `weir-batch`.
                return !entry.is_empty();
            }
            (_, None) => return entry == plain,
            (_, Some(bytes)) if (element.enterprise, element.id) == (9, 12235) => sub_application(bytes),
            (ElementType::String, Some(bytes)) => string(bytes),
            (
                ElementType::Unsigned8
                | ElementType::Unsigned16
                | ElementType::Unsigned32
                | ElementType::Unsigned64
                | ElementType::Unsigned256,
                Some(bytes),
            ) if bytes.len() <= 8 => self.number().unwrap().to_string(),
            (
                ElementType::Signed8 | ElementType::Signed16 | ElementType::Signed32 | ElementType::Signed64,
                Some(bytes),
            ) if matches!(bytes.len(), 1..=8) => {
                let unused = 64 - 8 * bytes.len();
                ((self.number().unwrap() << unused) as i64 >> unused).to_string()
            }
            (ElementType::Float32 | ElementType::Float64, Some(bytes)) => match bytes.len() {
                4 => f32::from_be_bytes(bytes.try_into().unwrap()).to_string(),
                8 => f64::from_be_bytes(bytes.try_into().unwrap()).to_string(),
                _ => plain,
            },
            (ElementType::MacAddress, Some(bytes)) if bytes.len() == 6 => {
                bytes.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":")
            }
            (ElementType::Ipv4Address, Some(bytes)) if bytes.len() == 4 => {
                Ipv4Addr::from(<[u8; 4]>::try_from(bytes).unwrap()).to_string()
            }
            (ElementType::Ipv6Address, Some(bytes)) if bytes.len() == 16 => {
                Ipv6Addr::from(<[u8; 16]>::try_from(bytes).unwrap()).to_string()
            }
            (_, Some(_)) => plain,
        };
        if let (Ok(one), Ok(other)) = (entry.parse::<Ipv6Addr>(), wanted.parse::<Ipv6Addr>()) {
            return one == other;
        }
        entry == wanted
    }
}

/// IANA's element of that name.
fn named(name: &str) -> Option<&'static Element> {
    (1..1024).filter_map(|id| element::lookup(0, id)).find(|element| element.name == name)
}

/// Seconds since 1900 and a binary fraction; eras before 1970 count on from 2036.
fn ntp_ns(raw: u64) -> i64 {
    if raw == 0 {
        return 0;
    }
    let mut seconds = (raw >> 32) as i64 - 2_208_988_800;
    if seconds < 0 {
        seconds += 1 << 32;
    }
    seconds * 1_000_000_000 + (((raw & 0xffff_ffff) * 1_000_000_000 + (1 << 31)) >> 32) as i64
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

/// RFC 6759: engine and selector.
fn application(bytes: &[u8]) -> Option<String> {
    let (engine, selector) = bytes.split_first()?;
    Some(format!("{engine}:{}", selector.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte))))
}

/// Cisco's: an application, a number within it, and text.
fn sub_application(bytes: &[u8]) -> String {
    let [engine, a, b, c, high, low, text @ ..] = bytes else { return String::new() };
    let (selector, sub) = (u32::from_be_bytes([0, *a, *b, *c]), u16::from_be_bytes([*high, *low]));
    format!("{engine}:{selector}:{sub} {}", string(text)).trim_end().to_owned()
}
