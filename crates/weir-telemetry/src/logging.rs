//! Logs go to stderr: results own stdout.

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person, coloured on a terminal.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Sets up logging for the process. `WEIR_LOG` chooses levels (`info`, `weir_store=debug`); the default is `info`.
/// Later calls change nothing.
pub fn init_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_env("WEIR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second set-up (tests in one process) is refused by tracing, which is what is wanted.
    let _already_set = match format {
        LogFormat::Text => builder
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .with_target(false)
            .try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
