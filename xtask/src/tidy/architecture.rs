//! The dependency directions drawn in ARCHITECTURE.md are those of the manifests.
//!
//! The drawing is the block fenced as `deps`, a line per crate:
//!
//! ```text
//! weir-batch: weir-schema, weir-wire; never tokio, socket2
//! ```
//!
//! Before the semicolon stand all crates of the project that it may use, after it what from outside it must not.
//! Development dependencies are free: a test may look at whatever it likes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::Problem;
use super::metadata::Metadata;

const DRAWING: &str = "ARCHITECTURE.md";

/// What the drawing says of one crate.
#[derive(Debug, PartialEq, Eq)]
struct Drawn {
    line: usize,
    uses: BTreeSet<String>,
    never: Vec<String>,
}

pub(super) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<Problem>, String> {
    let text = fs::read_to_string(root.join(DRAWING)).map_err(|e| format!("cannot read {DRAWING}: {e}"))?;
    Ok(compare(&parse(&text)?, metadata))
}

/// Reads the first block fenced as `deps`.
fn parse(text: &str) -> Result<BTreeMap<String, Drawn>, String> {
    let mut drawn = BTreeMap::new();
    let mut lines =
        text.lines().enumerate().skip_while(|(_, line)| line.trim() != "```deps").skip(1).peekable();
    if lines.peek().is_none() {
        return Err(format!("{DRAWING} has no block fenced as `deps`\nhelp: it lists `crate: dependencies`"));
    }
    for (number, line) in lines.take_while(|(_, line)| line.trim() != "```") {
        if line.trim().is_empty() {
            continue;
        }
        let Some((name, rest)) = line.split_once(':') else {
            return Err(format!("{DRAWING}:{}: expected `crate: dependencies`, found `{line}`", number + 1));
        };
        let (uses, never) = rest.split_once(';').unwrap_or((rest, ""));
        let never = never.trim().strip_prefix("never ").unwrap_or("");
        let entry = Drawn { line: number + 1, uses: names(uses).collect(), never: names(never).collect() };
        drawn.insert(name.trim().to_owned(), entry);
    }
    Ok(drawn)
}

fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

fn compare(drawn: &BTreeMap<String, Drawn>, metadata: &Metadata) -> Vec<Problem> {
    let members: BTreeMap<&str, _> = metadata.members().map(|p| (p.name.as_str(), p)).collect();
    let mut problems = Vec::new();
    for (name, package) in &members {
        let Some(entry) = drawn.get(*name) else {
            problems.push(Problem::new(
                DRAWING,
                format!("crate `{name}` is not in the drawing of dependencies"),
                format!("add a line `{name}: …` to the block fenced as `deps`, and the crate to the map"),
            ));
            continue;
        };
        let place = format!("{DRAWING}:{}", entry.line);
        let used: BTreeSet<&str> =
            package.dependencies.iter().filter(|d| !d.is_for_tests()).map(|d| d.name.as_str()).collect();
        for other in used.iter().filter(|used| members.contains_key(**used)) {
            if !entry.uses.contains(*other) {
                problems.push(Problem::new(
                    format!("crates/{name}/Cargo.toml"),
                    format!("`{name}` depends on `{other}`, an edge that {place} does not draw"),
                    "do without it, or make it a design change: draw the edge and say why in the commit",
                ));
            }
        }
        for other in entry.uses.iter().filter(|other| !used.contains(other.as_str())) {
            problems.push(Problem::new(
                place.clone(),
                format!("draws `{name}` → `{other}`, which the manifest does not have"),
                "remove it from the drawing",
            ));
        }
        for banned in &entry.never {
            let family = format!("{banned}-");
            for found in used.iter().filter(|used| *used == banned || used.starts_with(&family)) {
                problems.push(Problem::new(
                    format!("crates/{name}/Cargo.toml"),
                    format!("`{name}` depends on `{found}`, which {place} rules out"),
                    "move what needs it to a crate further up the flow",
                ));
            }
        }
    }
    for (name, entry) in drawn.iter().filter(|(name, _)| !members.contains_key(name.as_str())) {
        problems.push(Problem::new(
            format!("{DRAWING}:{}", entry.line),
            format!("draws the crate `{name}`, which is not in the workspace"),
            "remove the line",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Edge;
    use super::*;

    const DRAWN: &str =
        "# Map\n\n```deps\nwire: ; never arrow, tokio\nbatch: wire\n\napp: batch, wire\n```\nend\n";

    fn problems(packages: &[(&str, &[Edge])]) -> Vec<String> {
        compare(&parse(DRAWN).unwrap(), &Metadata::of(packages)).iter().map(|p| p.what.clone()).collect()
    }

    #[test]
    fn reads_uses_and_bans() {
        let drawn = parse(DRAWN).unwrap();
        assert_eq!(drawn["wire"].never, ["arrow", "tokio"]);
        assert_eq!(drawn["batch"], Drawn { line: 5, uses: ["wire".to_owned()].into(), never: vec![] });
        assert_eq!(drawn.len(), 3);
    }

    #[test]
    fn a_missing_block_and_a_bad_line_are_errors() {
        assert!(parse("# Nothing").unwrap_err().contains("no block"));
        assert!(parse("```deps\nwire\n```").unwrap_err().contains("ARCHITECTURE.md:2"));
    }

    #[test]
    fn accepts_the_graph_as_drawn_and_any_edge_of_tests() {
        let found = problems(&[
            ("wire", &[("app", Some("dev"))]),
            ("batch", &[("wire", None), ("serde", None)]),
            ("app", &[("batch", None), ("wire", None)]),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn finds_edges_that_are_not_drawn_and_drawn_ones_that_are_gone() {
        let found = problems(&[
            ("wire", &[("batch", Some("build"))]),
            ("batch", &[("wire", None)]),
            ("app", &[("batch", None)]),
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|p| p.contains("`wire` depends on `batch`")));
        assert!(found.iter().any(|p| p.contains("draws `app` → `wire`")));
    }

    #[test]
    fn finds_banned_families_and_crates_on_one_side_only() {
        let found = problems(&[("wire", &[("arrow-array", None), ("arrowhead", None)]), ("new", &[])]);
        assert!(found.iter().any(|p| p.contains("`wire` depends on `arrow-array`")));
        assert!(!found.iter().any(|p| p.contains("arrowhead")));
        assert!(found.iter().any(|p| p.contains("crate `new` is not in the drawing")));
        assert!(found.iter().any(|p| p.contains("draws the crate `app`")));
    }
}
