//! The HTTP API and its OpenAPI document; serves the embedded UI.
