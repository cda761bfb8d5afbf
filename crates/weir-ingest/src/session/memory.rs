//! What outlives a restart: over UDP nobody tells exporters that they have to announce their templates again.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use weir_batch::{Application, Names};
use weir_wire::Protocol;
use weir_wire::template::{Dialect, FieldSpecifier};

use super::Session;
use super::sampling::Told;
use crate::distinct::{Announced, DistinctId};
use crate::scope::Scope;
use crate::template::Known;

/// Templates, samplers and names of all domains over UDP, fit to be written to a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Each distinct layout of a template once.
    pub layouts: Vec<Layout>,
    /// The domains.
    pub domains: Vec<RememberedDomain>,
}

/// What a template announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Whether its records describe the exporter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub options: bool,
    /// How many of the first fields are scope.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub scope_count: u16,
    /// Enterprise number, element and length of each field.
    pub fields: Vec<(u32, u16, u16)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(count: &u16) -> bool {
    *count == 0
}

/// An observation domain of an exporter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedDomain {
    /// The exporter's address.
    pub exporter: IpAddr,
    /// `netflow9` or `ipfix`.
    pub protocol: String,
    /// The domain's number.
    pub domain: u32,
    /// Its templates: id, index of the layout, and when it was last announced (nanoseconds since 1970).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<(u16, u32, i64)>,
    /// What options records told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<RememberedFacts>,
    /// The names that options records told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<RememberedNames>,
}

/// What options records told of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedFacts {
    /// When it was told.
    pub told_ns: i64,
    /// The sampling rate of the whole domain; 0 is unknown.
    #[serde(default)]
    pub rate: u32,
    /// Rates by sampler.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samplers: Vec<(u64, u32)>,
    /// Rates by interface.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<(u64, u32)>,
    /// When the exporter started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_ns: Option<i64>,
}

/// The names that options records told of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedNames {
    /// When they were told last.
    pub told_ns: i64,
    /// Names of interfaces by index.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<(u32, String)>,
    /// Names of VRFs by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vrfs: Vec<(u32, String)>,
    /// Names of observation domains by number; without one it is the domain itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<(Option<u32>, String)>,
    /// Applications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<RememberedApplication>,
}

/// An application as its exporter described it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedApplication {
    /// Engine and selector, as in the column `app_id`.
    pub id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Category, group and the like: element name and value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
}

impl RememberedNames {
    pub(super) fn of(names: &Names, told_ns: i64) -> Self {
        let owned = |(key, name): (u32, &str)| (key, name.to_owned());
        let application = |(id, told): (&str, &Application)| RememberedApplication {
            id: id.to_owned(),
            name: told.name.to_string(),
            attributes: told
                .attributes
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.to_string()))
                .collect(),
        };
        RememberedNames {
            told_ns,
            interfaces: names.interfaces().map(owned).collect(),
            vrfs: names.vrfs().map(owned).collect(),
            domains: names.domains().map(|(id, name)| (id, name.to_owned())).collect(),
            applications: names.applications().map(application).collect(),
        }
    }

    /// The names again, within the bounds that hold for all.
    pub(super) fn names(&self) -> Names {
        let mut names = Names::default();
        self.interfaces.iter().for_each(|(index, name)| names.set_interface(*index, name));
        self.vrfs.iter().for_each(|(id, name)| names.set_vrf(*id, name));
        self.domains.iter().for_each(|(id, name)| names.set_domain(*id, name));
        for RememberedApplication { id, name, attributes } in &self.applications {
            let known =
                |(key, value): &(String, String)| Some((Names::attribute(key)?, value.as_str().into()));
            let attributes: Vec<(&'static str, Box<str>)> = attributes.iter().filter_map(known).collect();
            names.set_application(id, name, &attributes);
        }
        names
    }
}

impl Session {
    /// Grows with everything new that [`Session::remember`] would tell.
    pub fn changes(&self) -> u64 {
        self.templates.changes() + self.told.changes() + self.names.changes()
    }

    /// What a session after a restart has to know.
    pub fn remember(&self) -> Memory {
        let mut memory = Memory::default();
        let mut layouts: HashMap<DistinctId, u32> = HashMap::new();
        // In order, so that the same state is the same memory.
        let scopes: BTreeSet<&Scope> = self
            .templates
            .domains()
            .map(|(scope, _)| scope)
            .chain(self.told.scopes().filter(|scope| scope.connection.is_none()))
            .chain(self.names.domains())
            .collect();
        for scope in scopes {
            let mut templates: Vec<(u16, &Known)> = self
                .templates
                .of_domain(scope)
                .map(|templates| templates.iter().map(|(id, known)| (*id, known)).collect())
                .unwrap_or_default();
            templates.sort_unstable_by_key(|(id, _)| *id);
            let templates = templates
                .into_iter()
                .filter_map(|(id, known)| {
                    let announced = self.templates.announced(known.id)?;
                    let index = *layouts.entry(known.id).or_insert_with(|| {
                        memory.layouts.push(Layout::of(announced));
                        memory.layouts.len() as u32 - 1
                    });
                    Some((id, index, known.announced_ns))
                })
                .collect();
            memory.domains.push(RememberedDomain {
                exporter: scope.address,
                protocol: scope.protocol.name().to_owned(),
                domain: scope.domain,
                templates,
                told: self.told.of(scope).map(Told::remember),
                names: self.names.remember(scope),
            });
        }
        memory
    }

    /// Brings back what an earlier session remembered, except what has expired since. What does not fit within the
    /// limits, or makes no sense, is left out. Tells how many templates there are now.
    pub fn restore(&mut self, memory: &Memory, now_ns: i64) -> usize {
        let timeout_ns = self.limits.template_timeout_ns;
        let oldest_ns = if timeout_ns > 0 { now_ns.saturating_sub(timeout_ns) } else { i64::MIN };
        let mut restored = 0;
        for domain in &memory.domains {
            let (protocol, dialect) = match domain.protocol.as_str() {
                "netflow9" => (Protocol::Netflow9, Dialect::Netflow9),
                "ipfix" => (Protocol::Ipfix, Dialect::Ipfix),
                _ => continue,
            };
            let scope = Scope { address: domain.exporter, protocol, domain: domain.domain, connection: None };
            for (id, index, announced_ns) in &domain.templates {
                let Some(layout) = memory.layouts.get(*index as usize) else { continue };
                // A clock that was set back must not make templates immortal.
                let announced_ns = (*announced_ns).min(now_ns);
                if announced_ns < oldest_ns {
                    continue;
                }
                let announced = layout.announced(dialect);
                restored += usize::from(
                    self.templates.restore(scope, *id, announced, announced_ns, &self.limits).is_ok(),
                );
            }
            if let Some(told) = &domain.told
                && told.told_ns >= oldest_ns
                && self.told.len() < self.limits.exporters
            {
                self.told.insert(scope, Told::restore(told, now_ns));
            }
            if let Some(names) = domain.names.as_ref().filter(|names| names.told_ns >= oldest_ns) {
                self.names.restore(scope, names, now_ns, &self.limits);
            }
        }
        restored
    }
}

impl Layout {
    fn of(announced: &Announced) -> Self {
        Layout {
            options: announced.options,
            scope_count: announced.scope_count,
            fields: announced
                .fields
                .iter()
                .map(|field| (field.enterprise, field.element, field.length))
                .collect(),
        }
    }

    fn announced(&self, dialect: Dialect) -> Announced {
        let specifier = |(enterprise, element, length)| FieldSpecifier { enterprise, element, length };
        Announced {
            dialect,
            options: self.options,
            scope_count: self.scope_count.min(self.fields.len() as u16),
            fields: self.fields.iter().copied().map(specifier).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::types::UInt32Type;
    use weir_batch::Batches;

    use super::super::tests::{RECEIVED_NS, ipfix, set, source, template, v9};
    use super::super::{SECOND_NS, SessionLimits};
    use super::*;

    /// A session that knows a v9 exporter with a sampler and an IPFIX exporter on one address.
    fn taught() -> Session {
        let mut session = Session::new(SessionLimits::default());
        let mut out = Batches::new();
        let options = [1, 4, 0, 4, 0, 8, 0, 1, 0, 4, 0, 48, 0, 1, 0, 50, 0, 4];
        let told = [0, 0, 0, 1, 7, 0, 0, 0, 100];
        let flows = set(0, &template(256, &[(8, 4), (48, 1)]));
        let bytes = v9(1, &[&set(1, &options), &flows, &set(260, &told)]);
        session.datagram(source(), RECEIVED_NS, &bytes, &mut out);
        let variable = ipfix(0, &[&set(2, &template(256, &[(8, 4), (82, 65535)]))]);
        session.datagram(source(), RECEIVED_NS, &variable, &mut out);
        session
    }

    #[test]
    fn a_restarted_session_decodes_at_once() {
        let text = serde_json::to_string(&taught().remember()).unwrap();
        let memory: Memory = serde_json::from_str(&text).unwrap();
        let mut session = Session::new(SessionLimits::default());
        assert_eq!(session.restore(&memory, RECEIVED_NS + SECOND_NS), 3);
        assert_eq!(session.remember(), memory);
        let mut out = Batches::new();
        // From another port, too.
        let other = "192.0.2.1:6000".parse().unwrap();
        let outcome = session.datagram(
            other,
            RECEIVED_NS,
            &v9(9, &[&set(256, &[10, 0, 0, 1, 7, 10, 0, 0, 2, 7])]),
            &mut out,
        );
        assert_eq!((outcome.rows, outcome.held_sets), (2, 0));
        let batch = out.flows.finish();
        let rates = batch.column_by_name("sampling").unwrap();
        let rates = rates.as_any().downcast_ref::<arrow_array::UInt32Array>().unwrap();
        assert_eq!(rates.values(), &[100, 100]);
        let outcome =
            session.datagram(other, RECEIVED_NS, &ipfix(9, &[&set(256, &[10, 0, 0, 1, 1, 65])]), &mut out);
        assert_eq!((outcome.rows, outcome.held_sets), (1, 0));
    }

    /// The texts of a column, row by row.
    fn texts(batch: &arrow_array::RecordBatch, column: &str) -> Vec<String> {
        let column = batch.column_by_name(column).unwrap();
        let column = column.as_any().downcast_ref::<arrow_array::DictionaryArray<UInt32Type>>().unwrap();
        let texts = column.downcast_dict::<arrow_array::StringArray>().unwrap();
        texts.into_iter().map(|text| text.unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn names_are_joined_after_a_restart() {
        let mut session = Session::new(SessionLimits::default());
        let mut out = Batches::new();
        // Interface 7, VRF 3 and application 13:453 with its category, in options of their own.
        let options = |id: u16, fields: &[(u16, u16)]| {
            let mut bytes = id.to_be_bytes().to_vec();
            bytes.extend((fields.len() as u16).to_be_bytes());
            bytes.extend([0, 1]);
            for (element, length) in fields {
                bytes.extend([element.to_be_bytes(), length.to_be_bytes()].concat());
            }
            bytes
        };
        let flows = template(300, &[(8, 4), (10, 4), (234, 4), (95, 4)]);
        let announced = [
            set(3, &options(256, &[(10, 4), (82, 3)])),
            set(3, &options(257, &[(234, 4), (236, 3)])),
            set(3, &options(259, &[(149, 4), (300, 6)])),
            set(3, &options(258, &[(95, 4), (96, 4), (372, 3)])),
            set(2, &flows),
        ];
        let told = [
            set(256, &[0, 0, 0, 7, b'G', b'i', b'7']),
            set(257, &[0, 0, 0, 3, b'r', b'e', b'd']),
            set(259, &[0, 0, 0, 7, b'c', b'o', b'r', b'e', b'-', b'1']),
            set(258, &[13, 0, 1, 197, b'h', b't', b't', b'p', b'w', b'e', b'b']),
        ];
        let sets: Vec<&[u8]> = announced.iter().chain(&told).map(Vec::as_slice).collect();
        let before = session.changes();
        session.datagram(source(), RECEIVED_NS, &ipfix(0, &sets), &mut out);
        assert!(session.changes() >= before + 5 + 4);
        let learnt = session.changes();
        session.datagram(source(), RECEIVED_NS, &ipfix(4, &sets[5..]), &mut out);
        assert_eq!(session.changes(), learnt, "the same names again are nothing new");

        let text = serde_json::to_string(&session.remember()).unwrap();
        let memory: Memory = serde_json::from_str(&text).unwrap();
        let mut restarted = Session::new(SessionLimits::default());
        restarted.restore(&memory, RECEIVED_NS + SECOND_NS);
        assert_eq!(restarted.remember(), memory);
        let record = [10, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 3, 13, 0, 1, 197];
        let other = "192.0.2.1:6000".parse().unwrap();
        // Housekeeping before the exporter is heard of again must not cost it its names.
        let _ = restarted.housekeeping(RECEIVED_NS + 2 * SECOND_NS);
        restarted.datagram(other, RECEIVED_NS + 3 * SECOND_NS, &ipfix(9, &[&set(300, &record)]), &mut out);
        let batch = out.flows.finish();
        let found = ["in_if_name", "vrf_name", "app", "domain_name"].map(|column| texts(&batch, column));
        assert_eq!(found, [["Gi7"], ["red"], ["http"], ["core-1"]]);
        let extra = format!("{:?}", batch.column_by_name("extra").unwrap());
        assert!(extra.contains("applicationCategoryName") && extra.contains("web"), "{extra}");

        let mut late = Session::new(SessionLimits::default());
        late.restore(&memory, RECEIVED_NS + 30 * 24 * 3_600 * SECOND_NS);
        assert_eq!(late.remember(), Memory::default());
    }

    #[test]
    fn what_has_expired_or_makes_no_sense_is_left_out() {
        let mut memory = taught().remember();
        let mut session = Session::new(SessionLimits::default());
        assert_eq!(session.restore(&memory, RECEIVED_NS + 30 * 24 * 3_600 * SECOND_NS), 0);
        memory.domains[0].templates.push((3, 0, RECEIVED_NS));
        memory.domains[0].templates.push((300, 99, RECEIVED_NS));
        memory.domains[0].protocol = "netflow5".to_owned();
        memory.layouts.iter_mut().for_each(|layout| layout.scope_count = 99);
        let known = session.restore(&memory, RECEIVED_NS);
        assert!(known <= 3);
    }

    #[test]
    fn connections_are_not_remembered_and_changes_are_noticed() {
        let mut session = taught();
        let (before, memory) = (session.changes(), session.remember());
        let mut out = Batches::new();
        let announce = ipfix(0, &[&set(2, &template(300, &[(8, 4)]))]);
        session.stream_message(source(), crate::Transport::Tcp, RECEIVED_NS, &announce, &mut out);
        assert_eq!((session.changes(), session.remember()), (before, memory));
        session.datagram(source(), RECEIVED_NS, &announce, &mut out);
        let after = session.changes();
        assert!(after > before);
        // The same again is nothing new.
        session.datagram(source(), RECEIVED_NS, &announce, &mut out);
        assert_eq!(session.changes(), after);
    }
}
