//! How the program ends when something is wrong: one message with what, where and what to do, and an exit code.

use std::error::Error;
use std::process::ExitCode;

use weir_telemetry::chain;

/// A failure as a person reads it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    help: Option<String>,
    code: u8,
}

impl Failure {
    /// Something did not work (exit code 1).
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, code: 1 }
    }

    /// Wrong use or configuration (exit code 2).
    pub(crate) fn wrong_use(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, code: 2 }
    }

    /// An error and all that caused it (exit code 1).
    pub(crate) fn from_error(error: &dyn Error) -> Self {
        Self::failed(chain(error))
    }

    /// Adds what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do, where something is known.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Prints it to stderr and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {}", self.message);
        if let Some(help) = &self.help {
            eprintln!("help: {help}");
        }
        ExitCode::from(self.code)
    }
}
