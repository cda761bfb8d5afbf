//! The tracker and the analytics that go on one clock.

use std::io::{self, Write};

use super::chain::Chains;
use super::rows::Flow;
use super::talk::Tracker;
use super::{
    Analytic, Clock, beacon, fallback, first, flood, guess, lateral, long, scan, slow, tunnel, volume,
};
use crate::{Detection, state};

/// All analytics, fed with the same flows and conversations.
pub(crate) struct Core {
    tracker: Tracker,
    chains: Chains,
    analytics: Vec<Box<dyn Analytic>>,
}

impl Core {
    /// Analytics that share so much memory.
    pub(crate) fn new(memory_bytes: usize) -> Self {
        // A part is a number of groups for each MB; the memory test holds what they take together when all are full.
        let share = |groups: usize| (memory_bytes >> 20).max(8) * groups * 3 / 4;
        Self {
            tracker: Tracker::new(share(1_000)),
            chains: Chains::new(share(20)),
            analytics: vec![
                Box::new(scan::Scans::new(share(100))),
                Box::new(guess::Guessing::new(share(50))),
                Box::new(flood::Floods::new(share(100))),
                Box::new(beacon::Beacons::new(share(120))),
                Box::new(fallback::Fallbacks::new(share(30))),
                Box::new(long::Long::new(share(60))),
                Box::new(lateral::Lateral::new(share(40))),
                Box::new(slow::Slow::new(share(30))),
                Box::new(volume::Volumes::new(share(40))),
                Box::new(first::First::new(share(150))),
                Box::new(tunnel::Tunnels::new(share(40))),
            ],
        }
    }

    pub(crate) fn observe(&mut self, flows: &[Flow], out: &mut Vec<Detection>) {
        let found = &mut Vec::new();
        let mut early = Vec::new();
        for flow in flows {
            self.tracker.take(flow, &mut early);
        }
        for analytic in &mut self.analytics {
            analytic.flows(flows, found);
            if !early.is_empty() {
                analytic.talks(&early, found);
            }
        }
        self.chains.follow(found);
        out.append(found);
    }

    pub(crate) fn advance(&mut self, now_ns: i64, out: &mut Vec<Detection>) {
        let found = &mut Vec::new();
        let mut talks = Vec::new();
        let done = self.tracker.sweep(now_ns, &mut talks);
        let clock = Clock { flows: now_ns, talks: done };
        for analytic in &mut self.analytics {
            analytic.talks(&talks, found);
            analytic.advance(clock, found);
        }
        self.chains.follow(found);
        self.chains.advance(done);
        out.append(found);
    }

    pub(crate) fn memory(&self) -> usize {
        self.tracker.memory()
            + self.chains.memory()
            + self.analytics.iter().map(|analytic| analytic.memory()).sum::<usize>()
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.tracker.early() + self.analytics.iter().map(|analytic| analytic.evicted()).sum::<u64>()
    }

    /// Writes the state of the tracker and the chains, then of each analytic.
    pub(crate) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        state::put(&self.tracker, out)?;
        state::put(&self.chains, out)?;
        self.analytics.iter().try_for_each(|analytic| analytic.save(out))
    }

    /// Analytics that share so much memory and go on with what [`Core::save`] wrote.
    pub(crate) fn restored(memory_bytes: usize, state: &mut &[u8]) -> Option<Self> {
        let mut core = Self::new(memory_bytes);
        core.tracker = state::take(state)?;
        core.chains = state::take(state)?;
        core.analytics.iter_mut().all(|analytic| analytic.restore(state)).then_some(core)
    }
}
