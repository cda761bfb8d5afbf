//! Compiles templates into column plans and fills Arrow record batches from wire views.
//!
//! A template becomes a [`Plan`] once: which bytes go to which column, and how. Running a plan over a set appends
//! column by column, so that the cost is per field present. A [`BatchBuilder`] belongs to one worker and mixes
//! exporters and templates; columns that a record lacks are filled up as runs when somebody needs them.

mod address;
mod batches;
mod builder;
mod built_in;
mod column;
mod compile;
mod convert;
mod direction;
mod event;
mod extra;
mod format;
mod frame;
mod join;
mod names;
mod options;
mod origin;
mod plan;
mod rate;
mod records;
mod run;
mod sflow;
mod shared;
mod statistics;
mod steps;
mod structured;
mod text;

use weir_wire::template::{Dialect, FieldSpecifier};

pub use batches::Batches;
pub use builder::BatchBuilder;
pub use names::{Application, NameLookup, Names};
pub use options::{OptionsPlan, OptionsRecord};
pub use origin::{FindTemplate, Origin, Sampling, SamplingOrigin, Uptime};
pub use plan::{Plan, PlanError};
pub use run::SetOutcome;
pub use sflow::{CounterMemory, CountersOutcome, SampleRows};

/// What an element is called in `extra`: its name, or its number where it has none.
pub fn element_name(dialect: Dialect, field: FieldSpecifier) -> String {
    compile::name_of(dialect, field, compile::known(dialect, field))
}
