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
pub(crate) mod catalogue;
mod chain;
mod core;
mod distinct;
mod fallback;
mod finding;
mod first;
mod flood;
mod guess;
mod history;
mod lateral;
mod learning;
mod long;
mod replay;
mod rows;
mod scan;
mod slow;
mod talk;
mod tunnel;
mod volume;

use std::io::{self, Write};

use arrow_array::RecordBatch;
use weir_sigma::Meta;

use crate::{Detection, state};
use core::Core;
pub use history::PastFlows;
use replay::Replay;
use rows::Flow;
use talk::Talk;

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

    fn save(&self, out: &mut dyn Write) -> io::Result<()>;

    /// Takes its part off the front of a saved state.
    fn restore(&mut self, state: &mut &[u8]) -> bool;
}

/// Saving and restoring of an analytic that is all state.
macro_rules! saved_whole {
    () => {
        fn save(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
            crate::state::put(self, out)
        }

        fn restore(&mut self, state: &mut &[u8]) -> bool {
            crate::state::take(state).map(|state| *self = state).is_some()
        }
    };
}
use saved_whole;

/// The form of saved state. A state of another form is refused.
const FORM: u32 = 3;

/// All behavioural analytics at work.
pub struct Behaviour {
    meta: Meta,
    metas: Vec<Meta>,
    memory_bytes: usize,
    core: Core,
    replay: Replay,
    /// What watches flows on another clock, while there are any.
    replayed: Option<Box<Core>>,
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Behaviour").field("memory_bytes", &self.memory_bytes).finish_non_exhaustive()
    }
}

impl Behaviour {
    /// The analytics, which share so many bytes.
    pub fn new(memory_bytes: usize) -> Self {
        Self {
            meta: catalogue::suite(),
            metas: catalogue::metas(),
            memory_bytes,
            core: Core::new(main_part(memory_bytes)),
            replay: Replay::default(),
            replayed: None,
        }
    }

    /// What each analytic says of itself; [`Detection::rule`] is the id of one of them.
    pub fn metas(&self) -> &[Meta] {
        &self.metas
    }

    fn advance_replay(&mut self, now_ns: i64, found: &mut Vec<Detection>) {
        if self.replay.is_empty() {
            return;
        }
        let memory = replay_part(self.memory_bytes);
        let core = self.replayed.get_or_insert_with(|| Box::new(Core::new(memory)));
        if self.replay.advance(now_ns, core, memory, found) {
            (self.replay, self.replayed) = (Replay::default(), None);
        }
    }
}

/// Flows on another clock get a fifth of the memory.
fn replay_part(memory_bytes: usize) -> usize {
    memory_bytes / 5
}

fn main_part(memory_bytes: usize) -> usize {
    memory_bytes - replay_part(memory_bytes)
}

/// The same analytics run live and over history. Event time is the `time` of flows; batches may be out of order within the
/// lateness that the caller allows, and what is said does not depend on that order.
impl Behaviour {
    /// What the analytics say of themselves together.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Takes in flows. Cheap: it runs for every batch.
    pub fn observe(&mut self, batch: &RecordBatch, out: &mut Vec<Detection>) {
        self.observe_flows(rows::flows(batch), out);
    }

    fn observe_flows(&mut self, mut flows: Vec<Flow>, out: &mut Vec<Detection>) {
        let replay = &mut self.replay;
        flows.retain(|flow| {
            let is_on_its_own = flow.own_end != flow.time;
            if is_on_its_own {
                replay.hold(flow);
            }
            !is_on_its_own
        });
        self.core.observe(&flows, out);
        if self.replay.is_full() {
            self.advance_replay(i64::MIN, out);
        }
    }

    /// Event time has come to `now_ns`: nothing that ended earlier will be observed any more. Windows that ended by then
    /// are decided, and state that no window needs is dropped.
    pub fn advance(&mut self, now_ns: i64, out: &mut Vec<Detection>) {
        self.core.advance(now_ns, out);
        self.advance_replay(now_ns, out);
    }

    /// Bytes that its state takes, about.
    pub fn memory_bytes(&self) -> usize {
        self.core.memory() + self.replay.memory() + self.replayed.as_ref().map_or(0, |core| core.memory())
    }

    /// How many groups were given up because its memory was used up.
    pub fn evicted(&self) -> u64 {
        self.core.evicted() + self.replayed.as_ref().map_or(0, |core| core.evicted())
    }

    /// Writes its state, for a start that goes on where this one stopped.
    pub fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        state::put(&(FORM, &self.replay, self.replayed.is_some()), out)?;
        self.core.save(out)?;
        self.replayed.as_ref().map_or(Ok(()), |core| core.save(out))
    }

    /// Goes on with a state that [`Behaviour::save`] wrote. A state of another form is refused: it starts afresh.
    pub fn restore(&mut self, state: &mut &[u8]) -> bool {
        let restored = self.restored(state);
        let is_restored = restored.is_some();
        (self.core, self.replay, self.replayed) =
            restored.unwrap_or_else(|| (Core::new(main_part(self.memory_bytes)), Replay::default(), None));
        is_restored
    }

    fn restored(&self, state: &mut &[u8]) -> Option<(Core, Replay, Option<Box<Core>>)> {
        // The form alone comes first: what follows it may be of another.
        (state::take::<u32>(state)? == FORM).then_some(())?;
        let (replay, has_replayed) = state::take(state)?;
        let core = Core::restored(main_part(self.memory_bytes), state)?;
        let replayed = if has_replayed {
            Some(Box::new(Core::restored(replay_part(self.memory_bytes), state)?))
        } else {
            None
        };
        Some((core, replay, replayed))
    }
}
