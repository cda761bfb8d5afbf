//! Checks that the house is in order: dependency directions and generated files.

use std::path::Path;

use crate::generate;

/// Runs every check; the first failure is the error.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    generate::run(root, generate::Mode::Check)
}
