//! Which step of which attack is due.

use std::collections::VecDeque;

use rand_chacha::rand_core::SeedableRng;

use super::{Attack, CYCLE_S, Expected};
use crate::flow::Flow;
use crate::site::{Dice, scatter};

const MS: i64 = 1_000_000;
/// An attack that is played alone begins so soon.
const ALONE_S: i64 = 2;

/// The attacks of a scenario as they are due.
#[derive(Debug)]
pub(crate) struct Timeline {
    attacks: &'static [Attack],
    office: usize,
    dice: Dice,
    /// When the first cycle began, and how many have been written out.
    begin_ns: Option<i64>,
    cycles: i64,
    /// In the order in which they are due.
    due: VecDeque<(i64, Flow)>,
    expected: Vec<Expected>,
}

impl Timeline {
    /// Attacks on the office that exporter number `office` looks at.
    pub(crate) fn new(attacks: &'static [Attack], office: usize, seed: u64) -> Self {
        let dice = Dice::seed_from_u64(scatter(seed ^ 0x6174_7461_636b));
        Self { attacks, office, dice, begin_ns: None, cycles: 0, due: VecDeque::new(), expected: Vec::new() }
    }

    /// The exporter that sees the attacks: that of the office they are made on.
    pub(crate) fn observer(&self) -> usize {
        self.office
    }

    /// The next flow that is due by `now_ns`.
    pub(crate) fn next(&mut self, now_ns: i64) -> Option<Flow> {
        if self.attacks.is_empty() {
            return None;
        }
        let begin_ns = *self.begin_ns.get_or_insert(now_ns);
        while begin_ns + self.cycles * CYCLE_S * 1000 * MS <= now_ns {
            self.write_out(begin_ns + self.cycles * CYCLE_S * 1000 * MS);
            self.cycles += 1;
        }
        self.due.pop_front_if(|(due_ns, _)| *due_ns <= now_ns).map(|(_, flow)| flow)
    }

    /// What was to be noticed of the cycles so far.
    pub(crate) fn take_expected(&mut self) -> Vec<Expected> {
        std::mem::take(&mut self.expected)
    }

    fn write_out(&mut self, cycle_ns: i64) {
        let mut due: Vec<(i64, Flow)> = self.due.drain(..).collect();
        for attack in self.attacks {
            let after_s = if self.attacks.len() == 1 { ALONE_S } else { attack.begin_s };
            let begin_ns = (cycle_ns / MS + after_s * 1000) * MS;
            let play = (attack.script)(&mut self.dice, self.office);
            let (mut start_ns, mut end_ns) = (i64::MAX, i64::MIN);
            for step in play.steps {
                let at_ns = begin_ns + step.at_ms * MS;
                (start_ns, end_ns) = (start_ns.min(at_ns), end_ns.max(at_ns));
                let (there, back) = step.conversation.ending(at_ns, step.lasts_ms * MS).into_flows();
                due.extend([Some(there), back].into_iter().flatten().map(|flow| (at_ns, flow)));
            }
            self.expected.push(Expected {
                attack: attack.name,
                technique: attack.technique,
                src: play.src,
                dst: play.dst,
                start_ns,
                end_ns,
            });
        }
        due.sort_by_key(|(due_ns, _)| *due_ns);
        self.due = due.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::ATTACKS;

    const BEGIN_NS: i64 = 1_781_690_400_000_000_000;

    /// Every flow of one attack's first cycle, and what is expected of it.
    fn played(attack: &'static Attack) -> (Vec<Flow>, Expected) {
        let mut timeline = Timeline::new(std::slice::from_ref(attack), 0, 7);
        assert!(timeline.next(BEGIN_NS).is_none(), "{} begins at once", attack.name);
        let expected = timeline.take_expected().remove(0);
        let flows = std::iter::from_fn(|| timeline.due.pop_front()).map(|(_, flow)| flow).collect();
        (flows, expected)
    }

    #[test]
    fn every_attack_is_what_its_label_says() {
        for attack in ATTACKS {
            let (flows, expected) = played(attack);
            assert!(flows.len() >= 6, "{}: {} flows", attack.name, flows.len());
            assert!(expected.start_ns > BEGIN_NS && expected.end_ns < BEGIN_NS + (CYCLE_S + 60) * 1000 * MS);
            let within = |flow: &Flow| (expected.start_ns..=expected.end_ns).contains(&flow.end_ns);
            assert!(flows.iter().all(within), "{}: flows outside of the label's time", attack.name);
            let from = |flow: &&Flow| expected.src == "*" || flow.src.to_string() == expected.src;
            let towards = |flow: &&Flow| match expected.dst.strip_suffix(".0/24") {
                Some(network) => flow.dst.to_string().starts_with(&format!("{network}.")),
                None => flow.dst.to_string() == expected.dst,
            };
            let share = flows.iter().filter(from).filter(towards).count() * 100 / flows.len();
            assert!(share >= 25, "{}: {share} % of the flows are from source to target", attack.name);
            assert!(flows.iter().all(|flow| flow.packets > 0 && flow.start_ns <= flow.end_ns));
        }
    }

    #[test]
    fn a_seed_decides_all_of_it_and_the_next_cycle_brings_it_again() {
        let flows = || {
            let mut timeline = Timeline::new(ATTACKS, 0, 3);
            let ends = BEGIN_NS + 2 * CYCLE_S * 1000 * MS;
            timeline.next(BEGIN_NS);
            let flows: Vec<Flow> = std::iter::from_fn(|| timeline.next(ends)).collect();
            (flows, timeline.take_expected().len())
        };
        let (first, expected) = flows();
        assert_eq!(first, flows().0);
        assert_eq!(expected, 3 * ATTACKS.len(), "the third cycle begins as the second ends");
    }
}
