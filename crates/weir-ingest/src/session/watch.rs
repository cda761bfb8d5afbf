//! A window into decoding: what a session really decodes, set by set, for whoever wants to print it.

use weir_wire::Protocol;
use weir_wire::template::{Dialect, FieldSpecifier};

/// Is shown every set of records as it is decoded. Does nothing unless told otherwise, and then costs nothing.
pub trait Watch {
    /// A set of records that a template describes, about to become rows.
    fn set(&mut self, _set: WatchedSet<'_>) {}
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// A set of records and the template that it is read by.
#[derive(Debug, Clone, Copy)]
pub struct WatchedSet<'a> {
    /// What the caller named the datagram that the set came in. For a set that was held until its template came, this
    /// is the datagram where it stood.
    pub tag: u64,
    /// Whether the set had to wait for its template, in this datagram or since an earlier one.
    pub held: bool,
    /// Export protocol.
    pub protocol: Protocol,
    /// How the template is laid out.
    pub dialect: Dialect,
    /// Whether the records are options records.
    pub options: bool,
    /// How many of the first fields are scope.
    pub scope_count: u16,
    /// The template's fields in wire order.
    pub fields: &'a [FieldSpecifier],
    /// The records back to back, and padding.
    pub body: &'a [u8],
}
