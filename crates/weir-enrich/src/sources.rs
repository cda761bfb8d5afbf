//! Everything that the sources say, at one moment. Made anew when one of them changes, and never changed itself.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::database::{Database, Place, System};
use crate::networks::{Network, Networks, private};
use crate::ranges::{Address, NONE, Ranges};
use crate::texts::Names;

/// What is known of an address, as places in [`Sources`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) network: u32,
    pub(crate) place: u32,
    pub(crate) system: u32,
    pub(crate) is_internal: bool,
}

impl Facts {
    pub(crate) const NOTHING: Facts = Facts { network: NONE, place: NONE, system: NONE, is_internal: false };
}

/// All sources together.
#[derive(Debug)]
pub(crate) struct Sources {
    private: Ranges,
    networks: Networks,
    databases: Vec<Arc<Database>>,
    /// Of all databases, one behind the other.
    places: Vec<Place>,
    systems: Vec<System>,
    /// Names of autonomous systems by number, for what exporters say.
    system_names: HashMap<u32, u32>,
    names: Arc<Names>,
}

impl Sources {
    pub(crate) fn new(networks: Networks, databases: Vec<Arc<Database>>, names: Arc<Names>) -> Self {
        let places = databases.iter().flat_map(|database| database.places.iter().copied()).collect();
        let systems: Vec<System> =
            databases.iter().flat_map(|database| database.systems.iter().copied()).collect();
        let mut system_names = HashMap::new();
        for system in systems.iter().filter(|system| system.name != NONE) {
            system_names.entry(system.number).or_insert(system.name);
        }
        Self { private: private(), networks, databases, places, systems, system_names, names }
    }

    /// Looks an address up everywhere. Private addresses are not looked up in databases.
    pub(crate) fn find(&self, address: Address) -> Facts {
        let network = self.networks.find(address);
        let is_private = self.private.find(address) != NONE;
        let is_internal = self.networks.get(network).map_or(is_private, |network| network.is_internal);
        let mut facts = Facts { network, is_internal, ..Facts::NOTHING };
        if is_private {
            return facts;
        }
        let (mut places_before, mut systems_before) = (0, 0);
        for database in &self.databases {
            if facts.place == NONE {
                let found = database.place_ranges.find(address);
                facts.place = if found == NONE { NONE } else { places_before + found };
            }
            if facts.system == NONE {
                let found = database.system_ranges.find(address);
                facts.system = if found == NONE { NONE } else { systems_before + found };
            }
            places_before += database.places.len() as u32;
            systems_before += database.systems.len() as u32;
        }
        facts
    }

    pub(crate) fn network(&self, facts: Facts) -> Option<&Network> {
        self.networks.get(facts.network)
    }

    pub(crate) fn place(&self, facts: Facts) -> Option<&Place> {
        self.places.get(facts.place as usize)
    }

    pub(crate) fn system(&self, facts: Facts) -> Option<&System> {
        self.systems.get(facts.system as usize)
    }

    /// Whether any database tells autonomous systems.
    pub(crate) fn has_systems(&self) -> bool {
        !self.systems.is_empty()
    }

    /// The name of an autonomous system, or [`NONE`].
    pub(crate) fn system_name(&self, number: u32) -> u32 {
        self.system_names.get(&number).copied().unwrap_or(NONE)
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }
}
