//! The rules that are to be used: those that come with Weir, and those of a folder.

use weir_filter::Context;
use weir_sigma::{Document, FolderError, Problem, RuleSet, Severity, built_in, read_files};

use crate::DetectConfig;

/// The endings of files with rules.
pub(crate) const ENDINGS: [&str; 2] = [".yml", ".yaml"];

/// The documents that the configuration names, and what keeps others from being read. A folder that is not there has none.
pub(crate) fn documents(config: &DetectConfig) -> (Vec<Document>, Vec<Problem>) {
    let mut documents = if config.builtin { built_in() } else { Vec::new() };
    let own = if config.rules.exists() { read_files(&config.rules, &ENDINGS) } else { Ok(Vec::new()) };
    let unread = own.map(|own| documents.extend(own)).err();
    (documents, unread.into_iter().map(unreadable).collect())
}

/// Reads the rules that the configuration names. What is wrong stands in [`RuleSet::problems`]; a folder that is not there
/// has no rules.
pub fn load(config: &DetectConfig, context: &Context) -> RuleSet {
    let (documents, unread) = documents(config);
    let mut set = RuleSet::load(&documents, context);
    set.problems.extend(unread);
    set
}

pub(crate) fn unreadable(FolderError { path, source }: FolderError) -> Problem {
    Problem {
        file: path.display().to_string(),
        line: 1,
        column: 1,
        title: None,
        message: format!("cannot be read: {source}"),
        help: None,
        severity: Severity::Error,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_folder_stands_beside_what_comes_with_weir() {
        let folder = tempfile::tempdir().unwrap();
        let config = |rules: PathBuf| DetectConfig { rules, ..DetectConfig::default() };
        let alone = load(&config(folder.path().join("absent")), &Context::default());
        assert!(alone.rules.len() >= 30 && alone.correlations.len() >= 30);
        fs::create_dir(folder.path().join("ours")).unwrap();
        fs::write(folder.path().join("ours/broken.yaml"), "title: [").unwrap();
        let own = "title: ours\nid: 8b1f3d6e-6f0c-4d60-9d0b-111111111111\nstatus: test\nlogsource:\n    \
                   category: network\n    service: connection\ndetection:\n    it:\n        \
                   destination.port: 4711\n    condition: it\n";
        fs::write(folder.path().join("own.yml"), own).unwrap();
        let with = load(&config(folder.path().to_owned()), &Context::default());
        assert_eq!(with.rules.len(), alone.rules.len() + 1);
        assert_eq!(with.problems.len(), alone.problems.len() + 1);
        assert!(with.problems.iter().any(|problem| problem.file.ends_with("broken.yaml")));
    }
}
