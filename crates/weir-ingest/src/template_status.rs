//! The templates of one exporter, for who wants to know why its records look as they do.

use std::net::IpAddr;

use hashbrown::HashSet;
use weir_batch::element_name;
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH};

use crate::distinct::{Announced, DistinctId};
use crate::exporter::ExporterKey;
use crate::scope::Scope;
use crate::session::{Reasons, Session};
use crate::template::Known;
use crate::transport::Transport;

/// The templates of an address.
#[derive(Debug, Clone, Default)]
pub struct TemplateList {
    /// The first of them, by domain, port and id.
    pub templates: Vec<TemplateStatus>,
    /// How many there are.
    pub total: usize,
}

/// A template, and what it was used for.
#[derive(Debug, Clone)]
pub struct TemplateStatus {
    /// The port that announced it; `None`: another port did, or it was announced before a restart.
    pub port: Option<u16>,
    /// Observation domain.
    pub domain: u32,
    /// Export protocol.
    pub protocol: &'static str,
    /// How it came.
    pub transport: &'static str,
    /// Its id.
    pub id: u16,
    /// Whether its records describe the exporter.
    pub options: bool,
    /// Its fields, in the order of the records.
    pub fields: Vec<TemplateField>,
    /// When it became what it is, nanoseconds since 1970.
    pub since_ns: i64,
    /// When it was last announced.
    pub announced_ns: i64,
    /// When records last came.
    pub used_ns: Option<i64>,
    /// Records that it described.
    pub records: u64,
    /// Sets that it does not seem to fit, by what is odd.
    pub doubts: Reasons,
}

/// A field of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateField {
    /// The element's name, or its number where it has none.
    pub name: String,
    /// Private enterprise number; 0 for IANA's elements and for NetFlow v9.
    pub enterprise: u32,
    /// Number of the element.
    pub element: u16,
    /// Bytes; `None`: each record says.
    pub length: Option<u16>,
    /// Whether it tells what the other fields are about.
    pub scope: bool,
}

impl TemplateList {
    /// No more templates than this are listed: an address may have tens of thousands.
    pub const MOST: usize = 1_000;
}

impl Session {
    /// The templates of an address.
    pub fn templates_of(&self, address: IpAddr) -> TemplateList {
        let mut found: Vec<(ExporterKey, Option<u16>, u16, &Known)> = Vec::new();
        let mut of_ports: HashSet<(Scope, u16, DistinctId)> = HashSet::new();
        for exporter in self.exporters.iter().filter(|exporter| exporter.key.address == address) {
            let key = exporter.key;
            for (id, known) in &exporter.templates {
                found.push((key, Some(key.port), *id, known));
                of_ports.insert((Scope::of(key), *id, known.id));
            }
        }
        for (scope, domain) in self.templates.domains().filter(|(scope, _)| scope.address == address) {
            let (address, protocol) = (scope.address, scope.protocol);
            let key =
                ExporterKey { address, port: 0, domain: scope.domain, protocol, transport: Transport::Udp };
            // What a port of the domain has announced itself is there already.
            let others = domain.iter().filter(|(id, known)| !of_ports.contains(&(*scope, **id, known.id)));
            found.extend(others.map(|(id, known)| (key, None, *id, known)));
        }
        let total = found.len();
        found.sort_unstable_by_key(|(key, port, id, _)| (key.domain, *port, *id, key.protocol));
        found.truncate(TemplateList::MOST);
        let templates = found.into_iter().filter_map(|(key, port, id, known)| {
            Some(TemplateStatus::new(key, port, id, known, self.templates.announced(known.id)?))
        });
        TemplateList { templates: templates.collect(), total }
    }
}

impl TemplateStatus {
    fn new(key: ExporterKey, port: Option<u16>, id: u16, known: &Known, announced: &Announced) -> Self {
        let fields = announced.fields.iter().enumerate();
        TemplateStatus {
            port,
            domain: key.domain,
            protocol: key.protocol.name(),
            transport: key.transport.name(),
            id,
            options: announced.options,
            fields: fields
                .map(|(at, field)| TemplateField::new(announced, at < announced.scope_count.into(), *field))
                .collect(),
            since_ns: known.since_ns,
            announced_ns: known.announced_ns,
            used_ns: (known.used.last_ns != 0).then_some(known.used.last_ns),
            records: known.used.records,
            doubts: known.used.doubts.as_deref().cloned().unwrap_or_default(),
        }
    }
}

impl TemplateField {
    fn new(announced: &Announced, scope: bool, field: FieldSpecifier) -> Self {
        let dialect = announced.dialect;
        let name = match field.element {
            // RFC 3954, section 6.1: the scopes of NetFlow v9 have numbers of their own.
            1 if scope && dialect == Dialect::Netflow9 => "System".to_owned(),
            2 if scope && dialect == Dialect::Netflow9 => "Interface".to_owned(),
            3 if scope && dialect == Dialect::Netflow9 => "LineCard".to_owned(),
            4 if scope && dialect == Dialect::Netflow9 => "Cache".to_owned(),
            5 if scope && dialect == Dialect::Netflow9 => "Template".to_owned(),
            _ => element_name(dialect, field),
        };
        let varies = dialect == Dialect::Ipfix && field.length == VARIABLE_LENGTH;
        TemplateField {
            name,
            enterprise: field.enterprise,
            element: field.element,
            length: (!varies).then_some(field.length),
            scope,
        }
    }
}
