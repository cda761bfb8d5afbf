//! What was never there before: a service, an infrastructure server, a host, an autonomous system, a country; and a host
//! that was always there and has gone silent.
//!
//! For seven days everything is learnt and nothing is told.

use serde::{Deserialize, Serialize};
use weir_schema::service::protocol_name;
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::finding::{DAY, Finding, HOUR, Seen, ip, pane, points, port, span};
use super::learning::Learning;
use super::rows::{Flow, proto};
use super::talk::{Answer, Talk};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

/// What was not seen for so long is new again.
const FORGOTTEN: i64 = 90 * DAY;

/// Active in so many hours of a week a host is always there; silent for so long it has gone.
const ALWAYS: u32 = 150;
const SILENT: i64 = 3 * HOUR;

/// Services that only a few hosts of a network should give: who answers there without being known is an intruder, or a
/// mistake.
const INFRASTRUCTURE: [(u8, u16); 4] =
    [(proto::UDP, 53), (proto::UDP, 67), (proto::UDP, 123), (proto::TCP, 25)];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
enum Thing {
    Service(u128, u8, u16),
    Host(u128),
    System(u32),
    Country([u8; 2]),
}

#[derive(Debug, Serialize, Deserialize)]
struct Known {
    seen: Seen,
    told: bool,
    /// Who used it first.
    by: u128,
    /// Hours in which it was active, of late.
    hours: u32,
    hour: i64,
    silent: bool,
}

impl Weigh for Known {
    fn weight(&self) -> u64 {
        (self.seen.last / HOUR) as u64
    }
}

/// First seen, and silent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct First {
    known: Bounded<Thing, Known>,
    learning: Learning,
    latest: i64,
    decided: i64,
}

impl First {
    pub(crate) fn new(most: usize) -> Self {
        Self { known: Bounded::new(most), learning: Learning::new(), latest: i64::MIN, decided: i64::MIN }
    }

    fn see(&mut self, thing: Thing, by: u128, start: i64, end: i64, sampling: u32) {
        self.learning.see(end);
        self.latest = self.latest.max(end);
        let known = self.known.entry(thing, || Known {
            seen: Seen::default(),
            told: false,
            by,
            hours: 0,
            hour: i64::MIN,
            silent: false,
        });
        if end < known.seen.first {
            known.by = by;
        }
        known.seen.add(start, end, sampling);
        let hour = pane(end, HOUR);
        if hour > known.hour {
            (known.hour, known.hours) = (hour, known.hours.saturating_add(1));
        }
        known.silent = false;
    }
}

fn new_finding(thing: Thing, known: &Known, since: i64) -> Finding {
    let by = ip(known.by);
    let (rule, level, entity, sentence, filter, address) = match thing {
        Thing::Service(host, protocol, number) => {
            let (one, name) = (ip(host), port(protocol, number));
            let transport = protocol_name(protocol).unwrap_or("ip").to_lowercase();
            let is_infrastructure = INFRASTRUCTURE.contains(&(protocol, number));
            let level = match number {
                67 if is_infrastructure => Level::High,
                _ if is_infrastructure => Level::Medium,
                _ => Level::Low,
            };
            let rule = if is_infrastructure { catalogue::UNEXPECTED_SERVER } else { catalogue::FIRST_SEEN };
            let sentence =
                format!("{one} answered on {transport} port {name} for the first time; {by} asked");
            let filter = format!("src_ip = {one} and src_port = {number} and protocol = {transport}");
            let entity = vec![("src_ip", one), ("src_port", number.to_string())];
            (rule, level, entity, sentence, filter, Some(host))
        }
        Thing::Host(host) => {
            let one = ip(host);
            let sentence = format!("{one} was seen inside for the first time");
            let filter = format!("src_ip = {one}");
            (catalogue::FIRST_SEEN, Level::Informational, vec![("src_ip", one)], sentence, filter, Some(host))
        }
        Thing::System(number) => {
            let sentence = format!("AS{number} was contacted for the first time, by {by}");
            let filter = format!("dst_as = {number}");
            let entity = vec![("dst_as", number.to_string())];
            (catalogue::FIRST_SEEN, Level::Informational, entity, sentence, filter, None)
        }
        Thing::Country(code) => {
            let code = String::from_utf8_lossy(&code).into_owned();
            let sentence = format!("{code} was contacted for the first time, by {by}");
            let filter = format!("dst_country = \"{code}\"");
            (catalogue::FIRST_SEEN, Level::Low, vec![("dst_country", code)], sentence, filter, None)
        }
    };
    let learnt = known.seen.first.saturating_sub(since);
    Finding {
        rule,
        level,
        entity,
        sentence: format!("{sentence}; everything was learnt for {}", span(learnt)),
        seen: known.seen,
        window: pane(known.seen.first, DAY),
        measure: "flows",
        value: known.seen.flows as f64,
        threshold: 1.0,
        usual: Some(0.0),
        exact: true,
        confidence: 60,
        reasons: vec![("never before", format!("in {}", span(learnt)), points(level))],
        filter,
        addresses: address.into_iter().chain([known.by]).collect(),
        notes: Vec::new(),
    }
}

fn silent_finding(host: u128, known: &Known, now: i64) -> Finding {
    let one = ip(host);
    let silence = now.saturating_sub(known.seen.last);
    Finding {
        rule: catalogue::SILENT_HOST,
        level: Level::Low,
        entity: vec![("src_ip", one.clone())],
        sentence: format!(
            "{one} has sent nothing for {}; it was active in {} hours before; threshold {}",
            span(silence),
            known.hours,
            span(SILENT)
        ),
        seen: known.seen,
        window: pane(known.seen.last, DAY),
        measure: "seconds of silence",
        value: (silence / 1_000_000_000) as f64,
        threshold: (SILENT / 1_000_000_000) as f64,
        usual: None,
        exact: true,
        confidence: 50,
        reasons: vec![("silent", span(silence), points(Level::Low))],
        filter: format!("src_ip = {one}"),
        addresses: vec![host],
        notes: vec!["an exporter that stopped looks the same".to_owned()],
    }
}

impl Analytic for First {
    fn flows(&mut self, flows: &[Flow], _: &mut Vec<Detection>) {
        for flow in flows.iter().filter(|flow| flow.way.src_internal) {
            self.see(Thing::Host(flow.src), flow.dst, flow.start, flow.time, flow.sampling);
            if flow.way.outbound() {
                if flow.dst_as != 0 {
                    self.see(Thing::System(flow.dst_as), flow.src, flow.start, flow.time, flow.sampling);
                }
                if flow.dst_country != [0; 2] {
                    self.see(
                        Thing::Country(flow.dst_country),
                        flow.src,
                        flow.start,
                        flow.time,
                        flow.sampling,
                    );
                }
            }
        }
    }

    fn talks(&mut self, talks: &[Talk], _: &mut Vec<Detection>) {
        for talk in talks {
            let is_service = talk.answer == Answer::Yes && talk.way.dst_internal && talk.server_port != 0;
            // Above, ports are whatever programs were given.
            if is_service && talk.server_port < 32_768 && talk.server_port < talk.client_port {
                let thing = Thing::Service(talk.server, talk.protocol, talk.server_port);
                self.see(thing, talk.client, talk.start, talk.end, talk.sampling);
            }
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let now = clock.talks;
        if self.decided >= pane(now, HOUR / 60) {
            return;
        }
        self.decided = pane(now, HOUR / 60);
        let (since, latest) = (self.learning.since(), self.latest);
        let learnt = self.learning.ended().unwrap_or(i64::MAX);
        let mut found = Vec::new();
        self.known.retain(|thing, known| {
            if !known.told && known.seen.last <= now {
                known.told = true;
                if known.seen.last >= learnt && known.seen.first >= learnt {
                    found.push((*thing, new_finding(*thing, known, since)));
                }
            }
            let has_gone = known.hours >= ALWAYS && known.seen.last + SILENT <= now && now <= latest + HOUR;
            if let Thing::Host(host) = thing
                && has_gone
                && !known.silent
            {
                known.silent = true;
                found.push((*thing, silent_finding(*host, known, now)));
            }
            known.seen.last + FORGOTTEN > now
        });
        found.sort_by_key(|(thing, _)| *thing);
        out.extend(found.into_iter().map(|(_, finding)| finding.detection()));
    }

    fn memory(&self) -> usize {
        self.known.memory()
    }

    fn evicted(&self) -> u64 {
        self.known.evicted()
    }

    saved_whole!();
}
