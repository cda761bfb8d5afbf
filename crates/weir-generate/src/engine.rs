//! The exporters at work: which record is whose, what is due by when, and the sums. No sockets, no clock: times are
//! handed in, so that a seed and a start time decide every byte.

use std::net::{IpAddr, Ipv4Addr};

use rand_chacha::rand_core::SeedableRng;

use crate::attack::{Expected, Timeline};
use crate::encode::{Encoder, Exporter, Protocol};
use crate::error::GenerateError;
use crate::flow::{Flow, Totals};
use crate::schedule::Schedule;
use crate::site::{Dice, INTERFACES, Site, SiteConfig, View, Weighted, scatter};

/// Datagrams that are not full wait no longer than this.
const FLUSH_NS: i64 = 200_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;
/// A switch's usual choice on gigabit ports.
const SFLOW_SAMPLING: u32 = 256;
/// What routers with sampled NetFlow are set to.
const ROUTER_SAMPLING: u32 = 100;

/// Which exporters there are and how fast they send.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Protocols; the rate is split evenly between them.
    pub protocols: Vec<Protocol>,
    /// How many exporters; one for each protocol at least.
    pub exporters: usize,
    /// Records a second of all together.
    pub rate: u64,
    /// Start of time, nanoseconds since 1970.
    pub start_ns: i64,
    /// The traffic; its `exporters` are filled in by the engine.
    pub site: SiteConfig,
}

impl EngineConfig {
    /// How many exporters there really are.
    pub fn exporter_count(&self) -> usize {
        self.exporters.max(self.protocols.len())
    }
}

/// Where finished datagrams go, with the number of the exporter that sends each.
pub trait Sink {
    /// Sends one datagram.
    fn datagram(&mut self, exporter: usize, bytes: &[u8]);
}

impl<F: FnMut(usize, &[u8])> Sink for F {
    fn datagram(&mut self, exporter: usize, bytes: &[u8]) {
        self(exporter, bytes);
    }
}

/// All exporters of a run.
#[derive(Debug)]
pub struct Engine {
    site: Site,
    attacks: Timeline,
    encoders: Vec<Encoder>,
    totals: Vec<Totals>,
    /// For each protocol its exporters, and how busy each is.
    groups: Vec<(Vec<usize>, Weighted)>,
    dice: Dice,
    schedule: Schedule,
    made: u64,
    flush_due_ns: i64,
    clock_step_ns: i64,
}

impl Engine {
    /// Sets the exporters up; `agent` gives each its own address.
    pub fn new(config: EngineConfig, agent: impl Fn(usize) -> IpAddr) -> Result<Self, GenerateError> {
        if config.protocols.is_empty() {
            return Err(GenerateError::BadOption {
                option: "--protocol",
                problem: "names no protocol".into(),
            });
        }
        let count = config.exporter_count();
        let protocol_of = |exporter: usize| config.protocols[exporter % config.protocols.len()];
        let mut views = Vec::with_capacity(count);
        let mut encoders = Vec::with_capacity(count);
        for number in 0..count {
            let protocol = protocol_of(number);
            let sampling = match protocol {
                Protocol::Sflow => SFLOW_SAMPLING,
                _ if number % 3 == 1 => ROUTER_SAMPLING,
                _ => 1,
            };
            views.push(View {
                ipv6: protocol.carries_ipv6(),
                sampling,
                packets: protocol == Protocol::Sflow,
            });
            // Up for an hour to twenty days.
            let hours = 1 + (scatter(config.site.seed ^ number as u64) % 480) as i64;
            let exporter = Exporter {
                boot_ns: (config.start_ns - hours * HOUR_NS) / 1_000_000 * 1_000_000,
                domain: match protocol {
                    Protocol::V5 => number as u32 & 0xff,
                    Protocol::V9 | Protocol::Ipfix => number as u32 + 1,
                    Protocol::Sflow => 0,
                },
                sampling,
                agent: agent(number),
                interfaces: INTERFACES,
            };
            encoders.push(Encoder::new(protocol, exporter));
        }
        let groups = (0..config.protocols.len())
            .map(|protocol| {
                let members: Vec<usize> = (protocol..count).step_by(config.protocols.len()).collect();
                let busy = Weighted::zipf(members.len(), 4.0);
                (members, busy)
            })
            .collect();
        let seed = config.site.seed;
        // By the one that misses least.
        let misses = |view: &View| (view.packets, view.sampling);
        let observer = (0..count).min_by_key(|number| misses(&views[*number])).unwrap_or(0);
        let attacks = Timeline::new(config.site.attacks, observer, seed);
        Ok(Engine {
            site: Site::new(SiteConfig { exporters: views, ..config.site })?,
            attacks,
            totals: vec![Totals::default(); count],
            encoders,
            groups,
            dice: Dice::seed_from_u64(scatter(seed)),
            schedule: Schedule::new(config.start_ns, config.rate),
            made: 0,
            flush_due_ns: config.start_ns + FLUSH_NS,
            clock_step_ns: 0,
        })
    }

    /// Sends what the schedule has due up to `to_ns`, at most `limit` records; returns how many it was.
    ///
    /// Records are made for the instant they were due, not for the one they are sent: calling often or seldom gives
    /// the same bytes. When the caller is behind by more than two seconds, times are kept close to `to_ns`.
    pub fn advance(&mut self, to_ns: i64, limit: u64, sink: &mut impl Sink) -> u64 {
        const BEHIND_NS: i64 = 2_000_000_000;
        let mut sent = 0;
        while sent < limit {
            let due = self.schedule.due_ns(self.made);
            self.flush_until(due.min(to_ns), sink);
            if due > to_ns {
                break;
            }
            self.record(due.max(to_ns - BEHIND_NS), sink);
            sent += 1;
        }
        sent
    }

    /// Sends `count` records as of `now_ns`, whatever the schedule says.
    pub fn produce(&mut self, now_ns: i64, count: u64, sink: &mut impl Sink) {
        self.flush_until(now_ns, sink);
        for _ in 0..count {
            self.record(now_ns, sink);
        }
    }

    /// Adds `step_ns` to every time that is written into records, without touching the schedule.
    pub fn set_clock_step(&mut self, step_ns: i64) {
        self.clock_step_ns = step_ns;
    }

    /// When the next record is due.
    pub fn next_due_ns(&self) -> i64 {
        self.schedule.due_ns(self.made)
    }

    /// When datagrams that wait will be sent, full or not.
    pub fn next_flush_ns(&self) -> i64 {
        self.flush_due_ns
    }

    /// Records made so far.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Sends all that waits.
    pub fn flush(&mut self, now_ns: i64, sink: &mut impl Sink) {
        let now_ns = now_ns + self.clock_step_ns;
        for (number, encoder) in self.encoders.iter_mut().enumerate() {
            let totals = &mut self.totals[number];
            encoder.flush(now_ns, &mut |bytes| {
                totals.datagrams += 1;
                sink.datagram(number, bytes);
            });
        }
    }

    /// The sums of each exporter.
    pub fn totals(&self) -> impl Iterator<Item = (Protocol, Totals)> + '_ {
        self.encoders.iter().map(Encoder::protocol).zip(self.totals.iter().copied())
    }

    fn flush_until(&mut self, to_ns: i64, sink: &mut impl Sink) {
        while self.flush_due_ns <= to_ns {
            let due = self.flush_due_ns;
            self.flush(due, sink);
            // After a long silence one flush is as good as many.
            self.flush_due_ns = (due + FLUSH_NS).max(to_ns - FLUSH_NS);
        }
    }

    fn record(&mut self, now_ns: i64, sink: &mut impl Sink) {
        let now_ns = now_ns + self.clock_step_ns;
        let (number, flow) = self.next_flow(now_ns);
        let encoder = &mut self.encoders[number];
        let totals = &mut self.totals[number];
        totals.flows += 1;
        totals.packets += flow.packets;
        totals.bytes += encoder.exported_bytes(&flow);
        encoder.push(&flow, now_ns, &mut |bytes| {
            totals.datagrams += 1;
            sink.datagram(number, bytes);
        });
        self.made += 1;
    }
}

impl Engine {
    /// The next record, and whose it is. Of every two one is the site's own, however many an attack has waiting.
    fn next_flow(&mut self, now_ns: i64) -> (usize, Flow) {
        if self.made % 2 == 1
            && let Some(flow) = self.attacks.next(now_ns)
        {
            let number = self.attacks.observer();
            return (number, self.site.seen(number, flow));
        }
        let group = (self.made % self.groups.len() as u64) as usize;
        let (members, busy) = &self.groups[group];
        let number = members[busy.draw(&mut self.dice)];
        (number, self.site.next_flow(number, now_ns))
    }

    /// What a detector is to notice of the attacks that were begun since this was last asked.
    pub fn take_expected(&mut self) -> Vec<Expected> {
        self.attacks.take_expected()
    }
}

/// The address that exporter `number` has where it cannot have one of its own on the wire.
pub fn management_address(number: usize) -> IpAddr {
    Ipv4Addr::new(10, 255, (number / 250) as u8, (number % 250) as u8 + 1).into()
}
