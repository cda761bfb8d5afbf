//! Floods: more than a target can take, from one source or from very many.
//!
//! Everything is counted per target and minute, and looked at with every batch: an alert comes within seconds. Absolute
//! numbers are FastNetMon's (20,000 packets a second, and more than 90 % of one kind) and those that keep ordinary servers
//! out (300 sources of half-open connections a minute; 25 reflectors from a port that amplifies, with answers of 400
//! bytes and more that nobody asked for). A target that is used to more is measured by five times of that.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::distinct::{Distinct, hash};
use super::finding::{
    Finding, MINUTE, SECOND, Seen, bytes, ip, is_due, number, pane, points, port, reported, span,
};
use super::rows::{Flow, is_group, proto};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

const PANE: i64 = MINUTE;

/// Rates are means over so long.
const SLICE: i64 = 10 * SECOND;
const SLICES: usize = (PANE / SLICE) as usize;

const HALF_OPEN_SOURCES: f64 = 300.0;
const PACKETS_PER_SECOND: f64 = 20_000.0;
const SHARE: f64 = 0.9;
const REFLECTORS: f64 = 25.0;
/// So many reflectors are an attack whatever the size of their answers; but not name servers, of which a resolver asks many.
const MANY_REFLECTORS: f64 = 300.0;
const ANSWER_BYTES: f64 = 400.0;
/// ntopng's bound on half-open connections of one source a minute.
const HALF_OPEN: u64 = 256;
/// Requests for an address within [`SLICE`].
const DHCP_PAIRS: f64 = 100.0;

/// Services that answer with more than they were asked, over UDP: ports that reflectors answer from.
pub(crate) const REFLECTED: [u16; 27] = [
    17, 19, 53, 69, 111, 123, 137, 161, 177, 389, 427, 520, 1434, 1645, 1646, 1812, 1813, 1900, 3283, 3702,
    5093, 5353, 5683, 11211, 27015, 27960, 37810,
];

/// What many send to one place, without an answer, by nature: logs, traps, flows.
const COLLECTED: [u16; 6] = [2055, 2056, 4739, 6343, 9995, 9996];

/// Above so many times of the usual a target that is used to much is attacked.
const TIMES_USUAL: f64 = 5.0;

/// Minutes after which the usual is known.
const LEARNT: u32 = 10;

/// How much the last minute counts in what is usual.
const ALPHA: f64 = 0.1;

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Reflected {
    sources: Distinct,
    packets: f64,
    bytes: f64,
    /// Packets that the target sent to this port.
    asked: f64,
    seen: Seen,
    reported: f64,
}

/// What came to one target in one minute.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Target {
    half_open: Distinct,
    half_open_packets: f64,
    half_open_seen: Seen,
    tcp_packets: f64,
    udp_packets: f64,
    icmp_packets: f64,
    fragments: f64,
    sent: f64,
    packets: [f64; SLICES],
    bytes: f64,
    sources: Distinct,
    seen: Seen,
    reflected: HashMap<u16, Reflected>,
    ports: HashMap<u16, u64>,
    /// Sources of a few packets each, other than those above.
    tiny: Distinct,
    tiny_flows: u64,
    /// Packets that it sent to anybody.
    answered: f64,
    reported_tiny: f64,
    reported_syn: f64,
    reported_rate: f64,
}

impl Weigh for Target {
    fn weight(&self) -> u64 {
        (self.sources.count() + self.packets.iter().sum::<f64>().log2().max(0.0)) as u64
    }

    fn heap(&self) -> usize {
        let reflected = self.reflected.values().map(|one| one.sources.heap()).sum::<usize>();
        self.half_open.heap()
            + self.tiny.heap()
            + self.sources.heap()
            + reflected
            + self.reflected.capacity() * size_of::<(u16, Reflected)>()
            + self.ports.capacity() * size_of::<(u16, u64)>()
    }
}

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Usual {
    half_open: f64,
    rate: f64,
    minutes: u32,
}

impl Weigh for Usual {
    fn weight(&self) -> u64 {
        (self.rate + self.half_open) as u64
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Tries {
    seen: Seen,
    reported: f64,
}

impl Weigh for Tries {
    fn weight(&self) -> u64 {
        self.seen.flows
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Requests {
    pairs: Distinct,
    seen: Seen,
    reported: f64,
}

impl Weigh for Requests {
    fn weight(&self) -> u64 {
        self.seen.flows
    }

    fn heap(&self) -> usize {
        self.pairs.heap()
    }
}

/// Floods of every kind.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Floods {
    targets: Bounded<(i64, u128), Target>,
    usual: Bounded<u128, Usual>,
    tries: Bounded<(i64, (u128, u128, u16)), Tries>,
    requests: Bounded<i64, Requests>,
    usual_requests: f64,
    decided: i64,
}

impl Floods {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            targets: Bounded::new(most),
            usual: Bounded::new(most),
            tries: Bounded::new(most),
            requests: Bounded::new(1_000),
            usual_requests: 0.0,
            decided: i64::MIN,
        }
    }

    fn take(&mut self, flow: &Flow) -> (i64, u128) {
        let at = pane(flow.time, PANE);
        let (packets, volume) = (flow.scaled_packets(), flow.scaled_bytes());
        let key = (at, flow.dst);
        let target = self.targets.entry(key, Target::default);
        target.seen.add_flow(flow);
        target.sources.insert(hash(flow.src, 4));
        target.packets[((flow.time - at) / SLICE) as usize] += packets;
        target.bytes += volume;
        match flow.protocol {
            proto::TCP => target.tcp_packets += packets,
            proto::UDP => target.udp_packets += packets,
            _ if flow.is_icmp() => target.icmp_packets += packets,
            _ => {}
        }
        // Later fragments have no ports; exporters give 0.
        if flow.src_port == 0 && flow.dst_port == 0 && matches!(flow.protocol, proto::TCP | proto::UDP) {
            target.fragments += packets;
        }
        if flow.is_bare_syn() {
            target.half_open.insert(hash(flow.src, 5));
            target.half_open_packets += packets;
            target.half_open_seen.add_flow(flow);
            if target.ports.len() < 64 || target.ports.contains_key(&flow.dst_port) {
                *target.ports.entry(flow.dst_port).or_default() += 1;
            }
        }
        if flow.protocol == proto::UDP {
            if REFLECTED.contains(&flow.src_port) && flow.src_port != flow.dst_port {
                let reflected = target.reflected.entry(flow.src_port).or_default();
                reflected.sources.insert(hash(flow.src, 6));
                reflected.packets += packets;
                reflected.bytes += volume;
                reflected.seen.add_flow(flow);
            }
            if REFLECTED.contains(&flow.dst_port) {
                let asking = self.targets.entry((at, flow.src), Target::default);
                asking.reflected.entry(flow.dst_port).or_default().asked += packets;
            }
        }
        if is_tiny(flow)
            && let Some(target) = self.targets.get_mut(&key)
        {
            target.tiny.insert(hash(flow.src, 12));
            target.tiny_flows += 1;
        }
        // Who sends before anything was sent to it is no target yet.
        if let Some(target) = self.targets.get_mut(&(at, flow.src)) {
            target.answered += packets;
        }
        if packets >= 1_000.0 && flow.protocol != proto::TCP {
            self.targets.entry((at, flow.src), Target::default).sent += packets;
        }
        key
    }

    /// The larger of a number and five times what is usual, and what is usual.
    fn threshold(&self, target: u128, least: f64, usual: impl Fn(&Usual) -> f64) -> (f64, Option<f64>) {
        match self.usual.get(&target).filter(|known| known.minutes >= LEARNT) {
            Some(known) => (least.max(TIMES_USUAL * usual(known)), Some(usual(known))),
            None => (least, None),
        }
    }

    fn judge(&mut self, key: (i64, u128), is_over: bool, out: &mut Vec<Detection>) {
        let due = |value: f64, reported: f64| is_due(value, reported, is_over);
        let (half_open_least, half_open_usual) =
            self.threshold(key.1, HALF_OPEN_SOURCES, |usual| usual.half_open);
        let (rate_least, rate_usual) = self.threshold(key.1, PACKETS_PER_SECOND, |usual| usual.rate);
        let before = (key.0 - PANE, key.1);
        let Some(target) = self.targets.get(&key) else { return };
        let mut found = Vec::new();
        let earlier = self.targets.get(&before);

        let (half_open, sources) =
            together(&target.half_open, earlier.map(|earlier| &earlier.half_open), half_open_least);
        let syn = sources >= half_open_least
            && target.half_open_packets > SHARE * target.tcp_packets
            && due(sources, target.reported_syn);
        if syn {
            found.push(syn_flood(
                key,
                target,
                sources,
                half_open.is_none_or(|both| both.is_exact()),
                half_open_least,
                half_open_usual,
            ));
        }

        let rate = target.packets.iter().copied().fold(0.0, f64::max) / (SLICE / SECOND) as f64;
        let volume = rate >= rate_least && due(rate, target.reported_rate);
        let kind = if volume { kind_of(target) } else { None };
        if let Some((kind, technique_note)) = kind {
            found.push(volume_flood(key, target, rate, rate_least, rate_usual, kind, technique_note));
        }

        let (tiny, tiny_sources) =
            together(&target.tiny, earlier.map(|earlier| &earlier.tiny), half_open_least);
        let all: f64 = target.packets.iter().sum();
        // Whether it answers is known when the minute is over.
        let one_sided = is_over
            && tiny_sources >= half_open_least
            && target.tiny_flows as f64 > SHARE * target.seen.flows as f64
            && target.answered < 0.1 * all
            && due(tiny_sources, target.reported_tiny);
        if one_sided {
            found.push(one_sided_flood(
                key,
                target,
                tiny_sources,
                tiny.is_none_or(|both| both.is_exact()),
                half_open_least,
            ));
        }

        let mut amplified: Vec<(u16, f64)> = Vec::new();
        for (port_number, reflected) in &target.reflected {
            let earlier = earlier.and_then(|earlier| earlier.reflected.get(port_number));
            let most = reflected.sources.count() + earlier.map_or(0.0, |earlier| earlier.sources.count());
            if most < REFLECTORS {
                continue;
            }
            let mut whole = reflected.clone();
            if let Some(earlier) = earlier {
                whole.sources.merge(&earlier.sources);
                whole.packets += earlier.packets;
                whole.bytes += earlier.bytes;
                whole.asked += earlier.asked;
            }
            let count = whole.sources.count();
            if count >= REFLECTORS
                && (whole.bytes >= ANSWER_BYTES * whole.packets
                    || (count >= MANY_REFLECTORS && *port_number != 53))
                && whole.asked < 0.1 * whole.packets
                && due(count, reflected.reported)
            {
                amplified.push((*port_number, count));
                found.push(amplification(key, *port_number, &whole, count));
            }
        }
        found.sort_by(|a, b| a.entity.cmp(&b.entity));
        out.extend(found.into_iter().map(Finding::detection));
        if let Some(target) = self.targets.get_mut(&key) {
            if syn {
                target.reported_syn = reported(sources, is_over);
            }
            if one_sided {
                target.reported_tiny = reported(tiny_sources, is_over);
            }
            if kind.is_some() {
                target.reported_rate = reported(rate, is_over);
            }
            for (port, count) in amplified {
                if let Some(reflected) = target.reflected.get_mut(&port) {
                    reflected.reported = reported(count, is_over);
                }
            }
        }
    }

    fn judge_tries(&mut self, key: (i64, (u128, u128, u16)), is_over: bool, out: &mut Vec<Detection>) {
        let Some(tries) = self.tries.get_mut(&key) else { return };
        let count = tries.seen.flows;
        if count < HALF_OPEN || !is_due(count as f64, tries.reported, is_over) {
            return;
        }
        tries.reported = reported(count as f64, is_over);
        let (window, (src, dst, dst_port)) = key;
        let (source, target, name) = (ip(src), ip(dst), port(proto::TCP, dst_port));
        out.push(
            Finding {
                rule: catalogue::CONNECTION_FLOOD,
                level: Level::Medium,
                entity: vec![
                    ("src_ip", source.clone()),
                    ("dst_ip", target.clone()),
                    ("dst_port", dst_port.to_string()),
                ],
                sentence: format!(
                    "{source} began {} connections to port {name} of {target} within {} that came to nothing; threshold {HALF_OPEN} a minute",
                    number(count as f64),
                    span(tries.seen.span())
                ),
                seen: tries.seen,
                window,
                measure: "failed connections",
                value: count as f64,
                threshold: HALF_OPEN as f64,
                usual: None,
                exact: true,
                confidence: 80,
                reasons: vec![(
                    "failed connections",
                    format!("{}, threshold {HALF_OPEN}", number(count as f64)),
                    points(Level::Medium) + 10.0,
                )],
                filter: format!(
                    "src_ip = {source} and dst_ip = {target} and dst_port = {dst_port} and tcp_flags has syn and tcp_flags lacks ack"
                ),
                addresses: vec![src, dst],
                notes: Vec::new(),
            }
            .detection(),
        );
    }

    fn judge_requests(&mut self, at: i64, is_over: bool, out: &mut Vec<Detection>) {
        let usual = self.usual_requests;
        let threshold = DHCP_PAIRS.max(TIMES_USUAL * usual);
        let Some(requests) = self.requests.get_mut(&at) else { return };
        let count = requests.pairs.count();
        if count < threshold || !is_due(count, requests.reported, is_over) {
            return;
        }
        requests.reported = reported(count, is_over);
        out.push(
            Finding {
                rule: catalogue::DHCP_FLOOD,
                level: Level::Medium,
                entity: vec![("dst_port", "67".to_owned())],
                sentence: format!(
                    "{} clients asked for an address by DHCP within {}; threshold {threshold:.0}, usual {usual:.0}",
                    number(count),
                    span(requests.seen.span())
                ),
                seen: requests.seen,
                window: at,
                measure: "distinct src_ip and dst_ip",
                value: count,
                threshold,
                usual: Some(usual),
                exact: requests.pairs.is_exact(),
                confidence: 70,
                reasons: vec![(
                    "many clients at once",
                    format!("{} in {}", number(count), span(SLICE)),
                    points(Level::Medium),
                )],
                filter: "dst_port = 67 and protocol = udp".to_owned(),
                addresses: Vec::new(),
                notes: Vec::new(),
            }
            .detection(),
        );
    }
}

/// How many there are in both, put together only when they can be as many as that.
fn together(one: &Distinct, earlier: Option<&Distinct>, least: f64) -> (Option<Distinct>, f64) {
    let most = one.count() + earlier.map_or(0.0, Distinct::count);
    if most < least {
        return (None, most);
    }
    let mut both = one.clone();
    if let Some(earlier) = earlier {
        both.merge(earlier);
    }
    let count = both.count();
    (Some(both), count)
}

/// What nine of ten packets are: TCP with answers is a transfer, however much.
fn kind_of(target: &Target) -> Option<(&'static str, &'static str)> {
    let all: f64 = target.packets.iter().sum();
    if target.sent > 0.05 * all && target.sources.count() < 10.0 {
        return None;
    }
    let most = SHARE * all;
    match () {
        () if target.fragments > most => Some(("fragments", "fragment_offset exists or src_port = 0")),
        () if target.icmp_packets > most => Some(("ICMP packets", "protocol in (icmp, ipv6-icmp)")),
        () if target.udp_packets > most => Some(("UDP packets", "protocol = udp")),
        () if target.half_open_packets > most => {
            Some(("SYN packets", "tcp_flags has syn and tcp_flags lacks ack"))
        }
        () => None,
    }
}

fn syn_flood(
    (window, dst): (i64, u128),
    target: &Target,
    sources: f64,
    exact: bool,
    threshold: f64,
    usual: Option<f64>,
) -> Finding {
    let host = ip(dst);
    let most = target.ports.iter().max_by_key(|(port, count)| (**count, **port)).map_or(0, |(port, _)| *port);
    let share = 100.0 * target.half_open_packets / target.tcp_packets.max(1.0);
    let usually = usual.map_or_else(String::new, |usual| format!(", usual {usual:.0}"));
    Finding {
        rule: catalogue::SYN_FLOOD,
        level: Level::High,
        entity: vec![("dst_ip", host.clone())],
        sentence: format!(
            "{} sources began connections to {host}, mostly port {}, within {} and never finished one ({share:.0} % of its TCP packets); threshold {threshold:.0} a minute{usually}",
            number(sources),
            port(proto::TCP, most),
            span(target.half_open_seen.span()),
        ),
        seen: target.half_open_seen,
        window,
        measure: "distinct src_ip",
        value: sources,
        threshold,
        usual,
        exact,
        confidence: 85,
        reasons: vec![
            (
                "half-open sources",
                format!("{}, threshold {threshold:.0}", number(sources)),
                points(Level::High),
            ),
            ("hardly anything else", format!("{share:.0} % of TCP packets"), 15.0),
        ],
        filter: format!("dst_ip = {host} and tcp_flags has syn and tcp_flags lacks ack"),
        addresses: vec![dst],
        notes: Vec::new(),
    }
}

/// One or a few packets of something that is no beginning of a connection and no question to a service.
fn is_tiny(flow: &Flow) -> bool {
    let is_question = flow.protocol == proto::UDP && flow.dst_port != 0 && flow.dst_port < 1024;
    let is_reflected = flow.protocol == proto::UDP && REFLECTED.contains(&flow.src_port);
    let is_collected = flow.protocol == proto::UDP && COLLECTED.contains(&flow.dst_port);
    flow.packets <= 3
        && flow.sampling == 1
        && !flow.is_bare_syn()
        && !is_question
        && !is_reflected
        && !is_collected
}

fn one_sided_flood(
    (window, dst): (i64, u128),
    target: &Target,
    sources: f64,
    exact: bool,
    threshold: f64,
) -> Finding {
    let host = ip(dst);
    Finding {
        rule: catalogue::VOLUME_FLOOD,
        level: Level::High,
        entity: vec![("dst_ip", host.clone())],
        sentence: format!(
            "{} sources sent {host} a few packets each within {}, and it answered hardly any of them; threshold {threshold:.0} a minute",
            number(sources),
            span(target.seen.span())
        ),
        seen: target.seen,
        window,
        measure: "distinct src_ip",
        value: sources,
        threshold,
        usual: None,
        exact,
        confidence: 70,
        reasons: vec![
            (
                "sources of a few packets",
                format!("{}, threshold {threshold:.0}", number(sources)),
                points(Level::High),
            ),
            ("not answered", format!("{:.0} packets were sent back", target.answered), 10.0),
        ],
        filter: format!("dst_ip = {host} and packets <= 3"),
        addresses: vec![dst],
        notes: Vec::new(),
    }
}

fn volume_flood(
    (window, dst): (i64, u128),
    target: &Target,
    rate: f64,
    threshold: f64,
    usual: Option<f64>,
    kind: &str,
    filter: &str,
) -> Finding {
    let host = ip(dst);
    let sources = target.sources.count();
    Finding {
        rule: catalogue::VOLUME_FLOOD,
        level: Level::High,
        entity: vec![("dst_ip", host.clone())],
        sentence: format!(
            "{host} was sent {} packets a second by {} sources, more than 90 % of them {kind}; threshold {threshold:.0}{}",
            number(rate),
            number(sources),
            usual.map_or_else(String::new, |usual| format!(", usual {usual:.0}"))
        ),
        seen: target.seen,
        window,
        measure: "packets per second",
        value: rate,
        threshold,
        usual,
        exact: true,
        confidence: 80,
        reasons: vec![
            ("packets a second", format!("{}, threshold {threshold:.0}", number(rate)), points(Level::High)),
            ("one kind", kind.to_owned(), 10.0),
        ],
        filter: format!("dst_ip = {host} and ({filter})"),
        addresses: vec![dst],
        notes: Vec::new(),
    }
}

fn amplification((window, dst): (i64, u128), port_number: u16, whole: &Reflected, sources: f64) -> Finding {
    let host = ip(dst);
    let mean = whole.bytes / whole.packets.max(1.0);
    Finding {
        rule: catalogue::AMPLIFICATION,
        level: Level::High,
        entity: vec![("dst_ip", host.clone()), ("src_port", port_number.to_string())],
        sentence: format!(
            "{} hosts sent {host} answers from port {} that it had not asked for, {} in packets of {mean:.0} bytes; threshold {REFLECTORS}",
            number(sources),
            port(proto::UDP, port_number),
            bytes(whole.bytes)
        ),
        seen: whole.seen,
        window,
        measure: "distinct src_ip",
        value: sources,
        threshold: REFLECTORS,
        usual: None,
        exact: whole.sources.is_exact(),
        confidence: 85,
        reasons: vec![
            ("reflectors", format!("{}, threshold {REFLECTORS}", number(sources)), points(Level::High)),
            ("large answers", format!("{mean:.0} bytes a packet"), 10.0),
            ("not asked for", format!("{:.0} packets were sent to that port", whole.asked), 10.0),
        ],
        filter: format!("dst_ip = {host} and src_port = {port_number} and protocol = udp"),
        addresses: vec![dst],
        notes: Vec::new(),
    }
}

impl Analytic for Floods {
    fn flows(&mut self, flows: &[Flow], out: &mut Vec<Detection>) {
        let (mut touched, mut tried, mut asked) = (Vec::new(), Vec::new(), Vec::new());
        for flow in flows {
            let at = pane(flow.time, PANE);
            if flow.protocol == proto::UDP && flow.dst_port == 67 {
                let slice = pane(flow.time, SLICE);
                let requests = self.requests.entry(slice, Requests::default);
                requests.pairs.insert(hash(flow.src, 7).wrapping_add(hash(flow.dst, 8)));
                requests.seen.add_flow(flow);
                asked.push(slice);
            }
            if is_group(flow.dst) {
                continue;
            }
            if flow.is_bare_syn() {
                let key = (at, (flow.src, flow.dst, flow.dst_port));
                self.tries.entry(key, Tries::default).seen.add_flow(flow);
                tried.push(key);
            }
            touched.push(self.take(flow));
        }
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            self.judge(key, false, out);
        }
        tried.sort_unstable();
        tried.dedup();
        for key in tried {
            self.judge_tries(key, false, out);
        }
        asked.sort_unstable();
        asked.dedup();
        for key in asked {
            self.judge_requests(key, false, out);
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let now = clock.flows;
        let current = pane(now, PANE);
        if self.decided >= current {
            return;
        }
        let before = std::mem::replace(&mut self.decided, current);
        let mut over: Vec<(i64, u128)> = self.targets.iter().map(|(key, _)| *key).collect();
        over.retain(|key| key.0 + PANE <= now);
        over.sort_unstable();
        for key in over {
            self.judge(key, true, out);
            if key.0 >= before {
                self.learn(key);
            }
        }
        self.targets.retain(|key, _| key.0 + 2 * PANE > now);
        let mut over: Vec<_> = self
            .tries
            .iter()
            .filter(|(_, tries)| tries.seen.flows >= HALF_OPEN)
            .map(|(key, _)| *key)
            .collect();
        over.retain(|key| key.0 + PANE <= now);
        over.sort_unstable();
        for key in over {
            self.judge_tries(key, true, out);
        }
        self.tries.retain(|key, _| key.0 + PANE > now);
        let mut over: Vec<i64> = self.requests.iter().map(|(key, _)| *key).collect();
        over.retain(|key| key + SLICE <= now);
        over.sort_unstable();
        for key in over {
            self.judge_requests(key, true, out);
            let count = self.requests.get(&key).map_or(0.0, |requests| requests.pairs.count());
            self.usual_requests += ALPHA * (count - self.usual_requests);
        }
        self.requests.retain(|key, _| key + SLICE > now);
    }

    fn memory(&self) -> usize {
        self.targets.memory() + self.usual.memory() + self.tries.memory() + self.requests.memory()
    }

    fn evicted(&self) -> u64 {
        self.targets.evicted() + self.tries.evicted() + self.usual.evicted()
    }

    saved_whole!();
}

impl Floods {
    /// Only targets that are sent something worth telling are remembered.
    fn learn(&mut self, key: (i64, u128)) {
        let Some(target) = self.targets.get(&key) else { return };
        let rate = target.packets.iter().copied().fold(0.0, f64::max) / (SLICE / SECOND) as f64;
        let half_open = target.half_open.count();
        if self.usual.get(&key.1).is_none()
            && rate < PACKETS_PER_SECOND / 20.0
            && half_open < HALF_OPEN_SOURCES / 10.0
        {
            return;
        }
        let usual = self.usual.entry(key.1, Usual::default);
        usual.minutes = usual.minutes.saturating_add(1);
        let alpha = ALPHA.max(1.0 / f64::from(usual.minutes));
        usual.rate += alpha * (rate - usual.rate);
        usual.half_open += alpha * (half_open - usual.half_open);
    }
}
