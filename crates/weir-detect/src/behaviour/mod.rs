//! Behavioural analytics: what many flows together say.
//!
//! All of them share one typed view of each batch ([`rows`]) and one tracker that puts the two directions of a
//! conversation together ([`talk`]). What goes by flows is checked with every batch, so that a flood is reported in
//! seconds; what goes by conversations waits until they are over. Counts are kept per window of event time and do not
//! depend on the order of flows; a window that was reported is reported again, as it ended, when event time has passed it.
//!
//! Memory is bounded: each analytic has a part of the budget, gives up the least conspicuous half of its groups when it
//! is used up, and counts them.

mod beacon;
mod bounded;
mod catalogue;
mod distinct;
mod fallback;
mod finding;
mod flood;
mod guess;
mod lateral;
mod long;
mod rows;
mod scan;
mod talk;
mod tunnel;

use arrow_array::RecordBatch;
use serde::{Deserialize, Serialize};
use weir_sigma::Meta;

use crate::{Detection, Detector};
use rows::Flow;
use talk::{Talk, Tracker};

/// What can be set about the behavioural analytics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BehaviourConfig {
    /// Ids of analytics that are off.
    pub disabled: Vec<String>,
    /// Memory of all of them together, in bytes.
    pub memory_bytes: usize,
}

impl Default for BehaviourConfig {
    fn default() -> Self {
        Self { disabled: Vec::new(), memory_bytes: 128 << 20 }
    }
}

/// How far event time has come.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// No flow that ended earlier will come.
    flows: i64,
    /// No conversation that ended earlier will come.
    talks: i64,
}

/// One module's part. What it keeps is bounded and can be saved.
trait Analytic: Send {
    /// Takes in flows.
    fn flows(&mut self, _flows: &[Flow], _out: &mut Vec<Detection>) {}

    /// Takes in conversations that are over, in any order.
    fn talks(&mut self, _talks: &[Talk], _out: &mut Vec<Detection>) {}

    /// Decides windows that are over.
    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>);

    fn memory(&self) -> usize;

    fn evicted(&self) -> u64;

    fn save(&self) -> Vec<u8>;

    fn restore(&mut self, state: &[u8]) -> bool;
}

/// Saving and restoring of an analytic that is all state.
macro_rules! saved_whole {
    () => {
        fn save(&self) -> Vec<u8> {
            postcard::to_allocvec(self).unwrap_or_default()
        }

        fn restore(&mut self, state: &[u8]) -> bool {
            postcard::from_bytes(state).map(|state| *self = state).is_ok()
        }
    };
}
use saved_whole;

/// The form of saved state. A state of another form is refused.
const FORM: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    form: u32,
    analytics: Vec<Vec<u8>>,
}

/// All behavioural analytics at work.
pub struct Behaviour {
    meta: Meta,
    metas: Vec<Meta>,
    disabled: Vec<String>,
    tracker: Tracker,
    analytics: Vec<Box<dyn Analytic>>,
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Behaviour").field("analytics", &self.analytics.len()).finish_non_exhaustive()
    }
}

impl Behaviour {
    /// The analytics with what is set about them.
    pub fn new(config: &BehaviourConfig) -> Self {
        // Entries per MB are about a thousand; see the memory test for what they take when full.
        let share = |per_mille: usize| (config.memory_bytes >> 20).max(8) * per_mille;
        let analytics: Vec<Box<dyn Analytic>> = vec![
            Box::new(scan::Scans::new(share(100))),
            Box::new(guess::Guessing::new(share(50))),
            Box::new(flood::Floods::new(share(100))),
            Box::new(beacon::Beacons::new(share(120))),
            Box::new(fallback::Fallbacks::new(share(30))),
            Box::new(long::Long::new(share(60))),
            Box::new(lateral::Lateral::new(share(40))),
            Box::new(tunnel::Tunnels::new(share(40))),
        ];
        Self {
            meta: catalogue::suite(),
            metas: catalogue::metas(),
            disabled: config.disabled.clone(),
            tracker: Tracker::new(share(1000)),
            analytics,
        }
    }

    /// What each analytic says of itself; [`Detection::rule`] is the id of one of them.
    pub fn metas(&self) -> &[Meta] {
        &self.metas
    }

    fn hand_over(&self, found: Vec<Detection>, out: &mut Vec<Detection>) {
        out.extend(found.into_iter().filter(|found| !self.disabled.contains(&found.rule)));
    }
}

impl Detector for Behaviour {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn observe(&mut self, batch: &RecordBatch, out: &mut Vec<Detection>) {
        let flows = rows::flows(batch);
        let (mut early, mut found) = (Vec::new(), Vec::new());
        for flow in &flows {
            self.tracker.take(flow, &mut early);
        }
        for analytic in &mut self.analytics {
            analytic.flows(&flows, &mut found);
            if !early.is_empty() {
                analytic.talks(&early, &mut found);
            }
        }
        self.hand_over(found, out);
    }

    fn advance(&mut self, now_ns: i64, out: &mut Vec<Detection>) {
        let (mut talks, mut found) = (Vec::new(), Vec::new());
        let done = self.tracker.sweep(now_ns, &mut talks);
        let clock = Clock { flows: now_ns, talks: done };
        for analytic in &mut self.analytics {
            analytic.talks(&talks, &mut found);
            analytic.advance(clock, &mut found);
        }
        self.hand_over(found, out);
    }

    fn memory_bytes(&self) -> usize {
        self.tracker.memory() + self.analytics.iter().map(|analytic| analytic.memory()).sum::<usize>()
    }

    fn evicted(&self) -> u64 {
        self.tracker.early() + self.analytics.iter().map(|analytic| analytic.evicted()).sum::<u64>()
    }

    fn save(&self) -> Vec<u8> {
        let tracker = postcard::to_allocvec(&self.tracker).unwrap_or_default();
        let analytics = std::iter::once(tracker).chain(self.analytics.iter().map(|one| one.save())).collect();
        postcard::to_allocvec(&Saved { form: FORM, analytics }).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Ok(saved) = postcard::from_bytes::<Saved>(state) else { return false };
        let Some((tracker, analytics)) = saved.analytics.split_first() else { return false };
        if saved.form != FORM || analytics.len() != self.analytics.len() {
            return false;
        }
        let Ok(tracker) = postcard::from_bytes(tracker) else { return false };
        self.tracker = tracker;
        self.analytics.iter_mut().zip(analytics).all(|(analytic, state)| analytic.restore(state))
    }
}
