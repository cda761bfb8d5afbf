//! Names, each kept once: from here on a name is a small number.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::ranges::NONE;

/// Every name that the sources have told. It only grows: by what new versions of the files say anew.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    places: HashMap<Arc<str>, u32>,
    list: Vec<Arc<str>>,
}

impl Texts {
    /// Longer names are cut.
    const LONGEST: usize = 256;

    /// The number of a name; [`NONE`] for an empty one.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let text = text.trim();
        let text = text.get(..text.floor_char_boundary(Self::LONGEST)).unwrap_or(text);
        if text.is_empty() {
            return NONE;
        }
        if let Some(known) = self.places.get(text) {
            return *known;
        }
        let (number, kept): (u32, Arc<str>) = (self.list.len() as u32, text.into());
        self.list.push(Arc::clone(&kept));
        self.places.insert(kept, number);
        number
    }

    /// All names by their numbers.
    pub(crate) fn list(&self) -> Vec<Arc<str>> {
        self.list.clone()
    }
}
