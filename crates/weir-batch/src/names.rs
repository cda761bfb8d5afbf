//! Names that an exporter told in options records: of interfaces, VRFs, applications and observation domains.

use std::collections::BTreeMap;

/// What an exporter's domain has told so far. Bounded: what comes when it is full is not taken.
#[derive(Debug, Default)]
pub struct Names {
    interfaces: BTreeMap<u32, Box<str>>,
    vrfs: BTreeMap<u32, Box<str>>,
    applications: BTreeMap<Box<str>, Application>,
    /// By number; `None` is the domain that told it.
    domains: BTreeMap<Option<u32>, Box<str>>,
    /// Grows with everything new.
    changes: u64,
}

/// An application as the exporter describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// Its name; may be empty when only attributes are known.
    pub name: Box<str>,
    /// Category, group and the like: element name and value, written to `extra` beside the name.
    pub attributes: Box<[(&'static str, Box<str>)]>,
}

static NONE: Names = Names {
    interfaces: BTreeMap::new(),
    vrfs: BTreeMap::new(),
    applications: BTreeMap::new(),
    domains: BTreeMap::new(),
    changes: 0,
};

/// What is kept of an application beside its name, by the element that tells it.
pub(crate) const ATTRIBUTES: [&str; 6] = [
    "applicationCategoryName",
    "applicationSubCategoryName",
    "applicationGroupName",
    "p2pTechnology",
    "tunnelTechnology",
    "encryptedTechnology",
];

impl Names {
    /// More of each than this are not remembered: NBAR2 knows some 1,500 applications.
    pub const MOST: usize = 16_384;
    /// Longer names are cut.
    pub const LONGEST: usize = 256;

    /// No names at all.
    pub fn none() -> NameLookup<'static> {
        NameLookup { own: &NONE, beside: &NONE, domain: 0 }
    }

    /// Whether nothing has been told.
    pub fn is_empty(&self) -> bool {
        self.interfaces.is_empty()
            && self.vrfs.is_empty()
            && self.applications.is_empty()
            && self.domains.is_empty()
    }

    /// Bytes that the names take, roughly.
    pub fn memory(&self) -> usize {
        const NODE: usize = 48;
        let numbered =
            |names: &BTreeMap<u32, Box<str>>| -> usize { names.values().map(|name| NODE + name.len()).sum() };
        let applications = self.applications.iter().map(|(id, application)| {
            let attributes = application.attributes.iter().map(|(_, value)| NODE + value.len());
            NODE + id.len() + application.name.len() + attributes.sum::<usize>()
        });
        let domains = self.domains.values().map(|name| NODE + name.len());
        numbered(&self.interfaces)
            + numbered(&self.vrfs)
            + applications.sum::<usize>()
            + domains.sum::<usize>()
    }

    /// Grows with everything that was told and is new.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes the name of an interface.
    pub fn set_interface(&mut self, index: u32, name: &str) {
        self.changes += u64::from(set(&mut self.interfaces, index, name));
    }

    /// Takes the name of a VRF.
    pub fn set_vrf(&mut self, id: u32, name: &str) {
        self.changes += u64::from(set(&mut self.vrfs, id, name));
    }

    /// Takes the name of an observation domain; without a number it is that of the domain that tells it.
    pub fn set_domain(&mut self, id: Option<u32>, name: &str) {
        self.changes += u64::from(set(&mut self.domains, id, name));
    }

    /// Takes what is told of an application: a name, attributes, or both; what was known of the other is kept.
    /// `id` is as in the column `app_id` (`13:453`).
    pub fn set_application(&mut self, id: &str, name: &str, attributes: &[(&'static str, Box<str>)]) {
        if !self.applications.contains_key(id) && self.applications.len() >= Names::MOST {
            return;
        }
        let known = self.applications.entry(cut(id).into()).or_default();
        if !name.is_empty() && *known.name != *cut(name) {
            known.name = cut(name).into();
            self.changes += 1;
        }
        let told = attributes.iter().take(8).map(|(key, value)| (*key, cut(value)));
        if !attributes.is_empty()
            && !told.clone().eq(known.attributes.iter().map(|(key, value)| (*key, &**value)))
        {
            known.attributes = told.map(|(key, value)| (key, value.into())).collect();
            self.changes += 1;
        }
    }

    /// The name under which an attribute of an application is kept; `None` for what is none.
    pub fn attribute(name: &str) -> Option<&'static str> {
        ATTRIBUTES.into_iter().find(|known| *known == name)
    }

    /// The names of interfaces, by index.
    pub fn interfaces(&self) -> impl Iterator<Item = (u32, &str)> {
        self.interfaces.iter().map(|(index, name)| (*index, &**name))
    }

    /// The names of VRFs, by id.
    pub fn vrfs(&self) -> impl Iterator<Item = (u32, &str)> {
        self.vrfs.iter().map(|(id, name)| (*id, &**name))
    }

    /// The names of observation domains, by number; see [`Names::set_domain`].
    pub fn domains(&self) -> impl Iterator<Item = (Option<u32>, &str)> {
        self.domains.iter().map(|(id, name)| (*id, &**name))
    }

    /// The applications, by id.
    pub fn applications(&self) -> impl Iterator<Item = (&str, &Application)> {
        self.applications.iter().map(|(id, application)| (&**id, application))
    }

    /// The name of an interface.
    pub fn interface(&self, index: u32) -> Option<&str> {
        self.interfaces.get(&index).map(AsRef::as_ref)
    }

    /// The name of a VRF.
    pub fn vrf(&self, id: u32) -> Option<&str> {
        self.vrfs.get(&id).map(AsRef::as_ref)
    }

    /// What is known of an application.
    pub fn application(&self, id: &str) -> Option<&Application> {
        self.applications.get(id)
    }
}

/// Where the names for a domain's records are looked up: in what it told itself, and then in what stands beside it.
#[derive(Debug, Clone, Copy)]
pub struct NameLookup<'a> {
    own: &'a Names,
    beside: &'a Names,
    /// Whose records they are for.
    domain: u32,
}

impl<'a> NameLookup<'a> {
    /// Looks in `own`, and for what is not there in `beside`.
    pub fn new(own: Option<&'a Names>, beside: Option<&'a Names>) -> Self {
        NameLookup { own: own.unwrap_or(&NONE), beside: beside.unwrap_or(&NONE), domain: 0 }
    }

    /// The same for records of this domain.
    #[must_use]
    pub fn of_domain(self, domain: u32) -> Self {
        NameLookup { domain, ..self }
    }

    /// The name of the domain.
    pub fn domain(self) -> Option<&'a str> {
        let own = self.own.domains.get(&Some(self.domain)).or_else(|| self.own.domains.get(&None));
        own.or_else(|| self.beside.domains.get(&Some(self.domain))).map(AsRef::as_ref)
    }

    /// Whether nothing has been told.
    pub fn is_empty(self) -> bool {
        self.own.is_empty() && self.beside.is_empty()
    }

    /// The name of an interface.
    pub fn interface(self, index: u32) -> Option<&'a str> {
        self.own.interface(index).or_else(|| self.beside.interface(index))
    }

    /// The name of a VRF.
    pub fn vrf(self, id: u32) -> Option<&'a str> {
        self.own.vrf(id).or_else(|| self.beside.vrf(id))
    }

    /// What is known of an application.
    pub fn application(self, id: &str) -> Option<&'a Application> {
        self.own.application(id).or_else(|| self.beside.application(id))
    }

    /// Whether there are applications at all.
    pub(crate) fn has_applications(self) -> bool {
        !self.own.applications.is_empty() || !self.beside.applications.is_empty()
    }
}

/// Takes a name; tells whether it is new.
fn set<K: Ord>(names: &mut BTreeMap<K, Box<str>>, key: K, name: &str) -> bool {
    let name = cut(name);
    if name.is_empty() {
        return false;
    }
    let full = names.len() >= Names::MOST;
    match names.get_mut(&key) {
        Some(known) if **known == *name => false,
        Some(known) => {
            *known = name.into();
            true
        }
        None if full => false,
        None => {
            names.insert(key, name.into());
            true
        }
    }
}

/// A text of at most [`Names::LONGEST`] bytes, cut between characters.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(Names::LONGEST)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_no_more_than_it_may_and_cuts_long_names() {
        let mut names = Names::default();
        (0..20_000).for_each(|index| names.set_interface(index, "eth0"));
        assert_eq!((names.interface(16_383), names.interface(16_384)), (Some("eth0"), None));
        names.set_interface(1, &"ä".repeat(200));
        assert_eq!(names.interface(1).map(str::len), Some(256));
        assert!(Names::none().is_empty());
    }

    #[test]
    fn a_name_and_attributes_of_an_application_may_come_apart() {
        let mut names = Names::default();
        names.set_application("13:1", "", &[("applicationCategoryName", "web".into())]);
        names.set_application("13:1", "http", &[]);
        let http = names.application("13:1").unwrap();
        assert_eq!((&*http.name, http.attributes.len()), ("http", 1));
        let changes = names.changes();
        names.set_application("13:1", "http", &[("applicationCategoryName", "web".into())]);
        assert_eq!(names.changes(), changes);
    }

    #[test]
    fn what_a_domain_did_not_tell_is_looked_up_beside_it() {
        let (mut own, mut beside) = (Names::default(), Names::default());
        own.set_interface(1, "own");
        beside.set_interface(1, "other");
        beside.set_vrf(7, "red");
        let lookup = NameLookup::new(Some(&own), Some(&beside));
        assert_eq!(
            (lookup.interface(1), lookup.vrf(7), lookup.interface(2)),
            (Some("own"), Some("red"), None)
        );
        assert!(NameLookup::new(None, None).is_empty());
    }
}
