//! Fields of records that are described by a table: name, type and, for counters, how they grow.

use std::net::IpAddr;

use super::xdr::Xdr;

/// How a number changes from one report to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Growth {
    /// It goes up and down, or says what something is.
    Gauge,
    /// It only grows, and starts over after 32 bits.
    Count32,
    /// It only grows.
    Count64,
}

/// How a field is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    U32,
    U64,
    Count32,
    Count64,
    Float,
    Text,
    Opaque,
    Uuid,
    Mac,
    V4,
    V6,
    Address,
    Words,
    /// MAC addresses with their number in front.
    Macs,
    /// A number that tells which of several the fields after it are about.
    Key,
    /// Elements of these fields, with their number in front; nothing comes after it.
    List(&'static [Item]),
}

/// A field of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: &'static str,
    pub(super) kind: Kind,
}

impl Item {
    /// How it changes from one report to the next.
    pub fn growth(&self) -> Growth {
        match self.kind {
            Kind::Count32 => Growth::Count32,
            Kind::Count64 => Growth::Count64,
            _ => Growth::Gauge,
        }
    }

    /// Whether it tells which of several the fields after it are about, and says nothing by itself.
    pub fn is_key(&self) -> bool {
        self.kind == Kind::Key
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A whole number.
    Number(u64),
    /// A floating-point number.
    Float(f32),
    /// Text, which ought to be UTF-8.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A MAC address.
    Mac([u8; 6]),
    /// An IP address; `None` where it is of type "unknown".
    Address(Option<IpAddr>),
    /// Numbers of four bytes; see [`words`].
    Words(&'a [u8]),
    /// MAC addresses; see [`macs`].
    Macs(&'a [u8]),
}

/// Reads numbers of four bytes one after the other.
pub fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).filter_map(|word| word.first_chunk().copied().map(u32::from_be_bytes))
}

/// Reads MAC addresses one after the other; XDR pads each to eight bytes.
pub fn macs(bytes: &[u8]) -> impl Iterator<Item = [u8; 6]> {
    bytes.chunks(8).filter_map(|mac| mac.first_chunk().copied())
}

/// The fields of a record, as far as its bytes go.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    items: std::slice::Iter<'static, Item>,
    /// The fields of a list's elements, and how many more elements there are.
    list: Option<(&'static [Item], u32)>,
    xdr: Xdr<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(items: &'static [Item], body: &'a [u8]) -> Self {
        Fields { items: items.iter(), list: None, xdr: Xdr::new(body) }
    }

    /// The next field's description; at the end of a list's element, that of the next one.
    fn item(&mut self) -> Option<&'static Item> {
        loop {
            let Some(item) = self.items.next() else {
                let (items, left) = self.list.as_mut()?;
                *left = left.checked_sub(1)?;
                self.items = items.iter();
                continue;
            };
            let Kind::List(items) = item.kind else { return Some(item) };
            self.list = Some((items, self.xdr.u32()?));
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'static Item, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.item()?;
        let xdr = &mut self.xdr;
        let value = match item.kind {
            Kind::U32 | Kind::Count32 | Kind::Key => Value::Number(u64::from(xdr.u32()?)),
            Kind::U64 | Kind::Count64 => Value::Number(xdr.u64()?),
            Kind::Float => Value::Float(f32::from_bits(xdr.u32()?)),
            Kind::Text => Value::Text(xdr.variable()?),
            Kind::Opaque => Value::Bytes(xdr.variable()?),
            Kind::Uuid => Value::Bytes(xdr.opaque(16)?),
            Kind::Mac => Value::Mac(xdr.array()?),
            Kind::V4 => Value::Address(Some(xdr.v4()?)),
            Kind::V6 => Value::Address(Some(xdr.v6()?)),
            Kind::Address => Value::Address(xdr.address()?),
            Kind::Words => Value::Words(xdr.words()?),
            Kind::Macs => Value::Macs(xdr.macs()?),
            // A list is not a field of its own, and none is within another.
            Kind::List(_) => return None,
        };
        Some((item, value))
    }
}
