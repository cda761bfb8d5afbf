//! What every file of the tree must be like: not too long, without paths of one machine, with its first line.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::Problem;

/// Past this many lines a file hardly ever holds one thing.
const LONGEST: usize = 700;

/// The endings of files that are code.
const CODE: [&str; 6] = ["rs", "ts", "tsx", "css", "sh", "py"];

/// Words that have no place in a file, and what to do instead. Written in halves, or this file would hold them.
const FORBIDDEN: [(&str, &str); 7] = [
    (concat!("/work", "/main"), "write paths from the project's folder"),
    (concat!("/work", "/shared"), "read the folder from `WEIR_SHARED`"),
    (concat!("/ro", "ot/"), "write paths from the project's folder, or `~`"),
    (concat!("<<<<", "<<< "), "finish the merge"),
    (concat!(">>>>", ">>> "), "finish the merge"),
    (concat!("FIX", "ME"), "mend it, or file an issue and write `TODO(#number)`"),
    (concat!("test.", "only("), "run all tests"),
];

/// The files that git tracks or would track, as paths from the project's folder.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) paths: Vec<String>,
}

impl Tree {
    pub(super) fn list(root: &Path) -> Result<Self, String> {
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|e| format!("cannot run `git ls-files`: {e}"))?;
        if !output.status.success() {
            return Err(format!("`git ls-files` failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let mut paths: Vec<String> = output
            .stdout
            .split(|byte| *byte == 0)
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .filter(|path| !path.is_empty() && root.join(path).is_file())
            .collect();
        paths.sort();
        Ok(Self { paths })
    }

    pub(super) fn with_ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a str> {
        self.paths.iter().map(String::as_str).filter(move |path| ending_of(path) == ending)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    long: Vec<Long>,
}

/// A file that may be longer, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    path: String,
    reason: String,
}

const EXCEPTIONS: &str = "xtask/tidy.toml";

pub(super) fn check(root: &Path, tree: &Tree) -> Result<Vec<Problem>, String> {
    let text =
        fs::read_to_string(root.join(EXCEPTIONS)).map_err(|e| format!("cannot read {EXCEPTIONS}: {e}"))?;
    let exceptions: Exceptions =
        toml::from_str(&text).map_err(|e| format!("cannot read {EXCEPTIONS}: {e}"))?;
    let mut problems = Vec::new();
    for path in &tree.paths {
        problems.extend(check_changelog_name(path));
        let bytes = fs::read(root.join(path)).map_err(|e| format!("cannot read {path}: {e}"))?;
        // Pictures and captures are not for reading.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        problems.extend(check_words(path, &text));
        problems.extend(check_opening(path, &text));
        problems.extend(check_package_sources(path, &text));
        if !exceptions.long.iter().any(|long| long.path == *path) {
            problems.extend(check_length(path, &text));
        }
    }
    for long in &exceptions.long {
        let text = fs::read_to_string(root.join(&long.path)).unwrap_or_default();
        if long.reason.is_empty() || check_length(&long.path, &text).is_none() {
            problems.push(Problem::new(
                EXCEPTIONS,
                format!("`{}` is listed as long, but is not, or has no reason", long.path),
                "remove the entry, or give the reason",
            ));
        }
    }
    Ok(problems)
}

fn ending_of(path: &str) -> &str {
    Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or("")
}

fn is_generated(path: &str) -> bool {
    path.contains("/generated/") || path.ends_with(".d.ts")
}

fn check_length(path: &str, text: &str) -> Option<Problem> {
    let for_tests = ["/tests/", "/tests.rs", "/e2e/", ".test.ts", "/benches/"];
    if !CODE.contains(&ending_of(path))
        || is_generated(path)
        || for_tests.iter().any(|part| path.contains(part))
    {
        return None;
    }
    // Unit tests stand at the foot of their file and may be as many as they like.
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    (lines > LONGEST).then(|| {
        Problem::new(
            path,
            format!("has {lines} lines, tests not counted; {LONGEST} are the most"),
            format!(
                "split it by what it does; if it truly is one thing, list it in {EXCEPTIONS} with the reason"
            ),
        )
    })
}

fn check_words(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = || format!("{path}:{}", number + 1);
        for (word, help) in FORBIDDEN {
            if line.contains(word) {
                problems.push(Problem::new(place(), format!("holds `{}`", word.trim()), help));
            }
        }
        let todo = concat!("TO", "DO");
        if CODE.contains(&ending_of(path)) && line.contains(todo) && !line.contains(concat!("TO", "DO(#")) {
            problems.push(Problem::new(
                place(),
                format!("a `{todo}` that names no issue"),
                "do it, or file an issue and write its number: `TODO(#12)`",
            ));
        }
    }
    problems
}

fn check_opening(path: &str, text: &str) -> Option<Problem> {
    if ending_of(path) != "rs" || !path.contains("/src/") || path.ends_with("/tests.rs") {
        return None;
    }
    let first = text.lines().next().unwrap_or("");
    if is_generated(path) {
        let says_so = first.to_lowercase().contains("generated");
        return (!says_so).then(|| {
            Problem::new(path, "is generated, and does not say so in its first line", "mend the generator")
        });
    }
    (!first.starts_with("//!")).then(|| {
        Problem::new(
            format!("{path}:1"),
            "does not open with what it is for",
            "begin the file with a `//!` comment of a line or three",
        )
    })
}

fn check_package_sources(path: &str, text: &str) -> Option<Problem> {
    let foreign = |line: &&str| {
        line.contains("\"resolved\": \"http") && !line.contains(concat!("https://registry.", "npmjs.org/"))
    };
    let line = (path == "web/package-lock.json").then(|| text.lines().find(foreign)).flatten()?;
    Some(Problem::new(
        path,
        format!("a package comes from another place than the npm registry: {}", line.trim()),
        "make the file anew against the npm registry, or leave the addresses out (`omit-lockfile-registry-resolved`)",
    ))
}

fn check_changelog_name(path: &str) -> Option<Problem> {
    let name = path.strip_prefix("changelog.d/")?;
    let kinds = ["added", "changed", "fixed", "removed", "security"];
    let fits = |name: &str| {
        let parts: Vec<&str> = name.split('.').collect();
        matches!(parts[..], [slug, kind, "md"] if !slug.is_empty() && kinds.contains(&kind))
    };
    (name != ".gitkeep" && name != "README.md" && !fits(name)).then(|| {
        Problem::new(
            path,
            "is not named as a change",
            format!("name it `<slug>.<kind>.md`, the kind one of: {}", kinds.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_code_is_found_and_long_tests_and_generated_files_are_not() {
        let long = "x\n".repeat(LONGEST + 1);
        assert!(check_length("crates/a/src/b.rs", &long).unwrap().what.contains("701 lines"));
        assert_eq!(check_length("crates/a/src/generated/b.rs", &long), None);
        assert_eq!(check_length("crates/a/tests/b.rs", &long), None);
        assert_eq!(check_length("docs/src/a.md", &long), None);
        let tested = format!("x\n{}{}", "#[cfg(test)]\n", long);
        assert_eq!(check_length("crates/a/src/b.rs", &tested), None);
    }

    #[test]
    fn words_are_found_with_their_line() {
        let text = format!("fine\nlet p = \"{}/x\";\n", concat!("/work", "/main"));
        let found = check_words("a.rs", &text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "a.rs:2");
        let todo = concat!("// TO", "DO: later");
        assert_eq!(check_words("a.rs", todo).len(), 1);
        assert_eq!(check_words("a.rs", &todo.replace(':', "(#7):")).len(), 0);
        assert_eq!(check_words("a.md", todo).len(), 0);
    }

    #[test]
    fn sources_say_what_they_are_for() {
        assert_eq!(check_opening("crates/a/src/lib.rs", "//! What it is.\n"), None);
        assert!(check_opening("crates/a/src/lib.rs", "use x;\n").is_some());
        assert_eq!(check_opening("crates/a/src/generated/x.rs", "// Generated by …\n"), None);
        assert!(check_opening("crates/a/src/generated/x.rs", "//! Fields.\n").is_some());
    }

    #[test]
    fn changes_are_named_by_kind() {
        assert_eq!(check_changelog_name("changelog.d/first-light.added.md"), None);
        assert_eq!(check_changelog_name("changelog.d/.gitkeep"), None);
        assert!(check_changelog_name("changelog.d/first-light.md").is_some());
        assert!(check_changelog_name("changelog.d/first.light.added.md").is_some());
        assert_eq!(check_changelog_name("docs/first-light.md"), None);
    }

    #[test]
    fn packages_come_from_the_registry() {
        let own = format!("\"resolved\": \"https://registry.{}/a.tgz\"", "npmjs.org");
        assert_eq!(check_package_sources("web/package-lock.json", &own), None);
        let foreign = "\"resolved\": \"https://example.net/a.tgz\"";
        assert!(check_package_sources("web/package-lock.json", foreign).is_some());
        assert_eq!(check_package_sources("web/other.json", foreign), None);
    }
}
