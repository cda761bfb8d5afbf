//! The HTTP API and its OpenAPI document; serves the embedded UI.

mod backend;
mod body;
mod error;
pub mod model;
mod openapi;
mod route;
pub mod time;

pub use backend::Backend;
pub use openapi::openapi_json;
