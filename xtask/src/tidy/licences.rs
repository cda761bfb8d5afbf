//! Every dependency may be part of the binary: its licence is one that `deny.toml` allows.
//!
//! The UI is part of the binary too; what only its build needs (`dev`) is not. cargo-deny looks deeper (advisories, sources); this is the part that CI can always run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::Problem;
use super::metadata::Metadata;

/// Allowed in the UI besides what `deny.toml` allows: nothing to do (0BSD), and fonts that stay files of their own.
const UI_ALSO: [&str; 2] = ["0BSD", "OFL-1.1"];

const UI_LOCK: &str = "web/package-lock.json";

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

/// npm's lock file, as far as it matters here.
#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    license: Option<String>,
    #[serde(default)]
    dev: bool,
}

pub(super) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<Problem>, String> {
    let text =
        fs::read_to_string(root.join("deny.toml")).map_err(|e| format!("cannot read deny.toml: {e}"))?;
    let deny: Deny = toml::from_str(&text).map_err(|e| format!("cannot read deny.toml: {e}"))?;
    let mut problems = Vec::new();
    for package in &metadata.packages {
        let expression = package.license.as_deref().unwrap_or("");
        if !is_allowed(expression, &deny.licenses.allow) {
            let shown = if expression.is_empty() { "(none)" } else { expression };
            problems.push(Problem::new(
                "deny.toml",
                format!("`{} {}` has the licence {shown}", package.name, package.version),
                "use another crate; or, if Weir may ship under it, add it to `[licenses] allow` with the reason",
            ));
        }
    }
    if let Ok(lock) = fs::read_to_string(root.join(UI_LOCK)) {
        problems.extend(check_ui(&lock, deny.licenses.allow)?);
    }
    Ok(problems)
}

fn check_ui(lock: &str, mut allowed: Vec<String>) -> Result<Vec<Problem>, String> {
    let lock: Lock = serde_json::from_str(lock).map_err(|e| format!("cannot read {UI_LOCK}: {e}"))?;
    allowed.extend(UI_ALSO.map(str::to_owned));
    let shipped = lock.packages.iter().filter(|(path, package)| !path.is_empty() && !package.dev);
    let refused =
        shipped.filter(|(_, package)| !is_allowed(package.license.as_deref().unwrap_or(""), &allowed));
    Ok(refused
        .map(|(path, package)| {
            let name = path.trim_start_matches("node_modules/");
            let shown = package.license.as_deref().unwrap_or("(none)");
            Problem::new(
                UI_LOCK,
                format!("`{name}` has the licence {shown}"),
                "use another package; or, if Weir may ship under it, allow it in `deny.toml` with the reason",
            )
        })
        .collect())
}

/// Whether one of the choices that an SPDX expression offers is made of allowed licences only.
///
/// `AND` binds tighter than `OR`; crates older than SPDX write `/` for `OR`. What cannot be read is not allowed.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    reader.any() && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl<'a> Reader<'a> {
    fn take(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take_if(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn any(&mut self) -> bool {
        let mut allowed = self.all();
        while self.take_if("OR") {
            allowed |= self.all();
        }
        allowed
    }

    fn all(&mut self) -> bool {
        let mut allowed = self.one();
        while self.take_if("AND") {
            allowed &= self.one();
        }
        allowed
    }

    fn one(&mut self) -> bool {
        if self.take_if("(") {
            let inner = self.any();
            return self.take_if(")") && inner;
        }
        let Some(name) = self.take() else { return false };
        let full = if self.take_if("WITH") {
            format!("{name} WITH {}", self.take().unwrap_or_default())
        } else {
            name.to_owned()
        };
        self.allowed.contains(&full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_expressions_as_spdx_means_them() {
        let allowed: Vec<String> =
            ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"].map(str::to_owned).into();
        for good in [
            "MIT",
            "MIT/GPL-3.0",
            "GPL-3.0 OR MIT",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-3.0 AND LGPL-3.0 OR MIT",
        ] {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT)", "MIT WITH x", "MIT MIT"] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn looks_at_what_the_ui_ships_and_not_at_its_tools() {
        let lock = r#"{ "packages": {
            "": { "license": "GPL-3.0" },
            "node_modules/good": { "license": "MIT" },
            "node_modules/font": { "license": "OFL-1.1" },
            "node_modules/tool": { "license": "MPL-2.0", "dev": true },
            "node_modules/bad": { "license": "MPL-2.0" },
            "node_modules/none": {}
        } }"#;
        let found = check_ui(lock, vec!["MIT".to_owned()]).unwrap();
        let what: Vec<&str> = found.iter().map(|problem| problem.what.as_str()).collect();
        assert_eq!(what, ["`bad` has the licence MPL-2.0", "`none` has the licence (none)"]);
    }

    #[test]
    fn names_the_package() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut metadata = Metadata::of(&[("good", &[]), ("bad", &[])]);
        metadata.packages[1].license = Some("AGPL-3.0".to_owned());
        let found = check(root, &metadata).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("`bad 1.0.0` has the licence AGPL-3.0"));
    }
}
