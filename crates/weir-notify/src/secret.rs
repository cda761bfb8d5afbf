//! Values that are not written in the configuration, but where they are found.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A secret: `env:NAME` or `file:PATH`. It is read each time that it is used, so that it can be changed without a restart; what
/// is printed is where it is found, never what it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Secret(Place);

/// A value as it is, or where it is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Value(Place);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Plain(String),
    Variable(String),
    File(PathBuf),
}

/// A secret that stands in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret does not stand in the configuration: write `env:NAME` for a variable or `file:PATH` for a file"
)]
pub struct PlainSecret;

impl Place {
    fn of(text: String) -> Self {
        if let Some(name) = text.strip_prefix("env:") {
            Self::Variable(name.to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(PathBuf::from(path))
        } else {
            Self::Plain(text)
        }
    }

    fn read(&self) -> Result<String, String> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::Variable(name) => {
                std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))
            }
            Self::File(path) => fs::read_to_string(path)
                .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
                .map_err(|cause| format!("cannot read {}: {cause}", path.display())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Variable(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl Secret {
    /// What it is now.
    ///
    /// # Errors
    /// The variable is not set, or the file cannot be read; in words.
    pub fn read(&self) -> Result<String, String> {
        self.0.read()
    }
}

impl Value {
    /// What it is now.
    ///
    /// # Errors
    /// The variable is not set, or the file cannot be read; in words.
    pub fn read(&self) -> Result<String, String> {
        self.0.read()
    }
}

impl TryFrom<String> for Secret {
    type Error = PlainSecret;

    fn try_from(text: String) -> Result<Self, PlainSecret> {
        match Place::of(text) {
            Place::Plain(_) => Err(PlainSecret),
            place => Ok(Self(place)),
        }
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.0.to_string()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(Place::of(text))
    }
}

impl From<Value> for String {
    fn from(value: Value) -> Self {
        value.0.to_string()
    }
}

impl FromStr for Secret {
    type Err = PlainSecret;

    fn from_str(text: &str) -> Result<Self, PlainSecret> {
        Self::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_where_it_is_and_not_what() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "s3cret\n").unwrap();
        let secret: Secret = format!("file:{}", path.display()).parse().unwrap();
        assert_eq!(secret.read().as_deref(), Ok("s3cret"));
        let shown = serde_json::to_string(&secret).unwrap();
        assert!(shown.contains("token") && !shown.contains("s3cret"), "{shown}");
        assert!(!format!("{secret:?}").contains("s3cret"));
        assert_eq!("s3cret".parse::<Secret>(), Err(PlainSecret));
        let unset: Secret = "env:WEIR_TEST_THAT_NOBODY_SETS".parse().unwrap();
        assert!(unset.read().unwrap_err().contains("WEIR_TEST_THAT_NOBODY_SETS is not set"));
        fs::remove_file(&path).unwrap();
        assert!(secret.read().unwrap_err().contains("cannot read"));
    }
}
