//! Encoders for every protocol, realistic traffic; weir generate and the tests use it.
//!
//! ```
//! use weir_generate::{Exporter, Site, SiteConfig, encode};
//!
//! let now_ns = 1_750_000_000_000_000_000;
//! let mut site = Site::new(SiteConfig::default())?;
//! let flows: Vec<_> = site.flows(now_ns).take(100).collect();
//! let datagrams = encode::ipfix::datagrams(&flows, Exporter::new(7, now_ns - 3_600_000_000_000), now_ns);
//! assert!(datagrams.iter().all(|datagram| datagram.len() <= encode::MAX_DATAGRAM));
//! # Ok::<(), weir_generate::GenerateError>(())
//! ```

mod args;
mod attack;
pub mod encode;
mod engine;
mod error;
mod flow;
mod scenario;
mod schedule;
mod send;
mod site;
mod summary;

pub use args::{GenerateArgs, ProtocolChoice};
pub use attack::{ATTACKS, Attack, Expected, find as find_attacks, names as scenario_names};
pub use encode::{Encoder, Exporter, Interface, Protocol};
pub use engine::{Engine, EngineConfig, Sink, management_address};
pub use error::GenerateError;
pub use flow::{EndReason, Flow, Totals};
pub use scenario::{SCENARIOS, Scenario, find as find_scenario};
pub use schedule::Schedule;
pub use send::run;
pub use site::{Site, SiteConfig, View, spike_names};
pub use summary::Summary;
