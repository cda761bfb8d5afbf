//! What a capture holds, record by record, in wire order: every field by its registered name, as JSON.
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! let report = weir_decode::files(&["router.pcap".into()], &mut std::io::stdout())?;
//! for file in &report.files {
//!     eprintln!("{}: {} records", file.name, file.data_records);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The session of `weir-ingest` decides what decodes, exactly as in a running collector; this crate only shows it.

mod decoder;
mod fixed;
mod form;
mod json;
mod layout;
mod name;
mod object;
mod printer;
mod report;
mod sflow;

pub use decoder::{Decoder, files};
pub use report::{FileSummary, Report};
