//! Filter text to typed expression to mask over a batch; shared by query, detect and configuration.
//!
//! ```text
//! src_ip in 10.0.0.0/8 and dst_port in (22, 3389) and bytes > 10MB
//! ip = 203.0.113.7                # either side: `ip`, `port`, `as`, `mac`, ... stand for the src and dst field
//! tcp_flags has syn and tcp_flags lacks ack and not app exists
//! app ~ "^dns" or app = http* or service = https or extra["natPoolName"] = "lan"
//! src_ip in @servers and start > now-2h and weekday(time, "Europe/Berlin") in (sat, sun)
//! src ip 10.0.0.1 and proto tcp and not flags AF      # nfdump's syntax is read as well, and translated
//! ```
//!
//! [`read`] reads the text, [`Expr`] prints it back in one canonical spelling, [`complete`] tells what could stand at a
//! place in it, and [`Filter`] turns it into a mask.
//!
//! **Absent values.** A comparison (`=`, `!=`, `<`, `in`, `not in`, `~`, `!~`, `has`, `lacks`) is false for a row in which
//! the field is absent; `FIELD exists` asks for its presence. `not` is plain negation of what follows, so
//! `not src_port = 80` holds for a row without a source port and `src_port != 80` does not.
//!
//! **Either side.** `ip = x` holds when one of the two sides does. A negative comparison (`!=`, `not in`, `!~`, `lacks`)
//! holds when no side that is present breaks it and at least one side is present.

mod calendar;
pub mod column;
mod community;
mod complete;
mod context;
mod error;
mod expr;
mod lexer;
mod literal;
mod mask;
mod members;
mod names;
mod parser;
mod print;
mod service;
mod terms;
pub mod value;
mod wildcard;

pub use calendar::{Calendar, Part};
pub use complete::{Candidate, Completion, Expects, complete, literal};
pub use context::{Context, Sets};
pub use error::{FilterError, Problem};
pub use expr::{Check, Expr, Item, Network, Order, Pattern, Subject, Test};
pub use mask::Filter;
pub use parser::{MAX_DEPTH, MAX_TEXT, MAX_VALUES, Reading, Translation, parse, read};
pub use terms::Term;
pub use wildcard::Wildcard;
