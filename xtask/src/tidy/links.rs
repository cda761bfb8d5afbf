//! Links between documents lead somewhere: the file exists, and the heading that an anchor names.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Problem;
use super::files::Tree;

pub(super) fn check(root: &Path, tree: &Tree) -> Result<Vec<Problem>, String> {
    let mut documents = HashMap::new();
    for path in tree.with_ending("md") {
        let text = fs::read_to_string(root.join(path)).map_err(|e| format!("cannot read {path}: {e}"))?;
        documents.insert(path.to_owned(), text);
    }
    let mut problems = Vec::new();
    for path in tree.with_ending("md") {
        for (line, target) in targets(&documents[path]) {
            if let Some(what) = dead(path, &target, &documents, |file| root.join(file).exists()) {
                problems.push(Problem::new(format!("{path}:{line}"), what, "mend the link, or remove it"));
            }
        }
    }
    Ok(problems)
}

/// The targets of `[text](target)` and `![text](target)` outside of code, with their lines.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in outside_fences(text) {
        let prose: String = line.split('`').step_by(2).collect();
        for (_, rest) in prose.match_indices("](").map(|(at, _)| prose.split_at(at + 2)) {
            let Some(end) = rest.find(')') else { continue };
            let target = rest[..end].split_whitespace().next().unwrap_or("");
            found.push((number, target.trim_matches(['<', '>']).to_owned()));
        }
    }
    found
}

fn outside_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            return None;
        }
        (!inside).then_some((number + 1, line))
    })
}

/// What is wrong with a target, if anything. Other hosts are not asked.
fn dead(
    from: &str,
    target: &str,
    documents: &HashMap<String, String>,
    exists: impl Fn(&Path) -> bool,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") || target.is_empty() {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() {
        PathBuf::from(from)
    } else {
        normal(&Path::new(from).parent().unwrap_or(Path::new("")).join(file))
    };
    if !exists(&path) {
        return Some(format!("the link `{target}` leads to `{}`, which does not exist", path.display()));
    }
    let anchor = anchor?;
    let document = documents.get(path.to_str()?)?;
    (!anchors(document).any(|found| found == anchor))
        .then(|| format!("the link `{target}` names a heading that `{}` does not have", path.display()))
}

/// Takes `..` and `.` out of a path without looking at the disk.
fn normal(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

/// The anchors of a document's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    outside_fences(text).filter(|(_, line)| line.starts_with('#')).map(|(_, line)| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        title
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_targets_outside_of_code() {
        let text = "See [a](b.md#c) and ![p](img/x.png \"title\").\n```\n[no](no.md)\n```\nNot `[x](y)`, but [z](<w.md>).";
        let expected = [(1, "b.md#c"), (1, "img/x.png"), (5, "w.md")].map(|(l, t)| (l, t.to_owned()));
        assert_eq!(targets(text), expected);
    }

    #[test]
    fn tells_dead_links_from_live_ones() {
        let documents =
            HashMap::from([("docs/src/a.md".to_owned(), "# Start here\n## What's `new`?\n".to_owned())]);
        let exists = |path: &Path| path == Path::new("docs/src/a.md") || path == Path::new("Makefile");
        let dead = |target: &str| dead("docs/src/a.md", target, &documents, exists);
        for live in [
            "https://example.net/x",
            "mailto:a@b",
            "#start-here",
            "a.md#whats-new",
            "../../Makefile",
            "./a.md",
        ] {
            assert_eq!(dead(live), None, "{live}");
        }
        assert!(dead("b.md").unwrap().contains("`docs/src/b.md`, which does not exist"));
        assert!(dead("a.md#gone").unwrap().contains("heading"));
    }
}
