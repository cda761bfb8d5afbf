//! `weir generate`: flow exports for a collector under test.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use weir_generate::GenerateArgs;
use weir_telemetry::{SystemClock, chain};

use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &GenerateArgs) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|cause| Failure::from_error(&cause))?;
    }
    let summary = weir_generate::run(arguments, &stop, &SystemClock).map_err(|error| {
        if error.is_usage() { Failure::wrong_use(chain(&error)) } else { Failure::from_error(&error) }
    })?;
    say(&format!("{summary}\n"))
}
