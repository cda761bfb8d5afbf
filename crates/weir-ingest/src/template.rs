//! Templates: compiled once, shared by all exporters that announce the same, bounded in number and memory.
//!
//! A data set is read by the template that its own port announced, else by the latest of its domain from any port: a
//! restarted exporter comes from another one. Those of connections are their own.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use weir_batch::{FindTemplate, OptionsPlan, Plan};
use weir_wire::template::{Dialect, FIRST_DATA_ID, FieldSpecifier, Template};

use crate::exporter::{Exporter, ExporterKey};
use crate::scope::Scope;
use crate::session::{Reason, SessionLimits};

/// A template as announced: equal ones share a plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Announced {
    pub(crate) dialect: Dialect,
    pub(crate) options: bool,
    pub(crate) scope_count: u16,
    pub(crate) fields: Box<[FieldSpecifier]>,
}

impl Announced {
    pub(crate) fn new(dialect: Dialect, options: bool, template: Template<'_>) -> Self {
        Announced { dialect, options, scope_count: template.scope_count, fields: template.fields().collect() }
    }

    fn is(&self, dialect: Dialect, options: bool, template: Template<'_>) -> bool {
        self.dialect == dialect
            && self.options == options
            && self.scope_count == template.scope_count
            && self.fields.len() == usize::from(template.field_count)
            && self.fields.iter().copied().eq(template.fields())
    }
}

/// A template and what it was compiled to.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) announced: Arc<Announced>,
    pub(crate) kind: Kind,
    bytes: usize,
    /// Who announced it first, and is charged for it.
    charged: IpAddr,
}

/// What a template's records are.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Flow records.
    Flows(Plan),
    /// Records about the exporter.
    Options(OptionsPlan),
}

/// A template that holds, and when it was last announced.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) announced_ns: i64,
}

/// The templates that an exporter or a domain has announced, by id.
pub(crate) type Templates = HashMap<u16, Known>;

/// What one address has in the store.
#[derive(Debug, Default)]
struct Usage {
    /// Entries of its exporters and domains.
    entries: usize,
    /// Memory of the templates that it announced first.
    bytes: usize,
}

/// All templates of a session.
#[derive(Debug, Default)]
pub(crate) struct TemplateStore {
    shared: HashMap<Arc<Announced>, Arc<Compiled>>,
    /// The latest of each domain over UDP from any port.
    domains: HashMap<Scope, Templates>,
    usage: HashMap<IpAddr, Usage>,
    entries: usize,
    bytes: usize,
    /// Grows with each change of a domain's templates.
    changes: u64,
}

/// What an exporter sees of the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    store: &'a TemplateStore,
    own: &'a Templates,
    key: ExporterKey,
}

impl FindTemplate for View<'_> {
    fn fields(&self, id: u16) -> Option<&[FieldSpecifier]> {
        self.store.find(self.own, self.key, id).map(|compiled| &*compiled.announced.fields)
    }
}

/// No address may take more than this share of what there is.
const SHARE: usize = 8;

impl TemplateStore {
    /// The template of a data set: the exporter's `own`, else that of its domain on another port.
    pub(crate) fn find<'a>(&'a self, own: &'a Templates, key: ExporterKey, id: u16) -> Option<&'a Compiled> {
        let of_domain = || self.domains.get(&Scope::of(key)).and_then(|domain| domain.get(&id));
        own.get(&id).or_else(of_domain).map(|known| &*known.compiled)
    }

    /// The templates that an exporter's records may refer to (RFC 6313).
    pub(crate) fn view<'a>(&'a self, own: &'a Templates, key: ExporterKey) -> View<'a> {
        View { store: self, own, key }
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
        let scope = Scope::of(exporter.key);
        if let Some(known) = exporter.templates.get_mut(&id)
            && known.compiled.announced.is(dialect, options, template)
        {
            // Announced again, as exporters do every few minutes.
            known.announced_ns = now_ns;
            let latest = self.domains.get_mut(&scope).and_then(|domain| domain.get_mut(&id));
            if let Some(latest) = latest
                && Arc::ptr_eq(&latest.compiled, &known.compiled)
            {
                latest.announced_ns = now_ns;
                return Ok(());
            }
            let known = known.clone();
            self.share(scope, id, known, limits);
            return Ok(());
        }
        let taken = self.take(exporter, limits, Announced::new(dialect, options, template), id, now_ns);
        if taken.is_err() && exporter.templates.contains_key(&id) {
            // The exporter has changed it: what was known would read its records wrongly.
            self.withdraw(exporter, options, id, now_ns);
        }
        taken
    }

    fn take(
        &mut self,
        exporter: &mut Exporter,
        limits: &SessionLimits,
        announced: Announced,
        id: u16,
        now_ns: i64,
    ) -> Result<(), Reason> {
        if announced.fields.len() > limits.fields_per_template {
            return Err(Reason::TEMPLATE_TOO_WIDE);
        }
        let scope = Scope::of(exporter.key);
        let is_new = !exporter.templates.contains_key(&id);
        if is_new
            && (exporter.templates.len() >= limits.templates_per_exporter
                || !self.has_room(scope.address, limits))
        {
            return Err(Reason::TEMPLATES_FULL);
        }
        let compiled = self.compile(announced, scope.address, limits)?;
        let known = Known { compiled, announced_ns: now_ns };
        self.share(scope, id, known.clone(), limits);
        exporter.templates_changed(now_ns);
        match exporter.templates.insert(id, known) {
            Some(replaced) => self.forget(replaced),
            None => self.count(scope.address, true),
        }
        Ok(())
    }

    /// Brings back a template that was announced before a restart.
    pub(crate) fn restore(
        &mut self,
        scope: Scope,
        id: u16,
        announced: Announced,
        announced_ns: i64,
        limits: &SessionLimits,
    ) -> Result<(), Reason> {
        if announced.fields.len() > limits.fields_per_template {
            return Err(Reason::TEMPLATE_TOO_WIDE);
        }
        if id < FIRST_DATA_ID || !self.has_room(scope.address, limits) {
            return Err(Reason::TEMPLATES_FULL);
        }
        let compiled = self.compile(announced, scope.address, limits)?;
        self.share(scope, id, Known { compiled, announced_ns }, limits);
        Ok(())
    }

    /// Grows with each change of what [`Self::domains`] tells.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Every domain that is known over UDP, and its templates.
    pub(crate) fn domains(&self) -> impl Iterator<Item = (&Scope, &Templates)> {
        self.domains.iter()
    }

    /// The templates of a domain over UDP, whichever port they came from.
    pub(crate) fn of_domain(&self, scope: &Scope) -> Option<&Templates> {
        self.domains.get(scope)
    }

    /// Takes back one template, or all of a kind (RFC 7011, section 8.1).
    pub(crate) fn withdraw(&mut self, exporter: &mut Exporter, options: bool, id: u16, now_ns: i64) {
        let withdrawn = |known_id: u16, known: &Known| {
            if id < FIRST_DATA_ID { known.compiled.announced.options == options } else { known_id == id }
        };
        let scope = Scope::of(exporter.key);
        let gone: Vec<Known> = exporter
            .templates
            .extract_if(|id, known| withdrawn(*id, known))
            .map(|(_, known)| known)
            .collect();
        let of_domain: Vec<Known> = self.domains.get_mut(&scope).map_or_else(Vec::new, |domain| {
            // What another port announced in the meantime is that one's.
            let own = |known: &Known| {
                gone.is_empty() || gone.iter().any(|gone| Arc::ptr_eq(&gone.compiled, &known.compiled))
            };
            domain
                .extract_if(|id, known| withdrawn(*id, known) && own(known))
                .map(|(_, known)| known)
                .collect()
        });
        if !gone.is_empty() || !of_domain.is_empty() {
            exporter.templates_changed(now_ns);
        }
        self.changes += of_domain.len() as u64;
        for known in gone.into_iter().chain(of_domain) {
            self.count(scope.address, false);
            self.forget(known);
        }
        if self.domains.get(&scope).is_some_and(Templates::is_empty) {
            self.domains.remove(&scope);
        }
    }

    /// Lets go of the templates of an exporter that is gone. Those of its domain stay.
    pub(crate) fn release(&mut self, exporter: &mut Exporter) {
        exporter.template_list = OnceLock::new();
        for (_, own) in std::mem::take(&mut exporter.templates) {
            self.count(exporter.key.address, false);
            self.forget(own);
        }
    }

    /// Forgets templates that were last announced before `oldest_ns`. Those of connections stay as long as these do.
    pub(crate) fn expire(&mut self, exporters: &mut [Exporter], oldest_ns: i64) {
        let mut gone = Vec::new();
        for exporter in exporters.iter_mut().filter(|exporter| !exporter.key.transport.is_stream()) {
            let address = exporter.key.address;
            let old = exporter.templates.extract_if(|_, known| known.announced_ns < oldest_ns);
            let before = gone.len();
            gone.extend(old.map(|(_, known)| (address, known)));
            if gone.len() > before {
                exporter.template_list = OnceLock::new();
            }
        }
        for (scope, domain) in &mut self.domains {
            let old = domain.extract_if(|_, known| known.announced_ns < oldest_ns);
            gone.extend(old.map(|(_, known)| (scope.address, known)));
        }
        self.domains.retain(|_, domain| !domain.is_empty());
        self.changes += gone.len() as u64;
        for (address, known) in gone {
            self.count(address, false);
            self.forget(known);
        }
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> usize {
        self.shared.len()
    }

    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        let kept: usize = self.usage.values().map(|usage| usage.entries).sum();
        assert_eq!(kept, self.entries);
        self.entries
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        let charged: usize = self.usage.values().map(|usage| usage.bytes).sum();
        assert_eq!(charged, self.bytes);
        self.bytes
    }

    /// Makes a template the latest of its domain.
    fn share(&mut self, scope: Scope, id: u16, known: Known, limits: &SessionLimits) {
        if scope.connection.is_some() {
            return;
        }
        // Not worth refusing the exporter's own: without room, only other ports do not get to see it.
        let has_room = self.has_room(scope.address, limits);
        let domain = self.domains.entry(scope).or_default();
        if !has_room && !domain.contains_key(&id) {
            return self.forget(known);
        }
        self.changes += 1;
        match domain.insert(id, known) {
            Some(replaced) => self.forget(replaced),
            None => self.count(scope.address, true),
        }
    }

    fn has_room(&self, address: IpAddr, limits: &SessionLimits) -> bool {
        let of_address = self.usage.get(&address).map_or(0, |usage| usage.entries);
        // An entry for the exporter, and one for its domain.
        self.entries + 2 <= limits.templates && of_address + 2 <= limits.templates / SHARE
    }

    fn compile(
        &mut self,
        announced: Announced,
        address: IpAddr,
        limits: &SessionLimits,
    ) -> Result<Arc<Compiled>, Reason> {
        if let Some(compiled) = self.shared.get(&announced) {
            return Ok(Arc::clone(compiled));
        }
        let fields = announced.fields.iter().copied();
        let (kind, plan_bytes) = if announced.options {
            let plan = OptionsPlan::compile(announced.dialect, announced.scope_count, fields)
                .map_err(|error| Reason::new(error.reason()))?;
            let bytes = plan.memory();
            (Kind::Options(plan), bytes)
        } else {
            let plan =
                Plan::compile(announced.dialect, fields).map_err(|error| Reason::new(error.reason()))?;
            let bytes = plan.memory();
            (Kind::Flows(plan), bytes)
        };
        let bytes = plan_bytes
            + announced.fields.len() * size_of::<FieldSpecifier>()
            + size_of::<Announced>()
            + size_of::<Compiled>();
        let of_address = self.usage.get(&address).map_or(0, |usage| usage.bytes);
        if self.bytes + bytes > limits.template_bytes || of_address + bytes > limits.template_bytes / SHARE {
            return Err(Reason::TEMPLATES_FULL);
        }
        self.usage.entry(address).or_default().bytes += bytes;
        self.bytes += bytes;
        let announced = Arc::new(announced);
        let compiled =
            Arc::new(Compiled { announced: Arc::clone(&announced), kind, bytes, charged: address });
        self.shared.insert(announced, Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Counts an entry of an address that came or went.
    fn count(&mut self, address: IpAddr, came: bool) {
        let usage = self.usage.entry(address).or_default();
        if came {
            usage.entries += 1;
            self.entries += 1;
        } else {
            usage.entries = usage.entries.saturating_sub(1);
            self.entries = self.entries.saturating_sub(1);
            self.drop_usage(address);
        }
    }

    fn drop_usage(&mut self, address: IpAddr) {
        if self.usage.get(&address).is_some_and(|usage| usage.entries == 0 && usage.bytes == 0) {
            self.usage.remove(&address);
        }
    }

    /// Lets go of an entry's template; the last one takes it out of the shared ones.
    fn forget(&mut self, known: Known) {
        let compiled = known.compiled;
        // Two references: this one, and the shared one.
        if Arc::strong_count(&compiled) > 2 || self.shared.remove(&compiled.announced).is_none() {
            return;
        }
        self.bytes -= compiled.bytes;
        if let Some(usage) = self.usage.get_mut(&compiled.charged) {
            usage.bytes -= compiled.bytes;
        }
        self.drop_usage(compiled.charged);
    }
}
