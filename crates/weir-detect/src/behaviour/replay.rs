//! Flows of exporters whose clock is far off, and captures that are played again.
//!
//! Their `time` is when they were received: for a capture of hours that is sent within a second, one moment. What they
//! did is judged on their own clock, moved as a whole so that the newest flow ended when it was received. They are held
//! for a few seconds and put in order, as such exporters send in any order, and watched apart from the others.

use serde::{Deserialize, Serialize};

use super::core::Core;
use super::finding::{HOUR, MINUTE, SECOND};
use super::rows::Flow;
use crate::Detection;

/// How long flows are held to be put in order.
const HELD: i64 = 5 * SECOND;

/// As many flows as may be held.
const MOST: usize = 200_000;

/// After such a silence everything is decided, and forgotten.
const SILENCE: i64 = 30 * SECOND;

/// Flows that are looked at together.
const RUN: usize = 256;

/// Flows that ended further from each other are of different captures.
const APART: i64 = 12 * HOUR;

/// How far out of order flows may still be when they were put in order.
const LATENESS: i64 = MINUTE;

/// What is known of flows on another clock.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Replay {
    held: Vec<Flow>,
    /// When the first of the held flows was received, and the last of all.
    first_held: i64,
    received: Option<(i64, i64)>,
    /// What is added to their clock, so that the newest end is that of now; and the newest by either clock.
    offset: i64,
    newest: Option<i64>,
    latest: i64,
}

impl Replay {
    /// Takes a flow whose end is not its `time`.
    pub(crate) fn hold(&mut self, flow: &Flow) {
        if self.held.is_empty() {
            self.first_held = flow.time;
        }
        let (first, last) = self.received.unwrap_or((flow.time, flow.time));
        self.received = Some((first.min(flow.time), last.max(flow.time)));
        self.held.push(*flow);
    }

    /// Whether there is nothing of it.
    pub(crate) fn is_empty(&self) -> bool {
        self.received.is_none()
    }

    /// Whether no more can be held.
    pub(crate) fn is_full(&self) -> bool {
        self.held.len() >= MOST
    }

    pub(crate) fn memory(&self) -> usize {
        self.held.capacity() * size_of::<Flow>()
    }

    /// Lets `core` see what was held long enough; says whether it is over. A `core` of so much memory takes its place when
    /// another capture begins.
    pub(crate) fn advance(
        &mut self,
        now_ns: i64,
        core: &mut Core,
        memory_bytes: usize,
        out: &mut Vec<Detection>,
    ) -> bool {
        let Some((_, last)) = self.received else { return true };
        let mut found = Vec::new();
        if !self.held.is_empty() && (self.is_full() || now_ns >= self.first_held + HELD) {
            let mut held = std::mem::take(&mut self.held);
            held.sort_by_key(|flow| flow.own_end);
            for capture in held.chunk_by_mut(|one, next| next.own_end.saturating_sub(one.own_end) < APART) {
                if self.newest.is_some_and(|newest| capture[0].own_end.abs_diff(newest) >= APART as u64) {
                    self.finish(core, &mut found);
                    (*core, self.newest) = (Core::new(memory_bytes), None);
                }
                self.watch(capture, core, &mut found);
            }
        }
        let is_over = now_ns >= last + SILENCE;
        if is_over {
            self.finish(core, &mut found);
        }
        out.extend(found.into_iter().map(|detection| self.seen_here(detection)));
        is_over
    }

    /// Time goes on until everything is decided.
    fn finish(&self, core: &mut Core, found: &mut Vec<Detection>) {
        for half_hours in 0..50 {
            core.advance(self.latest + half_hours * HOUR / 2, found);
        }
    }

    /// Lets `core` see flows in the order of their ends.
    fn watch(&mut self, capture: &mut [Flow], core: &mut Core, found: &mut Vec<Detection>) {
        let Some(newest) = capture.last() else { return };
        if self.newest.is_none() {
            // The one that ended last was received when it ended.
            (self.offset, self.latest) = (newest.time.saturating_sub(newest.own_end), i64::MIN);
        }
        self.newest = self.newest.max(Some(newest.own_end));
        for flow in &mut *capture {
            let length = flow.end - flow.start;
            flow.end = flow.own_end.saturating_add(self.offset);
            (flow.start, flow.time) = (flow.end - length, flow.end);
        }
        for run in capture.chunks(RUN) {
            core.observe(run, found);
            self.latest = run.iter().map(|flow| flow.end).fold(self.latest, i64::max);
            core.advance(self.latest - LATENESS, found);
        }
    }

    /// Its flows are found by when they were received.
    fn seen_here(&self, mut detection: Detection) -> Detection {
        if let Some((first, last)) = self.received {
            (detection.evidence.from_ns, detection.evidence.to_ns) = (first, last.saturating_add(1));
        }
        detection.quality.notes.push(
            "the exporter's clock is far off: times are its own, moved to when its flows were received"
                .to_owned(),
        );
        detection
    }
}
