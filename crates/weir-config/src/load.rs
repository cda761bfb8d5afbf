//! Defaults, then the file, then `WEIR_TABLE__KEY` variables.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::mistake::Mistake;

/// Reads a configuration file into `T`.
///
/// # Errors
/// The first mistake, with file, line, column and a hint.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Box<Mistake>> {
    toml::from_str(text).map_err(|error| Box::new(Mistake::in_text(file, text, &error)))
}

/// Reads the file (if any) and lays the variables over it: `WEIR_HTTP__ADDRESS=127.0.0.1:9000` sets `http.address`.
/// The file is read into `T` alone first, so that a mistake in it keeps its line.
pub fn load<T: DeserializeOwned>(
    file: Option<&Path>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<T, Box<Mistake>> {
    let (name, text) = match file {
        None => (String::new(), String::new()),
        Some(path) => {
            let name = path.display().to_string();
            let text =
                fs::read_to_string(path).map_err(|cause| Box::new(Mistake::unreadable(&name, &cause)))?;
            (name, text)
        }
    };
    let mut configuration: T = parse(&name, &text)?;
    let mut table: toml::Table = parse(&name, &text)?;
    for (variable, value) in variables {
        // One underscore belongs to programs' own variables (`WEIR_LOG`); two say "a key of a table".
        let Some(key) = variable.strip_prefix("WEIR_").filter(|key| key.contains("__")) else { continue };
        let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
        insert(&mut table, &path, &value);
        configuration =
            table.clone().try_into().map_err(|error| Box::new(Mistake::in_variable(&variable, &error)))?;
    }
    Ok(configuration)
}

fn insert(table: &mut toml::Table, path: &[String], value: &str) {
    match path {
        [] => {}
        [key] => {
            table.insert(key.clone(), typed(value));
        }
        [key, rest @ ..] => {
            let inner = table.entry(key.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// `4`, `true` and `["a", "b"]` mean what they mean in TOML; everything else is text.
fn typed(value: &str) -> toml::Value {
    toml::from_str::<toml::Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Outer {
        listen: Inner,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Inner {
        workers: u32,
        address: String,
    }

    #[test]
    fn marks_an_unknown_key_and_suggests_the_right_one() {
        let text = "[listen]\naddress = \"x\"\nwrokers = 4\n";
        let mistake = parse::<Outer>("weir.toml", text).unwrap_err();
        assert_eq!(
            mistake.to_string(),
            "unknown key `wrokers`\n  --> weir.toml:3:1\n3 | wrokers = 4\n  | ^^^^^^^ did you mean `workers`?\n\
             help: this table takes workers, address"
        );
    }

    #[test]
    fn marks_a_wrong_type() {
        let mistake = parse::<Outer>("weir.toml", "[listen]\nworkers = \"four\"\n").unwrap_err();
        assert!(mistake.to_string().contains("weir.toml:2:11"), "{mistake}");
    }

    #[test]
    fn variables_win_over_the_file() {
        let variables = [
            ("WEIR_LISTEN__WORKERS".to_owned(), "3".to_owned()),
            ("WEIR_LOG".to_owned(), "debug".to_owned()),
        ];
        let loaded: Outer = load(None, variables.into_iter()).unwrap();
        assert_eq!(loaded.listen.workers, 3);
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let variables = [("WEIR_LISTEN__WROKERS".to_owned(), "3".to_owned())];
        let mistake = load::<Outer>(None, variables.into_iter()).unwrap_err();
        assert!(mistake.to_string().contains("environment variable WEIR_LISTEN__WROKERS"), "{mistake}");
    }
}
