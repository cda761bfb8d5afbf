//! Checks that the house is in order: what no compiler or linter looks at, but a reader relies on.
//!
//! Each check yields [`Problem`]s; all checks run, so that one pass shows everything there is to mend.

mod architecture;
mod files;
mod licences;
mod links;
mod manifests;
mod metadata;

use std::fmt;
use std::path::Path;

use crate::generate;

/// Something out of order: what, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    /// A path inside the project, with `:line` when one line is meant.
    place: String,
    what: String,
    help: String,
}

impl Problem {
    fn new(place: impl Into<String>, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), help: help.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  help: {}", self.place, self.what, self.help)
    }
}

/// Runs every check; what they found together is the error.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let metadata = metadata::Metadata::load(root)?;
    let tree = files::Tree::list(root)?;

    let mut problems = Vec::new();
    if let Err(stale) = generate::run(root, generate::Mode::Check) {
        problems.push(Problem::new("schema", stale, "`cargo xtask generate` writes them"));
    }
    problems.extend(architecture::check(root, &metadata)?);
    problems.extend(manifests::check(root, &metadata)?);
    problems.extend(licences::check(root, &metadata)?);
    problems.extend(files::check(root, &tree)?);
    problems.extend(links::check(root, &tree)?);

    if problems.is_empty() {
        println!("tidy: {} files and {} packages are in order", tree.paths.len(), metadata.packages.len());
        return Ok(());
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    Err(match problems.len() {
        1 => "1 thing is out of order".to_owned(),
        many => format!("{many} things are out of order"),
    })
}
