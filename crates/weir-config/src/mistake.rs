//! A mistake in the configuration: what, where, and what to do.

use std::fmt;

/// Something in a configuration file or variable that cannot be used. `Display` is the whole message, with the line
/// and a marker below the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub(crate) what: String,
    pub(crate) place: Place,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The file as a whole.
    File(String),
    /// One-based line and column, the line's text, and how many characters to mark.
    Line { file: String, line: usize, column: usize, text: String, width: usize },
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        match &self.place {
            Place::File(file) => write!(f, "\n  --> {file}")?,
            Place::Variable(name) => write!(f, "\n  --> environment variable {name}")?,
            Place::Line { file, line, column, text, width } => {
                let gutter = " ".repeat(line.to_string().len());
                write!(f, "\n  --> {file}:{line}:{column}\n{line} | {text}\n{gutter} | ")?;
                write!(f, "{}{}", " ".repeat(column - 1), "^".repeat((*width).max(1)))?;
                if !self.label.is_empty() {
                    write!(f, " {}", self.label)?;
                }
            }
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistake {}

impl Mistake {
    /// A file that cannot be read at all.
    pub(crate) fn unreadable(file: &str, cause: &std::io::Error) -> Self {
        Self {
            what: format!("cannot read the configuration file: {cause}"),
            place: Place::File(file.to_owned()),
            label: String::new(),
            help: Some(
                "give an existing file with `--config FILE`, or leave it out: Weir runs without one"
                    .to_owned(),
            ),
        }
    }

    /// A mistake that the deserializer found, with its place in the text.
    pub(crate) fn in_text(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let (what, label, help) = explain(error.message());
        let place = match error.span() {
            Some(span) => {
                let start =
                    text.get(..span.start).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
                let line_text = text.get(start..).unwrap_or("").lines().next().unwrap_or("");
                let column = text.get(start..span.start).map_or(1, |before| before.chars().count() + 1);
                let width = text
                    .get(span.clone())
                    .map_or(1, |marked| marked.lines().next().unwrap_or("").chars().count());
                let line = text.get(..span.start).map_or(1, |before| before.matches('\n').count() + 1);
                Place::Line { file: file.to_owned(), line, column, text: line_text.to_owned(), width }
            }
            None => Place::File(file.to_owned()),
        };
        Self { what, place, label, help }
    }

    /// A variable whose value does not fit.
    pub(crate) fn in_variable(name: &str, error: &toml::de::Error) -> Self {
        let (what, label, help) = explain(error.message());
        let help = if label.is_empty() { help } else { Some(label) };
        Self { what, place: Place::Variable(name.to_owned()), label: String::new(), help }
    }
}

/// Turns serde's wording into ours: what, the note beside the mark, and the help line.
fn explain(message: &str) -> (String, String, Option<String>) {
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return (message.trim_end().to_owned(), String::new(), None);
    };
    let mut quoted = rest.split('`');
    let unknown = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), *name))
        .min()
        .filter(|(distance, _)| *distance <= 1 + unknown.len() / 3);
    let label = nearest.map(|(_, name)| format!("did you mean `{name}`?")).unwrap_or_default();
    let help = (!known.is_empty()).then(|| format!("this table takes {}", known.join(", ")));
    (format!("unknown key `{unknown}`"), label, help)
}
