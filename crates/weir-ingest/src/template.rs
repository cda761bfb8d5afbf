//! Templates of exporters and domains, bounded in number and memory; equal ones are kept once (see `distinct`).
//!
//! A data set is read by the template that its own port announced, else by the latest of its domain from any port: a
//! restarted exporter comes from another one. Those of connections are their own.

use std::net::IpAddr;

use hashbrown::HashMap;
use weir_batch::FindTemplate;
use weir_wire::template::{Dialect, FIRST_DATA_ID, FieldSpecifier, Template};

use crate::distinct::{Announced, Distinct, DistinctId, Kind};
use crate::exporter::{Exporter, ExporterKey};
use crate::scope::Scope;
use crate::session::{Reason, Reasons, SessionLimits};

/// A template that holds, and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: DistinctId,
    /// When it became what it is, and when it was last announced.
    pub(crate) since_ns: i64,
    pub(crate) announced_ns: i64,
    pub(crate) used: Used,
}

impl Known {
    fn new(id: DistinctId, announced_ns: i64) -> Self {
        Known { id, since_ns: announced_ns, announced_ns, used: Used::default() }
    }

    /// The same for another map, which counts for itself.
    fn unused(&self) -> Self {
        Known { used: Used::default(), ..self.clone() }
    }
}

/// What a template was used for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    pub(crate) records: u64,
    /// When records last came, nanoseconds since 1970; 0 is never.
    pub(crate) last_ns: i64,
    /// Sets that it does not seem to fit, by what is odd.
    pub(crate) doubts: Option<Box<Reasons>>,
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
    distinct: Distinct,
    /// The latest of each domain over UDP from any port.
    domains: HashMap<Scope, Templates>,
    usage: HashMap<IpAddr, Usage>,
    entries: usize,
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
        let id = self.store.find(self.own, self.key, id)?;
        self.store.distinct.announced(id).map(|announced| &*announced.fields)
    }
}

/// No address may take more than this share of what there is.
const SHARE: usize = 8;

impl TemplateStore {
    /// The template of a data set: the exporter's `own`, else that of its domain on another port.
    pub(crate) fn find(&self, own: &Templates, key: ExporterKey, id: u16) -> Option<DistinctId> {
        let of_domain = || self.domains.get(&Scope::of(key)).and_then(|domain| domain.get(&id));
        own.get(&id).or_else(of_domain).map(|known| known.id)
    }

    /// Sees to it that a template that was found can be run.
    pub(crate) fn compile(&mut self, id: DistinctId, limits: &SessionLimits) -> Result<(), Reason> {
        self.distinct.compile(id, limits)
    }

    /// A template that was found and compiled.
    pub(crate) fn compiled(&self, id: DistinctId) -> Option<(&Announced, &Kind)> {
        self.distinct.compiled(id)
    }

    /// What was announced.
    pub(crate) fn announced(&self, id: DistinctId) -> Option<&Announced> {
        self.distinct.announced(id)
    }

    /// Takes note of records that a template described.
    pub(crate) fn note_use(
        &mut self,
        own: &mut Templates,
        key: ExporterKey,
        id: u16,
        (records, doubt): (u64, Option<Reason>),
        now_ns: i64,
    ) {
        let known = match own.get_mut(&id) {
            Some(known) => Some(known),
            None => self.domains.get_mut(&Scope::of(key)).and_then(|domain| domain.get_mut(&id)),
        };
        let Some(known) = known else { return };
        known.used.records += records;
        known.used.last_ns = known.used.last_ns.max(now_ns);
        if let Some(doubt) = doubt {
            known.used.doubts.get_or_insert_default().add(doubt, 1);
        }
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
            && self.distinct.announced(known.id).is_some_and(|known| known.is(dialect, options, template))
        {
            // Announced again, as exporters do every few minutes.
            known.announced_ns = now_ns;
            let latest = self.domains.get_mut(&scope).and_then(|domain| domain.get_mut(&id));
            if let Some(latest) = latest
                && latest.id == known.id
            {
                latest.announced_ns = now_ns;
                return Ok(());
            }
            let known = known.unused();
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
        let known = Known::new(self.distinct(announced, scope.address, limits)?, now_ns);
        self.distinct.hold(known.id);
        self.share(scope, id, known.clone(), limits);
        exporter.templates_changed_ns = Some(now_ns);
        match exporter.templates.insert(id, known) {
            Some(replaced) => self.forget(replaced.id),
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
        let distinct = self.distinct(announced, scope.address, limits)?;
        self.share(scope, id, Known::new(distinct, announced_ns), limits);
        self.forget_unheld(distinct);
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
            let of_kind =
                || self.distinct.announced(known.id).is_some_and(|announced| announced.options == options);
            if id < FIRST_DATA_ID { of_kind() } else { known_id == id }
        };
        let scope = Scope::of(exporter.key);
        let gone: Vec<Known> = exporter
            .templates
            .extract_if(|id, known| withdrawn(*id, known))
            .map(|(_, known)| known)
            .collect();
        let of_domain: Vec<Known> = self.domains.get_mut(&scope).map_or_else(Vec::new, |domain| {
            // What another port announced in the meantime is that one's.
            let own = |known: &Known| gone.is_empty() || gone.iter().any(|gone| gone.id == known.id);
            domain
                .extract_if(|id, known| withdrawn(*id, known) && own(known))
                .map(|(_, known)| known)
                .collect()
        });
        if !gone.is_empty() || !of_domain.is_empty() {
            exporter.templates_changed_ns = Some(now_ns);
        }
        self.changes += of_domain.len() as u64;
        for known in gone.into_iter().chain(of_domain) {
            self.count(scope.address, false);
            self.forget(known.id);
        }
        if self.domains.get(&scope).is_some_and(Templates::is_empty) {
            self.domains.remove(&scope);
        }
    }

    /// Lets go of the templates of an exporter that is gone. Those of its domain stay.
    pub(crate) fn release(&mut self, exporter: &mut Exporter) {
        for (_, own) in std::mem::take(&mut exporter.templates) {
            self.count(exporter.key.address, false);
            self.forget(own.id);
        }
    }

    /// Forgets templates that were last announced before `oldest_ns`. Those of connections stay as long as these do.
    pub(crate) fn expire(&mut self, exporters: &mut [Exporter], oldest_ns: i64) {
        let mut gone = Vec::new();
        for exporter in exporters.iter_mut().filter(|exporter| !exporter.key.transport.is_stream()) {
            let address = exporter.key.address;
            let old = exporter.templates.extract_if(|_, known| known.announced_ns < oldest_ns);
            gone.extend(old.map(|(_, known)| (address, known)));
        }
        for (scope, domain) in &mut self.domains {
            let old = domain.extract_if(|_, known| known.announced_ns < oldest_ns);
            gone.extend(old.map(|(_, known)| (scope.address, known)));
        }
        self.domains.retain(|_, domain| !domain.is_empty());
        self.changes += gone.len() as u64;
        for (address, known) in gone {
            self.count(address, false);
            self.forget(known.id);
        }
    }

    #[cfg(test)]
    pub(crate) fn distinct_count(&self) -> usize {
        self.distinct.len()
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
        let (announced, plans) = self.distinct.bytes();
        assert_eq!(charged, announced);
        announced + plans
    }

    /// Makes a template the latest of its domain.
    fn share(&mut self, scope: Scope, id: u16, known: Known, limits: &SessionLimits) {
        if scope.connection.is_some() {
            return;
        }
        // Not worth refusing the exporter's own: without room, only other ports do not get to see it.
        let has_room = self.has_room(scope.address, limits);
        if !has_room && !self.domains.get(&scope).is_some_and(|domain| domain.contains_key(&id)) {
            return;
        }
        self.changes += 1;
        self.distinct.hold(known.id);
        let domain = self.domains.entry(scope).or_default();
        match domain.insert(id, known) {
            Some(replaced) => self.forget(replaced.id),
            None => self.count(scope.address, true),
        }
    }

    fn has_room(&self, address: IpAddr, limits: &SessionLimits) -> bool {
        let of_address = self.usage.get(&address).map_or(0, |usage| usage.entries);
        // An entry for the exporter, and one for its domain.
        self.entries + 2 <= limits.templates && of_address + 2 <= limits.templates / SHARE
    }

    /// The distinct template that was announced; a new one is charged to the address.
    fn distinct(
        &mut self,
        announced: Announced,
        address: IpAddr,
        limits: &SessionLimits,
    ) -> Result<DistinctId, Reason> {
        if let Some(known) = self.distinct.find(&announced) {
            return Ok(known);
        }
        let bytes = announced.bytes();
        let of_address = self.usage.get(&address).map_or(0, |usage| usage.bytes);
        if of_address + bytes > limits.template_bytes / SHARE {
            return Err(Reason::TEMPLATES_FULL);
        }
        let id = self.distinct.add(announced, address, limits)?;
        self.usage.entry(address).or_default().bytes += bytes;
        Ok(id)
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

    /// Lets go of an entry's template; the last one takes it out of the distinct ones.
    fn forget(&mut self, id: DistinctId) {
        self.distinct.release(id);
        self.forget_unheld(id);
    }

    fn forget_unheld(&mut self, id: DistinctId) {
        let Some((charged, bytes)) = self.distinct.forget_unheld(id) else { return };
        if let Some(usage) = self.usage.get_mut(&charged) {
            usage.bytes -= bytes;
        }
        self.drop_usage(charged);
    }
}
