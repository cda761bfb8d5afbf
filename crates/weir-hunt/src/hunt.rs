//! One pass over the flows of a range.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use weir_detect::{Behaviour, Detection, Pack, PastFlows};
use weir_filter::Filter;
use weir_query::{Cancel, Part, QueryError, Source};
use weir_sigma::RuleSet;

use crate::found::Gathering;
use crate::quarry::Kind;
use crate::scan::{Wanted, each_in_order};
use crate::sweep::Sweep;
use crate::{Found, Quarry};

/// Memory that the windows of a hunt may take. The parts of a compacted segment reach over hours, all of which are open at
/// once.
const MEMORY: usize = 1 << 30;

/// How far a hunt has come; may be looked at from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    all: AtomicU64,
}

impl Progress {
    /// Rows that were looked at, or did not need to be, and rows in all.
    pub fn rows(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }
}

/// Says what would have been noticed of the flows with `time` in a range. Windows are counted in buckets of `bucket_ns`.
///
/// What a window before the range needs is read too, as far back as the rule looks. What the analytics learn begins with the
/// range.
pub fn hunt(
    source: &dyn Source,
    quarry: &Quarry,
    range_ns: Range<i64>,
    bucket_ns: i64,
    cancel: &Cancel,
    progress: &Progress,
) -> Result<Found, QueryError> {
    let mut runner = Runner::new(quarry);
    let from = range_ns.start.saturating_sub(runner.lead_ns());
    let filter = quarry.filter();
    let planned = source.planned(from..range_ns.end, filter.as_ref());
    let mut parts = planned.parts;
    parts.sort_by_key(|part| part.time_bounds());
    let to_read: u64 = parts.iter().map(|part| part.rows() as u64).sum();
    progress.all.store(planned.rows, Ordering::Relaxed);
    progress.done.store(planned.rows.saturating_sub(to_read), Ordering::Relaxed);

    let filter = filter.as_ref().map(Filter::new);
    let fields = quarry.fields();
    let wanted = Wanted { fields: &fields, filter: filter.as_ref(), range_ns: from..range_ns.end };
    let mut telling = Telling::new(quarry, range_ns.start, bucket_ns);
    let (mut read, mut matched, mut warnings) = (0, 0, Vec::new());
    let after = |parts: &[Box<dyn Part + '_>], place: usize| {
        parts.get(place + 1).map_or(range_ns.end, |next| next.time_bounds().0.min(range_ns.end))
    };
    runner.pass(&parts, &wanted, cancel, |engine, place, outcome| {
        let rows = parts[place].rows() as u64;
        progress.done.fetch_add(rows, Ordering::Relaxed);
        match outcome {
            Ok(None) => {}
            Ok(Some(found)) => {
                read += rows;
                matched += found;
            }
            Err(error) => warnings.push(said_of(error, rows)?),
        }
        let mut out = Vec::new();
        engine.advance(after(&parts, place), &mut out);
        telling.tell(out);
        Ok(())
    })?;
    let mut out = Vec::new();
    let evicted = runner.finish(range_ns.end, &mut out);
    telling.tell(out);
    let mut found = telling.finish();
    (found.rows, found.read, found.matched, found.evicted) = (planned.rows, read, matched, evicted);
    warnings.dedup();
    found.warnings = warnings;
    Ok(found)
}

/// What a part that cannot be read costs; an error that is not about that part alone ends the hunt.
fn said_of(error: QueryError, rows: u64) -> Result<String, QueryError> {
    if error.is_outrun() {
        return Ok(format!("retention removed a segment meanwhile: {rows} rows were not looked at"));
    }
    match error.damaged() {
        Some(path) => Ok(format!(
            "segment `{path}` is damaged: {rows} rows were not looked at; `weir store verify` says more"
        )),
        None => Err(error),
    }
}

/// What runs.
enum Runner {
    Rules(Box<Pack>),
    Analytics { behaviour: Box<Behaviour>, waiting: PastFlows },
}

impl Runner {
    fn new(quarry: &Quarry) -> Self {
        match &quarry.kind {
            Kind::Rules(set) => Self::Rules(Box::new(Pack::new(RuleSet::clone(set), MEMORY))),
            Kind::Analytic => {
                let behaviour = Box::new(Behaviour::new(MEMORY));
                Self::Analytics { behaviour, waiting: PastFlows::default() }
            }
        }
    }

    /// How far before the range a window may begin that ends in it.
    fn lead_ns(&self) -> i64 {
        match self {
            Self::Rules(pack) => pack.verdict_delay_ns(),
            Self::Analytics { .. } => 0,
        }
    }

    /// Reads the parts, takes in their rows, and calls `after` with how many there were.
    fn pass(
        &mut self,
        parts: &[Box<dyn Part + '_>],
        wanted: &Wanted<'_>,
        cancel: &Cancel,
        mut after: impl FnMut(&mut Self, usize, Result<Option<u64>, QueryError>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        match self {
            Self::Rules(_) => each_in_order(
                parts,
                wanted,
                cancel,
                |batch| batch,
                |place, outcome| {
                    let outcome = outcome.map(|batch| {
                        let batch = batch?;
                        if let Self::Rules(pack) = self {
                            pack.observe_past(&batch);
                        }
                        Some(batch.num_rows() as u64)
                    });
                    after(self, place, outcome)
                },
            ),
            Self::Analytics { .. } => each_in_order(
                parts,
                wanted,
                cancel,
                |batch| PastFlows::read(&batch),
                |place, outcome| {
                    let outcome = outcome.map(|flows| {
                        let flows = flows?;
                        let count = flows.len() as u64;
                        if let Self::Analytics { waiting, .. } = self {
                            waiting.add(flows);
                        }
                        Some(count)
                    });
                    after(self, place, outcome)
                },
            ),
        }
    }

    /// Nothing before this time will come.
    fn advance(&mut self, now_ns: i64, out: &mut Vec<Detection>) {
        match self {
            Self::Rules(pack) => pack.advance(now_ns, out),
            Self::Analytics { behaviour, waiting } => behaviour.observe_past(waiting, now_ns, out),
        }
    }

    /// The range is over. Returns how many groups were given up.
    fn finish(&mut self, end_ns: i64, out: &mut Vec<Detection>) -> u64 {
        match self {
            Self::Rules(pack) => {
                pack.advance(end_ns, out);
                pack.finish(out);
                pack.evicted()
            }
            Self::Analytics { behaviour, waiting } => {
                behaviour.observe_past(waiting, end_ns, out);
                behaviour.advance(end_ns, out);
                behaviour.evicted()
            }
        }
    }
}

/// Sorts out what is told.
struct Telling<'a> {
    quarry: &'a Quarry,
    from_ns: i64,
    gathering: Gathering,
    /// Of a correlation: it goes by the detections of the lowered one.
    lowered: Option<Sweep>,
}

impl<'a> Telling<'a> {
    fn new(quarry: &'a Quarry, from_ns: i64, bucket_ns: i64) -> Self {
        let (own, lowered) = match &quarry.kind {
            _ if !quarry.sweep => (None, None),
            Kind::Analytic => (Some(Sweep::of_analytic()), None),
            Kind::Rules(set) if set.correlations.is_empty() => (Some(Sweep::of_rule()), None),
            Kind::Rules(set) => {
                let lowered = set.correlations.iter().any(|one| Sweep::is_of(&one.meta.id, &quarry.id));
                let target = set.correlations.iter().find(|one| one.meta.id == quarry.id);
                let threshold = target.and_then(|target| Some(target.logic.condition()?.threshold()));
                (None, threshold.filter(|_| lowered).map(Sweep::of_correlation))
            }
        };
        Self { quarry, from_ns, gathering: Gathering::new(bucket_ns.max(1), own), lowered }
    }

    fn tell(&mut self, found: Vec<Detection>) {
        for detection in found.into_iter().filter(|one| one.last_ns >= self.from_ns) {
            if let Some(lowered) = &mut self.lowered
                && Sweep::is_of(&detection.rule, &self.quarry.id)
            {
                lowered.count(&detection.entity, detection.value);
            } else if detection.rule == self.quarry.id {
                let value = match self.quarry.kind {
                    Kind::Analytic if detection.threshold > 0.0 => detection.value / detection.threshold,
                    Kind::Analytic => 1.0,
                    Kind::Rules(_) => detection.flows as f64,
                };
                self.gathering.add(detection, value);
            }
        }
    }

    fn finish(self) -> Found {
        let mut found = self.gathering.finish();
        if let Some(lowered) = &self.lowered {
            found.sweep = lowered.steps();
        }
        found
    }
}
