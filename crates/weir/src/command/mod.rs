//! One file per command.

pub(crate) mod alerts;
mod ask;
pub(crate) mod config;
pub(crate) mod decode;
pub(crate) mod doctor;
pub(crate) mod fields;
pub(crate) mod flows;
pub(crate) mod generate;
pub(crate) mod hunt;
pub(crate) mod load;
pub(crate) mod notify;
pub(crate) mod query;
pub(crate) mod rules;
pub(crate) mod serve;
pub(crate) mod store;
