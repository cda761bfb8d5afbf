//! How the program ends when something is wrong: one message with what, where and what to do, and an exit code.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::Value;
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

    /// What the API said: its `error` member. A wrong filter is shown with a mark below each mistake.
    pub(crate) fn from_answer(error: &Value, wrong_question: bool, filter: Option<&str>) -> Self {
        let text = |key: &str| error[key].as_str().map(str::to_owned);
        let mut message = text("message").unwrap_or_else(|| "the server gave no reason".to_owned());
        let mut help = text("help");
        for mistake in error["errors"].as_array().into_iter().flatten() {
            if let Some(filter) = filter {
                message.push_str(&marked(filter, mistake));
            }
            if let Some(suggestion) = mistake["suggestion"].as_str() {
                help = Some(format!("did you mean `{suggestion}`?"));
            }
        }
        // The API speaks of itself; here the same things have other names.
        let help = help.map(|help| {
            help.replace("`/api/v1/fields` lists", "`weir fields` lists")
                .replace("add it to `measures`", "add it to `--measure`")
        });
        let failure = if wrong_question { Self::wrong_use(message) } else { Self::failed(message) };
        failure.maybe_help(help)
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

/// The filter with a mark below the mistake; places count UTF-16 units, as the API does for browsers.
fn marked(filter: &str, mistake: &Value) -> String {
    let units: Vec<u16> = filter.encode_utf16().collect();
    let place = |key: &str| mistake[key].as_u64().map_or(0, |at| at as usize).min(units.len());
    let (start, end) = (place("start"), place("end"));
    let characters = |range: &[u16]| String::from_utf16_lossy(range).chars().count();
    let before = characters(&units[..start]);
    let width = characters(&units[start..end.max(start)]).max(1);
    let mut out = format!("\n  --> filter:{}\n  | {}\n  | ", before + 1, filter.replace(['\n', '\t'], " "));
    let _ = write!(
        out,
        "{}{} {}",
        " ".repeat(before),
        "^".repeat(width),
        mistake["message"].as_str().unwrap_or("")
    );
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_the_mistake_in_the_filter() {
        let error = json!({
            "message": "the filter is not understood",
            "errors": [{"message": "unknown field `src_prt`", "start": 0, "end": 7, "suggestion": "src_port"}],
        });
        let failure = Failure::from_answer(&error, true, Some("src_prt = 5"));
        assert_eq!(failure.code, 2);
        assert_eq!(
            failure.message,
            "the filter is not understood\n  --> filter:1\n  | src_prt = 5\n  | ^^^^^^^ unknown field `src_prt`"
        );
        assert_eq!(failure.help.as_deref(), Some("did you mean `src_port`?"));
    }
}
