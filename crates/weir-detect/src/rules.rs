//! The rules that are to be used: those that come with Weir, and those of a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use weir_filter::Context;
use weir_sigma::{Document, Problem, RuleSet, Severity, built_in};

use crate::DetectConfig;

/// Largest file that is read.
const LARGEST: u64 = 16 << 20;
/// Folders within folders, so that a loop of links ends.
const DEEPEST: usize = 8;

/// Reads the rules that the configuration names. What is wrong stands in [`RuleSet::problems`]; a folder that is not there
/// has no rules.
pub fn load(config: &DetectConfig, context: &Context) -> RuleSet {
    let mut documents = if config.builtin { built_in() } else { Vec::new() };
    let mut problems = Vec::new();
    let mut files = Vec::new();
    if let Err(source) = list(&config.rules, 0, &mut files) {
        problems.push(unreadable(&config.rules, &source));
    }
    files.sort_unstable();
    for file in files {
        match read(&file) {
            Ok(text) => documents.push(Document { file: file.display().to_string(), text }),
            Err(source) => problems.push(unreadable(&file, &source)),
        }
    }
    let mut set = RuleSet::load(&documents, context);
    set.problems.append(&mut problems);
    set
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let is_rule = path.extension().is_some_and(|suffix| suffix == "yml" || suffix == "yaml");
        if path.is_dir() && depth < DEEPEST {
            list(&path, depth + 1, files)?;
        } else if path.is_file() && is_rule {
            files.push(path);
        }
    }
    Ok(())
}

fn read(file: &Path) -> io::Result<String> {
    if fs::metadata(file)?.len() > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 16 MiB"));
    }
    fs::read_to_string(file)
}

fn unreadable(path: &Path, source: &io::Error) -> Problem {
    Problem {
        file: path.display().to_string(),
        line: 1,
        title: None,
        message: format!("cannot be read: {source}"),
        help: None,
        severity: Severity::Error,
    }
}

#[cfg(test)]
mod tests {
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
