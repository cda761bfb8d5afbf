//! The rules that come with Weir: `rules/` of the project.

use rust_embed::RustEmbed;

use crate::Document;

#[derive(RustEmbed)]
#[folder = "../../rules"]
#[include = "*.yml"]
#[include = "tests/*.toml"]
struct Pack;

/// The documents of the built-in rules, in the order of their files.
pub fn built_in() -> Vec<Document> {
    files(".yml")
}

/// The tests of the built-in rules ([`crate::Trials`]).
pub fn built_in_tests() -> Vec<Document> {
    files(".toml")
}

fn files(ending: &str) -> Vec<Document> {
    let mut names: Vec<_> = Pack::iter().filter(|name| name.ends_with(ending)).collect();
    names.sort_unstable();
    let text = |name: &str| Pack::get(name).map(|found| String::from_utf8_lossy(&found.data).into_owned());
    names
        .iter()
        .filter_map(|name| Some(Document { file: format!("built-in/{name}"), text: text(name)? }))
        .collect()
}
