//! A made-up organisation whose routers report flows: offices with clients, servers and a DMZ, and the world outside.
//!
//! Everything follows from the seed and the times given: the same calls give the same flows.

pub(crate) mod conversation;
pub(crate) mod network;
mod service;
mod shape;

use rand_chacha::rand_core::SeedableRng;

pub(crate) use network::INTERFACES;
pub use service::spike_names;
pub(crate) use shape::{Dice, Weighted, below, between, chance, scatter};

use crate::attack::Attack;
use crate::error::GenerateError;
use crate::flow::Flow;
use crate::scenario::{MIXED, Mix, Scenario};
use conversation::Conversation;
use network::Network;
use service::SERVICES;
use shape::activity;

/// Of a thousand conversations, how many are the spike's.
const SPIKE_PERMILLE: u32 = 800;

/// What to make up.
#[derive(Debug, Clone)]
pub struct SiteConfig {
    /// Same seed, same traffic.
    pub seed: u64,
    /// Which kinds of conversation there are.
    pub scenario: &'static Scenario,
    /// What is done to the site meanwhile.
    pub attacks: &'static [Attack],
    /// A service that most of the traffic becomes; one of [`spike_names`].
    pub spike: Option<String>,
    /// Random interface indexes instead of the consistent ones.
    pub false_index: bool,
    /// The routers that look, one in each office.
    pub exporters: Vec<View>,
}

impl Default for SiteConfig {
    /// Mixed traffic seen by one router that counts every packet.
    fn default() -> Self {
        SiteConfig {
            seed: 1,
            scenario: &MIXED,
            attacks: &[],
            spike: None,
            false_index: false,
            exporters: vec![View::default()],
        }
    }
}

/// What an exporter can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Whether it reports IPv6.
    pub ipv6: bool,
    /// One packet in this many is counted.
    pub sampling: u32,
    /// Whether it reports single packets (sFlow) and not flows.
    pub packets: bool,
}

impl Default for View {
    fn default() -> Self {
        View { ipv6: true, sampling: 1, packets: false }
    }
}

/// The organisation.
#[derive(Debug)]
pub struct Site {
    scenario: &'static Scenario,
    false_index: bool,
    offices: Vec<Office>,
    network: Network,
    dice: Dice,
    /// Choice of a service by the hour, and the minute that it was made for.
    mix: Weighted,
    mix_minute: i64,
    /// Choice among the services of the spike or of the scenario's attack, and their share of a thousand.
    focus: Weighted,
    focus_permille: u32,
}

#[derive(Debug)]
struct Office {
    view: View,
    /// The other direction of the conversation last reported.
    pending: Option<Flow>,
    /// Busy flows, whose packets a sampling switch meets again and again.
    busy: Vec<Flow>,
    busy_next: usize,
}

impl Site {
    /// Builds the organisation. Fails on a spike that is no service's name.
    pub fn new(config: SiteConfig) -> Result<Self, GenerateError> {
        let (focus_name, focus_permille) = match (&config.spike, &config.scenario.mix) {
            (Some(spike), _) => (Some(spike.as_str()), SPIKE_PERMILLE),
            (None, Mix::Mostly(name, permille)) => (Some(*name), *permille),
            (None, _) => (None, 0),
        };
        let focus = Weighted::new(SERVICES.iter().map(|service| {
            let wanted = focus_name.is_some_and(|name| name.eq_ignore_ascii_case(service.name));
            if wanted { f64::from(service.day + service.night).max(1.0) } else { 0.0 }
        }));
        if let (Some(name), true) = (focus_name, focus.is_empty()) {
            return Err(GenerateError::UnknownSpike {
                name: name.to_owned(),
                known: spike_names().join(", "),
            });
        }
        let office = |view| Office { view, pending: None, busy: Vec::new(), busy_next: 0 };
        Ok(Site {
            scenario: config.scenario,
            false_index: config.false_index,
            offices: config.exporters.into_iter().map(office).collect(),
            network: Network::new(),
            dice: Dice::seed_from_u64(config.seed),
            mix: Weighted::default(),
            mix_minute: i64::MIN,
            focus,
            focus_permille,
        })
    }

    /// The next record that exporter number `exporter` makes, as of `now_ns`: it ended within the second before.
    pub fn next_flow(&mut self, exporter: usize, now_ns: i64) -> Flow {
        let view = self.offices[exporter].view;
        let mut flow = if view.packets {
            self.sampled_packet(exporter, now_ns)
        } else if let Some(flow) = self.offices[exporter].pending.take() {
            flow
        } else {
            let (flow, back) = self.converse(exporter, now_ns);
            self.offices[exporter].pending = back.map(|back| self.count_sampled(back, view.sampling));
            self.count_sampled(flow, view.sampling)
        };
        if self.false_index {
            flow.in_if = 1 + below(&mut self.dice, 65_535);
            flow.out_if = 1 + below(&mut self.dice, 65_535);
        }
        flow
    }

    /// A flow of an attack, as exporter number `exporter` counts it.
    pub(crate) fn seen(&mut self, exporter: usize, flow: Flow) -> Flow {
        let view = self.offices[exporter].view;
        if view.packets {
            return conversation::one_packet(&mut self.dice, flow, flow.end_ns);
        }
        self.count_sampled(flow, view.sampling)
    }

    /// Flows without end, the exporters taking turns, all as of `now_ns`.
    pub fn flows(&mut self, now_ns: i64) -> impl Iterator<Item = Flow> + '_ {
        let mut turn = 0;
        std::iter::from_fn(move || {
            let exporter = turn % self.offices.len();
            turn += 1;
            Some(self.next_flow(exporter, now_ns))
        })
    }

    /// A new conversation: what the client sent, and what came back if anything did.
    fn converse(&mut self, office: usize, now_ns: i64) -> (Flow, Option<Flow>) {
        let minute = now_ns.div_euclid(60_000_000_000);
        if minute != self.mix_minute {
            self.mix_minute = minute;
            self.mix = mix_at(self.scenario, now_ns);
        }
        let focused = self.focus_permille > 0 && chance(&mut self.dice, self.focus_permille);
        let table = if focused { &self.focus } else { &self.mix };
        let service = &SERVICES[table.draw(&mut self.dice)];
        let ipv6 = self.offices[office].view.ipv6;
        Conversation::draw(&mut self.dice, &self.network, service, office, ipv6, now_ns).into_flows()
    }

    /// The flow as a router counts it that looks at one packet in `sampling`.
    fn count_sampled(&mut self, mut flow: Flow, sampling: u32) -> Flow {
        if sampling <= 1 {
            return flow;
        }
        let mean = flow.bytes / flow.packets;
        // Rounded by chance, and at least one: flows that were missed are not reported.
        let extra = u64::from(below(&mut self.dice, sampling));
        let packets = ((flow.packets + extra) / u64::from(sampling)).max(1);
        if packets == 1 && flow.protocol == 6 && flow.packets > 1 {
            // One packet of many: most likely one with data, or its acknowledgement.
            flow.tcp_flags = if mean > 100 { 0x18 } else { 0x10 };
            flow.start_ns = flow.end_ns;
        }
        flow.bytes = mean * packets;
        flow.packets = packets;
        flow
    }

    /// One packet as a sampling switch meets it: of a busy flow, more often than not.
    fn sampled_packet(&mut self, exporter: usize, now_ns: i64) -> Flow {
        const BUSY: usize = 64;
        let known = self.offices[exporter].busy.len();
        let flow = if known > 0 && chance(&mut self.dice, 600) {
            self.offices[exporter].busy[below(&mut self.dice, known as u32) as usize]
        } else {
            let flow = if let Some(flow) = self.offices[exporter].pending.take() {
                flow
            } else {
                let (flow, back) = self.converse(exporter, now_ns);
                self.offices[exporter].pending = back;
                flow
            };
            if flow.packets > 100 {
                let office = &mut self.offices[exporter];
                if known < BUSY {
                    office.busy.push(flow);
                } else {
                    office.busy[office.busy_next] = flow;
                    office.busy_next = (office.busy_next + 1) % BUSY;
                }
            }
            flow
        };
        conversation::one_packet(&mut self.dice, flow, now_ns)
    }
}

/// Choice among the services of `scenario` at a time of day.
fn mix_at(scenario: &Scenario, now_ns: i64) -> Weighted {
    let busy = activity(now_ns);
    Weighted::new(SERVICES.iter().map(|service| {
        let share = f64::from(service.day) * busy + f64::from(service.night) * (1.0 - busy);
        match scenario.mix {
            Mix::Everything | Mix::Mostly(..) => share,
            Mix::Only(names) if names.contains(&service.name) => share.max(1.0),
            Mix::Only(_) => 0.0,
        }
    }))
}
