//! Distinct templates: each once, whoever announces it, with a plan for those that have records.
//!
//! What was announced is kept as long as anybody holds it. Plans are much larger and can be made again, so that they are
//! made when records come, and the least used ones go when they take too much room.

use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::HashMap;
use weir_batch::{OptionsPlan, Plan, PlanError};
use weir_wire::template::{Dialect, FieldSpecifier, Template};

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

    pub(crate) fn is(&self, dialect: Dialect, options: bool, template: Template<'_>) -> bool {
        self.dialect == dialect
            && self.options == options
            && self.scope_count == template.scope_count
            && self.fields.len() == usize::from(template.field_count)
            && self.fields.iter().copied().eq(template.fields())
    }

    /// Memory that it takes while it is known.
    pub(crate) fn bytes(&self) -> usize {
        /// What an allocation, the reference counts and the look-up by content take.
        const OVERHEAD: usize = 80;
        size_of_val(&*self.fields) + size_of::<Announced>() + size_of::<Slot>() + OVERHEAD
    }

    fn compile(&self) -> Result<Kind, PlanError> {
        let fields = self.fields.iter().copied();
        if self.options {
            OptionsPlan::compile(self.dialect, self.scope_count, fields).map(Kind::Options)
        } else {
            Plan::compile(self.dialect, fields).map(Kind::Flows)
        }
    }
}

/// What a template's records are.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Flow records.
    Flows(Plan),
    /// Records about the exporter.
    Options(OptionsPlan),
}

impl Kind {
    fn bytes(&self) -> usize {
        match self {
            Kind::Flows(plan) => plan.memory(),
            Kind::Options(plan) => plan.memory(),
        }
    }
}

/// Names a distinct template for as long as somebody holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DistinctId(u32);

#[derive(Debug)]
struct Slot {
    announced: Arc<Announced>,
    /// How many entries of exporters and domains hold it.
    held_by: u32,
    /// Who announced it first, and is charged for it.
    charged: IpAddr,
    compiled: Option<Box<Kind>>,
    /// Whether records came since the plans were last looked through.
    used: bool,
}

/// All distinct templates of a session.
#[derive(Debug, Default)]
pub(crate) struct Distinct {
    slots: Vec<Option<Slot>>,
    free: Vec<DistinctId>,
    by_content: HashMap<Arc<Announced>, DistinctId>,
    announced_bytes: usize,
    plan_bytes: usize,
    /// Where looking for plans that may go was left off.
    hand: usize,
}

/// What was announced may take this much of the memory of templates; the rest is for plans at least.
fn most_announced(limits: &SessionLimits) -> usize {
    limits.template_bytes - limits.template_bytes / 4
}

impl Distinct {
    /// One that is known already.
    pub(crate) fn find(&self, announced: &Announced) -> Option<DistinctId> {
        self.by_content.get(announced).copied()
    }

    /// Takes a new one. Nobody holds it yet.
    pub(crate) fn add(
        &mut self,
        announced: Announced,
        charged: IpAddr,
        limits: &SessionLimits,
    ) -> Result<DistinctId, Reason> {
        PlanError::of(announced.dialect, &announced.fields)
            .map_or(Ok(()), |error| Err(Reason::new(error.reason())))?;
        let bytes = announced.bytes();
        if self.announced_bytes + bytes > most_announced(limits) {
            return Err(Reason::TEMPLATES_FULL);
        }
        self.announced_bytes += bytes;
        let announced = Arc::new(announced);
        let slot =
            Slot { announced: Arc::clone(&announced), held_by: 0, charged, compiled: None, used: false };
        let id = if let Some(id) = self.free.pop() {
            self.slots[id.0 as usize] = Some(slot);
            id
        } else {
            self.slots.push(Some(slot));
            DistinctId(self.slots.len() as u32 - 1)
        };
        self.by_content.insert(announced, id);
        Ok(id)
    }

    /// One more entry holds it.
    pub(crate) fn hold(&mut self, id: DistinctId) {
        if let Some(slot) = &mut self.slots[id.0 as usize] {
            slot.held_by += 1;
        }
    }

    /// An entry lets go of it.
    pub(crate) fn release(&mut self, id: DistinctId) {
        if let Some(slot) = &mut self.slots[id.0 as usize] {
            slot.held_by = slot.held_by.saturating_sub(1);
        }
    }

    /// Forgets one that nobody holds; tells who was charged for it, and how much.
    pub(crate) fn forget_unheld(&mut self, id: DistinctId) -> Option<(IpAddr, usize)> {
        let place = &mut self.slots[id.0 as usize];
        let slot = place.take_if(|slot| slot.held_by == 0)?;
        self.free.push(id);
        self.by_content.remove(&slot.announced);
        self.plan_bytes -= slot.compiled.map_or(0, |plan| plan.bytes());
        let bytes = slot.announced.bytes();
        self.announced_bytes -= bytes;
        Some((slot.charged, bytes))
    }

    /// What was announced.
    pub(crate) fn announced(&self, id: DistinctId) -> Option<&Announced> {
        self.slots.get(id.0 as usize)?.as_ref().map(|slot| &*slot.announced)
    }

    /// Sees to it that there is a plan: see [`Distinct::compiled`].
    pub(crate) fn compile(&mut self, id: DistinctId, limits: &SessionLimits) -> Result<(), Reason> {
        let Some(slot) = &mut self.slots[id.0 as usize] else { return Err(Reason::NO_TEMPLATE) };
        slot.used = true;
        if slot.compiled.is_some() {
            return Ok(());
        }
        let plan = slot.announced.compile().map_err(|error| Reason::new(error.reason()))?;
        let bytes = plan.bytes();
        let most = limits.template_bytes.saturating_sub(self.announced_bytes);
        if self.plan_bytes + bytes > most {
            // Somewhat more than needed, so that the next one does not have to look again.
            self.drop_plans(most - most / 8);
        }
        self.plan_bytes += bytes;
        if let Some(slot) = &mut self.slots[id.0 as usize] {
            slot.compiled = Some(Box::new(plan));
        }
        Ok(())
    }

    /// What was announced, and how its records are read; `None` before [`Distinct::compile`].
    pub(crate) fn compiled(&self, id: DistinctId) -> Option<(&Announced, &Kind)> {
        let slot = self.slots.get(id.0 as usize)?.as_ref()?;
        Some((&slot.announced, slot.compiled.as_deref()?))
    }

    /// Drops plans until the rest takes no more than `most`, first those without records since the last time.
    fn drop_plans(&mut self, most: usize) {
        // Twice around: the first time may find all of them used.
        for _ in 0..2 * self.slots.len() {
            if self.plan_bytes <= most {
                return;
            }
            self.hand = (self.hand + 1) % self.slots.len();
            let Some(slot) = &mut self.slots[self.hand] else { continue };
            if !std::mem::take(&mut slot.used)
                && let Some(plan) = slot.compiled.take()
            {
                self.plan_bytes -= plan.bytes();
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.slots.iter().flatten().count(), self.by_content.len());
        self.by_content.len()
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> (usize, usize) {
        (self.announced_bytes, self.plan_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn announced(number: u16) -> Announced {
        let field = |element| FieldSpecifier { enterprise: 0, element, length: 4 };
        Announced {
            dialect: Dialect::Ipfix,
            options: false,
            scope_count: 0,
            fields: [8, 12, 1_000 + number].map(field).into(),
        }
    }

    #[test]
    fn plans_go_where_there_is_no_room_and_come_back_when_records_do() {
        let limits = SessionLimits { template_bytes: 160 << 10, ..SessionLimits::default() };
        let mut distinct = Distinct::default();
        let ids: Vec<DistinctId> = (0..500)
            .map(|number| {
                let id = distinct.add(announced(number), ADDRESS, &limits).unwrap();
                distinct.hold(id);
                id
            })
            .collect();
        let mut seldom = 0;
        for round in 0..4 {
            for id in &ids {
                // The first one has records all the time, and its plan stays.
                distinct.compile(ids[0], &limits).unwrap();
                distinct.compile(*id, &limits).unwrap();
                assert!(distinct.compiled(*id).is_some());
                let (announced, plans) = distinct.bytes();
                assert!(announced + plans <= limits.template_bytes, "round {round}: {announced} + {plans}");
                seldom += usize::from(distinct.compiled(ids[0]).is_none());
            }
        }
        assert!(ids.iter().any(|id| distinct.compiled(*id).is_none()), "there was room for all");
        assert!(seldom < 20, "the plan in use was dropped {seldom} times");
        for id in ids {
            assert_eq!(distinct.forget_unheld(id), None);
            distinct.release(id);
            assert_eq!(distinct.forget_unheld(id).map(|(address, _)| address), Some(ADDRESS));
        }
        assert_eq!((distinct.len(), distinct.bytes()), (0, (0, 0)));
    }

    #[test]
    fn what_was_announced_leaves_room_for_plans() {
        let limits = SessionLimits { template_bytes: 64 << 10, ..SessionLimits::default() };
        let mut distinct = Distinct::default();
        let taken = (0..1_000).filter(|number| distinct.add(announced(*number), ADDRESS, &limits).is_ok());
        assert!((1..1_000).contains(&taken.count()));
        assert!(distinct.bytes().0 <= 48 << 10);
        let first = distinct.find(&announced(0)).unwrap();
        assert_eq!(distinct.compile(first, &limits), Ok(()));
    }

    #[test]
    fn one_without_records_is_refused() {
        let mut distinct = Distinct::default();
        let nothing = Announced { fields: Box::default(), ..announced(0) };
        let field = FieldSpecifier { enterprise: 0, element: 8, length: 0 };
        let empty = Announced { fields: [field; 3].into(), ..announced(0) };
        let limits = SessionLimits::default();
        let mut reason = |announced| distinct.add(announced, ADDRESS, &limits).unwrap_err().as_str();
        assert_eq!(reason(nothing), "template_without_fields");
        assert_eq!(reason(empty), "template_zero_length");
    }
}
