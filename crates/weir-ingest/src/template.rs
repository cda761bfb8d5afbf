//! Templates: compiled once, shared by all exporters that announce the same, bounded in number and memory.

use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::HashMap;
use weir_batch::{FindTemplate, OptionsPlan, Plan};
use weir_wire::Protocol;
use weir_wire::template::{Dialect, FieldSpecifier, Template};

use crate::exporter::{Exporter, ExporterKey};
use crate::session::{Reason, SessionLimits};

/// A template as announced: equal ones share a plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Announced {
    pub(crate) dialect: Dialect,
    pub(crate) options: bool,
    pub(crate) scope_count: u16,
    pub(crate) fields: Box<[FieldSpecifier]>,
}

/// A template and what it was compiled to.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) announced: Announced,
    pub(crate) kind: Kind,
    bytes: usize,
}

/// The templates that an exporter has announced, by id.
pub(crate) type Templates = HashMap<u16, Arc<Compiled>>;

/// What a template's records are.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Flow records.
    Flows(Plan),
    /// Records about the exporter.
    Options(OptionsPlan),
}

impl Compiled {
    fn is(&self, dialect: Dialect, options: bool, template: Template<'_>) -> bool {
        self.announced.dialect == dialect
            && self.announced.options == options
            && self.announced.scope_count == template.scope_count
            && self.announced.fields.len() == usize::from(template.field_count)
            && self.announced.fields.iter().copied().eq(template.fields())
    }
}

/// The domain of an exporter regardless of its port: a restarted exporter comes from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct DomainKey {
    address: IpAddr,
    domain: u32,
    protocol: Protocol,
    template: u16,
}

impl DomainKey {
    fn new(key: ExporterKey, template: u16) -> Self {
        DomainKey { address: key.address, domain: key.domain, protocol: key.protocol, template }
    }
}

/// The templates that an exporter knows, for lists in its records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownTo<'a> {
    store: &'a TemplateStore,
    own: &'a Templates,
    key: ExporterKey,
}

impl FindTemplate for KnownTo<'_> {
    fn fields(&self, id: u16) -> Option<&[FieldSpecifier]> {
        self.store.find(self.own, self.key, id).map(|compiled| &*compiled.announced.fields)
    }
}

/// All templates of a session.
#[derive(Debug, Default)]
pub(crate) struct TemplateStore {
    shared: HashMap<Announced, Arc<Compiled>>,
    /// The latest of each domain from any port, and when it was announced.
    by_domain: HashMap<DomainKey, (Arc<Compiled>, i64)>,
    bytes: usize,
}

impl TemplateStore {
    /// The template of a data set: the exporter's `own`, else that of its domain on another port.
    pub(crate) fn find<'a>(&'a self, own: &'a Templates, key: ExporterKey, id: u16) -> Option<&'a Compiled> {
        // A connection's templates are its own.
        let shared = !key.transport.is_stream();
        let of_domain = || {
            shared
                .then(|| self.by_domain.get(&DomainKey::new(key, id)).map(|(compiled, _)| compiled))
                .flatten()
        };
        own.get(&id).or_else(of_domain).map(Arc::as_ref)
    }

    /// The templates that records of an exporter may refer to.
    pub(crate) fn known_to<'a>(&'a self, own: &'a Templates, key: ExporterKey) -> KnownTo<'a> {
        KnownTo { store: self, own, key }
    }

    /// Takes a template that an exporter announced.
    pub(crate) fn learn(
        &mut self,
        exporter: &mut Exporter,
        limits: &SessionLimits,
        dialect: Dialect,
        options: bool,
        template: Template<'_>,
        now_ns: i64,
    ) -> Result<(), Reason> {
        let id = template.id;
        let domain_key = DomainKey::new(exporter.key, id);
        if let Some(known) = exporter.templates.get(&id)
            && known.is(dialect, options, template)
        {
            // Announced again, as exporters do every few minutes.
            if let Some((latest, announced_ns)) = self.by_domain.get_mut(&domain_key) {
                *announced_ns = now_ns;
                if !Arc::ptr_eq(latest, known) {
                    *latest = Arc::clone(known);
                }
            }
            return Ok(());
        }
        if usize::from(template.field_count) > limits.fields_per_template {
            return Err(Reason::TEMPLATE_TOO_WIDE);
        }
        let is_new = !exporter.templates.contains_key(&id);
        if is_new && exporter.templates.len() >= limits.templates_per_exporter {
            return Err(Reason::TEMPLATES_FULL);
        }
        let shared = !exporter.key.transport.is_stream();
        if shared && !self.by_domain.contains_key(&domain_key) && self.by_domain.len() >= limits.templates {
            return Err(Reason::TEMPLATES_FULL);
        }
        let compiled = self.compile(limits, dialect, options, template)?;
        // One exporter may not take all the room.
        if exporter.template_bytes + compiled.bytes > limits.template_bytes / 8 {
            self.drop_unused(&compiled, 2);
            return Err(Reason::TEMPLATES_FULL);
        }
        exporter.template_bytes += compiled.bytes;
        let latest =
            shared.then(|| self.by_domain.insert(domain_key, (Arc::clone(&compiled), now_ns))).flatten();
        let own = exporter.templates.insert(id, compiled);
        if let Some(own) = &own {
            exporter.template_bytes -= own.bytes;
        }
        let latest = latest.map(|(latest, _)| latest);
        self.forget(latest);
        self.forget(own);
        Ok(())
    }

    /// Takes back one template, or all of a kind (RFC 7011, section 8.1).
    pub(crate) fn withdraw(&mut self, exporter: &mut Exporter, options: bool, id: u16) {
        let ids: Vec<u16> = if id < weir_wire::template::FIRST_DATA_ID {
            let of_kind = exporter.templates.iter().filter(|(_, known)| known.announced.options == options);
            of_kind.map(|(id, _)| *id).collect()
        } else {
            vec![id]
        };
        for id in ids {
            let own = exporter.templates.remove(&id);
            if let Some(own) = &own {
                exporter.template_bytes -= own.bytes;
                let key = DomainKey::new(exporter.key, id);
                if self.by_domain.get(&key).is_some_and(|(latest, _)| Arc::ptr_eq(latest, own)) {
                    self.by_domain.remove(&key);
                }
            }
            self.forget(own);
        }
    }

    /// Lets go of all templates of an exporter that is gone.
    pub(crate) fn release(&mut self, exporter: &mut Exporter) {
        exporter.template_bytes = 0;
        for (_, own) in std::mem::take(&mut exporter.templates) {
            self.drop_unused(&own, 2);
        }
    }

    /// Forgets templates that nobody announced for long and that no exporter holds.
    pub(crate) fn expire(&mut self, oldest_ns: i64) {
        self.by_domain.retain(|_, (_, announced_ns)| *announced_ns >= oldest_ns);
        self.shared.retain(|_, compiled| Arc::strong_count(compiled) > 1);
        self.bytes = self.shared.values().map(|compiled| compiled.bytes).sum();
    }

    fn compile(
        &mut self,
        limits: &SessionLimits,
        dialect: Dialect,
        options: bool,
        template: Template<'_>,
    ) -> Result<Arc<Compiled>, Reason> {
        let scope_count = template.scope_count;
        let announced = Announced { dialect, options, scope_count, fields: template.fields().collect() };
        if let Some(compiled) = self.shared.get(&announced) {
            return Ok(Arc::clone(compiled));
        }
        let fields = announced.fields.iter().copied();
        let (kind, plan_bytes) = if options {
            let plan = OptionsPlan::compile(dialect, scope_count, fields)
                .map_err(|error| Reason::new(error.reason()))?;
            let bytes = plan.memory();
            (Kind::Options(plan), bytes)
        } else {
            let plan = Plan::compile(dialect, fields).map_err(|error| Reason::new(error.reason()))?;
            let bytes = plan.memory();
            (Kind::Flows(plan), bytes)
        };
        // The list of fields is kept twice: as a key and beside the plan.
        let bytes = plan_bytes + 2 * announced.fields.len() * size_of::<FieldSpecifier>();
        if self.bytes + bytes > limits.template_bytes {
            return Err(Reason::TEMPLATES_FULL);
        }
        self.bytes += bytes;
        let compiled = Arc::new(Compiled { announced: announced.clone(), kind, bytes });
        self.shared.insert(announced, Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Lets go of a template that was replaced.
    fn forget(&mut self, old: Option<Arc<Compiled>>) {
        if let Some(old) = old {
            self.drop_unused(&old, 2);
        }
    }

    /// Removes a template that only `shared` and so many other references hold.
    fn drop_unused(&mut self, compiled: &Arc<Compiled>, references: usize) {
        if Arc::strong_count(compiled) <= references && self.shared.remove(&compiled.announced).is_some() {
            self.bytes -= compiled.bytes;
        }
    }
}
