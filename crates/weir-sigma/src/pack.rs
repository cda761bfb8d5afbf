//! The rules that come with Weir: `rules/` of the project.

use rust_embed::RustEmbed;

use crate::Document;

#[derive(RustEmbed)]
#[folder = "../../rules"]
#[include = "*.yml"]
struct Pack;

/// The documents of the built-in rules, in the order of their files.
pub fn built_in() -> Vec<Document> {
    let mut files: Vec<_> = Pack::iter().collect();
    files.sort_unstable();
    let text = |file: &str| Pack::get(file).map(|found| String::from_utf8_lossy(&found.data).into_owned());
    files
        .iter()
        .filter_map(|file| Some(Document { file: format!("built-in/{file}"), text: text(file)? }))
        .collect()
}
