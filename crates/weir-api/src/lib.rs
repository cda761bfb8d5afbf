//! The HTTP API and its OpenAPI document; serves the embedded UI.
//!
//! [`serve`] answers requests out of a [`Backend`]: what the API needs of the running Weir. Nothing here knows sockets
//! of exporters, journals or segments.

mod backend;
mod body;
mod config;
mod error;
mod guard;
mod hunts;
pub mod local;
pub mod model;
mod openapi;
mod question;
mod route;
mod rows;
mod serve;
mod state;
mod steps;
#[cfg(test)]
mod tests;
pub mod time;
mod ui;
mod work;

pub use backend::Backend;
pub use config::{HttpConfig, HttpConfigError};
pub use openapi::openapi_json;
pub use serve::serve;
