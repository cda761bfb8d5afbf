//! Prints an error and everything that caused it on one line.

use std::error::Error;
use std::fmt::Write as _;

/// `cannot open segment x.parquet: permission denied`. A cause whose text the level above already ends with is not
/// printed twice.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(level) = cause {
        let next = level.to_string();
        if !text.ends_with(&next) {
            let _ = write!(text, ": {next}");
        }
        cause = level.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Level(&'static str, Option<Box<Level>>);
    impl std::fmt::Display for Level {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }
    impl Error for Level {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|level| level as _)
        }
    }

    #[test]
    fn names_every_level_once() {
        let error = Level("cannot open x", Some(Box::new(Level("permission denied", None))));
        assert_eq!(chain(&error), "cannot open x: permission denied");
        let wrapped = Level("permission denied", Some(Box::new(Level("permission denied", None))));
        assert_eq!(chain(&wrapped), "permission denied");
    }
}
