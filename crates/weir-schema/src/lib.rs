//! Every field once: name, type, elements, aliases, description; and the registries of elements, services, protocols.
//!
//! The facts live in `schema/` at the root of the project; `cargo xtask generate` writes them into [`generated`].

pub mod element;
mod field;
pub mod service;
mod table;

#[rustfmt::skip]
#[expect(clippy::unreadable_literal, reason = "generated tables")]
mod generated {
    //! Written by `cargo xtask generate`.
    pub(crate) mod elements;
    pub(crate) mod fields;
    pub(crate) mod services;
}

pub use field::{FieldInfo, Kind};
pub use generated::fields::Field;
pub use table::Table;
