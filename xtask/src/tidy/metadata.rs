//! What cargo knows about the workspace and its dependencies.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// The parts of `cargo metadata` that the checks read.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    id: String,
    pub(super) license: Option<String>,
    pub(super) description: Option<String>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) manifest_path: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// `dev`, `build`, or nothing for a normal one.
    kind: Option<String>,
}

impl Dependency {
    /// Whether only tests, benches and examples see it.
    pub(super) fn is_for_tests(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// A dependency and its kind, as tests write it.
#[cfg(test)]
pub(super) type Edge = (&'static str, Option<&'static str>);

impl Metadata {
    pub(super) fn load(root: &Path) -> Result<Self, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // One platform, so that nothing is fetched for systems that Weir does not run on.
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--locked"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .current_dir(root)
            .output()
            .map_err(|e| format!("cannot run `cargo metadata`: {e}"))?;
        if !output.status.success() {
            return Err(format!("`cargo metadata` failed:\n{}", String::from_utf8_lossy(&output.stderr)));
        }
        serde_json::from_slice(&output.stdout).map_err(|e| format!("cannot read `cargo metadata`: {e}"))
    }

    /// The packages of this project.
    pub(super) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    #[cfg(test)]
    pub(super) fn of(packages: &[(&str, &[Edge])]) -> Self {
        let packages: Vec<Package> = packages
            .iter()
            .map(|(name, dependencies)| Package {
                name: (*name).to_owned(),
                version: "1.0.0".to_owned(),
                id: (*name).to_owned(),
                license: Some("MIT".to_owned()),
                description: Some("Something.".to_owned()),
                manifest_path: format!("crates/{name}/Cargo.toml"),
                dependencies: dependencies
                    .iter()
                    .map(|(name, kind)| Dependency {
                        name: (*name).to_owned(),
                        kind: kind.map(str::to_owned),
                    })
                    .collect(),
            })
            .collect();
        let workspace_members = packages.iter().map(|package| package.id.clone()).collect();
        Self { packages, workspace_members }
    }
}
