//! Scans: one source that tries what does not answer.
//!
//! Only failures count (Zeek's way): a SYN that was never followed by an ACK, a packet with flags that no client begins
//! with, a UDP or flagless conversation without an answer; and echo requests, answered or not. Thresholds are Zeek's
//! (15 ports of a host, 25 hosts on a port, in 5 min), with fewer hosts on the ports that intruders look for first
//! (Elastic's thirteen and telnet), and higher ones over a day for those who take their time.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::distinct::{Distinct, hash};
use super::finding::{
    DAY, Finding, MINUTE, Seen, ip, is_due, number, pane, points, port, protocol, reported, span,
};
use super::rows::{Flow, Role, flag, is_group, proto, v4};
use super::talk::{Answer, Talk};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

/// Ports that intruders look for first.
const SENSITIVE: [u16; 15] = [21, 22, 23, 53, 88, 139, 389, 445, 2323, 3389, 5900, 5985, 5986, 9389, 1433];

/// Where traceroute sends to.
const TRACEROUTE: std::ops::RangeInclusive<u16> = 33_434..=33_534;

/// So many attempts of a source are kept as they are before they are sorted by host and port.
const SMALL: usize = 8;

/// Hosts and ports that one source's attempts are sorted by, at most.
const SORTED: usize = 4096;

/// What is counted in windows of one length.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Terms {
    pane: i64,
    ports: f64,
    hosts: f64,
    sensitive_hosts: f64,
    pinged: f64,
    blocks: f64,
    slow: bool,
}

const FAST: Terms = Terms {
    pane: 5 * MINUTE,
    ports: 15.0,
    hosts: 25.0,
    sensitive_hosts: 10.0,
    pinged: 10.0,
    blocks: 100.0,
    slow: false,
};

const SLOW: Terms = Terms {
    pane: DAY / 2,
    ports: 50.0,
    hosts: 100.0,
    sensitive_hosts: 25.0,
    pinged: 100.0,
    blocks: 400.0,
    slow: true,
};

/// A UDP client is no scanner while more than one in so many of its conversations is answered.
const UDP_FAILURES_PER_ANSWER: u64 = 4;

/// UDP is noisier: peers that went away, broken resolvers.
const UDP_TIMES: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
enum Sort {
    /// Ports of a host.
    Host(u8, u128),
    /// Hosts on a port.
    Port(u8, u16),
    /// Hosts of a network that were pinged.
    Net(u128),
}

/// How attempts were made.
mod means {
    pub(super) const SYN: u8 = 1;
    pub(super) const STEALTH: u8 = 2;
    pub(super) const UDP: u8 = 4;
    pub(super) const OTHER: u8 = 8;
    pub(super) const PING: u8 = 16;
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Attempt {
    dst: u128,
    port: u16,
    protocol: u8,
    means: u8,
    time: i64,
    sampling: u32,
    inbound: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Group {
    distinct: Distinct,
    seen: Seen,
    means: u8,
    inbound: bool,
    /// The value that was reported last.
    reported: f64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Source {
    few: Vec<Attempt>,
    groups: HashMap<Sort, Group>,
    /// All pairs of host and port.
    pairs: Group,
    answered_udp: u64,
    failed_udp: u64,
}

impl Weigh for Source {
    fn weight(&self) -> u64 {
        self.pairs.distinct.count() as u64
    }

    fn heap(&self) -> usize {
        self.few.capacity() * size_of::<Attempt>()
            + self.groups.capacity() * size_of::<(Sort, Group)>()
            + self.groups.values().map(|group| group.distinct.heap()).sum::<usize>()
            + self.pairs.distinct.heap()
    }
}

impl Group {
    fn add(&mut self, hash: u64, attempt: &Attempt) {
        self.distinct.insert(hash);
        self.seen.add(attempt.time, attempt.time, attempt.sampling);
        self.means |= attempt.means;
        self.inbound |= attempt.inbound;
    }
}

impl Source {
    fn add(&mut self, attempt: &Attempt) {
        let pair = hash(attempt.dst, u64::from(attempt.port) << 8 | u64::from(attempt.protocol));
        self.pairs.add(pair, attempt);
        if self.groups.is_empty() && self.few.len() < SMALL {
            self.few.push(*attempt);
            return;
        }
        for earlier in std::mem::take(&mut self.few) {
            self.sort(&earlier);
        }
        self.sort(attempt);
    }

    fn sort(&mut self, attempt: &Attempt) {
        let by_host = hash(attempt.dst, 1);
        if attempt.means == means::PING {
            let net = attempt.dst >> 8;
            if let Some(group) = self.group(Sort::Net(net)) {
                group.add(by_host, attempt);
            }
            return;
        }
        let by_port = hash(u128::from(attempt.port), 2);
        let host = Sort::Host(attempt.protocol, attempt.dst);
        if let Some(group) = self.group(host) {
            group.add(by_port, attempt);
        }
        let port = Sort::Port(attempt.protocol, attempt.port);
        if let Some(group) = self.group(port) {
            group.add(by_host, attempt);
        }
    }

    fn group(&mut self, sort: Sort) -> Option<&mut Group> {
        if self.groups.len() >= SORTED && !self.groups.contains_key(&sort) {
            return None;
        }
        Some(self.groups.entry(sort).or_default())
    }

    fn is_quiet_udp(&self) -> bool {
        self.failed_udp >= UDP_FAILURES_PER_ANSWER * self.answered_udp
    }
}

/// Scans in windows of one length.
#[derive(Debug, Serialize, Deserialize)]
struct Window {
    terms: Terms,
    sources: Bounded<(i64, u128), Source>,
    touched: Vec<(i64, u128)>,
}

impl Window {
    fn new(terms: Terms, most: usize) -> Self {
        Self { terms, sources: Bounded::new(most), touched: Vec::new() }
    }

    fn attempt(&mut self, src: u128, attempt: &Attempt) {
        let key = (pane(attempt.time, self.terms.pane), src);
        let source = self.sources.entry(key, Source::default);
        if attempt.protocol == proto::UDP {
            source.failed_udp += 1;
        }
        source.add(attempt);
        if self.touched.last() != Some(&key) {
            self.touched.push(key);
        }
    }

    fn answered_udp(&mut self, src: u128, time: i64) {
        // Kept for every client, as an answer may come before the failures.
        let key = (pane(time, self.terms.pane), src);
        self.sources.entry(key, Source::default).answered_udp += 1;
    }

    /// Looks at what changed.
    fn look(&mut self, out: &mut Vec<Detection>) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            self.judge(key, false, out);
        }
    }

    fn judge(&mut self, key: (i64, u128), is_over: bool, out: &mut Vec<Detection>) {
        let least = self.terms.sensitive_hosts.min(self.terms.pinged);
        let before = (key.0 - self.terms.pane, key.1);
        let earlier =
            self.sources.get(&before).map(|source| source.pairs.distinct.count()).unwrap_or_default();
        let Some(source) = self.sources.get(&key) else { return };
        if source.pairs.distinct.count() + earlier < least {
            return;
        }
        let mut found: Vec<(Sort, f64, bool, Seen)> = Vec::new();
        let previous = self.sources.get(&before);
        let groups = source.groups.iter().map(|(sort, group)| (*sort, group));
        let mut few = Source::default();
        if source.groups.is_empty() {
            source.few.iter().for_each(|attempt| few.sort(attempt));
        }
        for (sort, group) in groups.chain(few.groups.iter().map(|(sort, group)| (*sort, group))) {
            let earlier = previous.and_then(|source| source.groups.get(&sort));
            let most = group.distinct.count() + earlier.map_or(0.0, |earlier| earlier.distinct.count());
            // Put together only when they can be as many as that.
            if most < self.threshold(sort) {
                continue;
            }
            let (mut distinct, mut seen) = (group.distinct.clone(), group.seen);
            if let Some(earlier) = earlier {
                distinct.merge(&earlier.distinct);
                seen.first = seen.first.min(earlier.seen.first);
            }
            let value = distinct.count();
            if value < self.threshold(sort) {
                continue;
            }
            // Answers may still come: before the end only what is far over the threshold is told.
            let is_early = !is_over && value < 2.0 * self.threshold(sort);
            let is_told_late = group.means & (means::UDP | means::OTHER) != 0;
            if is_told_late && (is_early || (group.means & means::UDP != 0 && !source.is_quiet_udp())) {
                continue;
            }
            // The slow window says what the fast one cannot have said.
            if self.terms.slow && seen.span() < 30 * MINUTE {
                continue;
            }
            if is_due(value, group.reported, is_over) {
                found.push((sort, value, distinct.is_exact(), seen));
            }
        }
        let pairs = source.pairs.distinct.count();
        let hosts = source.groups.keys().filter(|sort| matches!(sort, Sort::Host(..))).count() as f64;
        let ports = source.groups.keys().filter(|sort| matches!(sort, Sort::Port(..))).count() as f64;
        // A block: most of the hosts were tried on most of the ports. Peers of file sharing each have a port of their own.
        let is_block =
            pairs >= self.terms.blocks && hosts >= 5.0 && ports >= 3.0 && pairs >= 0.3 * hosts * ports;
        let block = (is_block
            && source.pairs.means & (means::UDP | means::OTHER) == 0
            && is_due(pairs, source.pairs.reported, is_over))
        .then_some((pairs, hosts, ports));
        found.sort_by_key(|(sort, ..)| *sort);
        for (sort, value, exact, seen) in found {
            let group = self.sources.get(&key).and_then(|source| source.groups.get(&sort).cloned());
            let group = group.or_else(|| few.groups.get(&sort).cloned()).unwrap_or_default();
            out.push(self.finding(key, sort, value, exact, seen, &group).detection());
            if let Some(group) = self.sources.get_mut(&key).and_then(|source| source.groups.get_mut(&sort)) {
                group.reported = reported(value, is_over);
            }
        }
        if let Some((pairs, hosts, ports)) = block
            && let Some(source) = self.sources.get_mut(&key)
        {
            source.pairs.reported = reported(pairs, is_over);
            let group = source.pairs.clone();
            out.push(self.block(key, pairs, hosts, ports, &group).detection());
        }
    }

    fn threshold(&self, sort: Sort) -> f64 {
        let times = |protocol| if protocol == proto::TCP { 1.0 } else { UDP_TIMES };
        match sort {
            Sort::Host(protocol, _) => self.terms.ports * times(protocol),
            Sort::Port(proto::TCP, port) if SENSITIVE.contains(&port) => self.terms.sensitive_hosts,
            Sort::Port(protocol, _) => self.terms.hosts * times(protocol),
            Sort::Net(_) => self.terms.pinged,
        }
    }

    fn finding(
        &self,
        (window, src): (i64, u128),
        sort: Sort,
        value: f64,
        exact: bool,
        seen: Seen,
        group: &Group,
    ) -> Finding {
        let (source, within) = (ip(src), span(seen.span()));
        let threshold = self.threshold(sort);
        let how = match group.means {
            means::STEALTH => " with packets that no client begins with (FIN, NULL or Xmas)",
            means::UDP => " by UDP",
            _ => "",
        };
        let count = number(value);
        let (rule, level, entity, sentence, measure, filter, mut addresses) = match sort {
            Sort::Host(protocol_number, host) => {
                let target = ip(host);
                let many = value >= 100.0;
                let level = if group.inbound && !many { Level::Low } else { Level::Medium };
                let sentence = format!(
                    "{source} tried {count} ports of {target} that did not answer{how} within {within}; threshold {threshold}"
                );
                let name = protocol(protocol_number);
                let filter = format!("src_ip = {source} and dst_ip = {target} and protocol = {name}");
                let entity = vec![("src_ip", source.clone()), ("dst_ip", target)];
                let rule = if self.terms.slow { catalogue::SLOW_SCAN } else { catalogue::PORT_SCAN };
                (rule, level, entity, sentence, "distinct dst_port", filter, vec![src, host])
            }
            Sort::Port(protocol_number, number) => {
                let many = value >= 10.0 * threshold;
                let is_sensitive = protocol_number == proto::TCP && SENSITIVE.contains(&number);
                let level = match (group.inbound, many) {
                    (true, false) => Level::Low,
                    (false, true) if is_sensitive => Level::High,
                    _ => Level::Medium,
                };
                let (name, shown) = (protocol(protocol_number), port(protocol_number, number));
                let sentence = format!(
                    "{source} tried {name} port {shown} of {count} hosts that did not answer{how} within {within}; threshold {threshold}"
                );
                let filter = format!("src_ip = {source} and dst_port = {number} and protocol = {name}");
                let entity = vec![("src_ip", source.clone()), ("dst_port", number.to_string())];
                let rule = if self.terms.slow { catalogue::SLOW_SCAN } else { catalogue::HOST_SCAN };
                (rule, level, entity, sentence, "distinct dst_ip", filter, vec![src])
            }
            Sort::Net(net) => {
                let level = if group.inbound { Level::Low } else { Level::Medium };
                let (first, bits) = if v4(net << 8).is_some() { (net << 8, 24) } else { (net << 8, 120) };
                let network = format!("{}/{bits}", ip(first));
                let sentence = format!(
                    "{source} pinged {count} hosts of {network} within {within}; threshold {threshold}"
                );
                let filter =
                    format!("src_ip = {source} and dst_ip in {network} and protocol in (icmp, ipv6-icmp)");
                let entity = vec![("src_ip", source.clone())];
                let rule = if self.terms.slow { catalogue::SLOW_SCAN } else { catalogue::PING_SWEEP };
                (rule, level, entity, sentence, "distinct dst_ip", filter, vec![src])
            }
        };
        addresses.truncate(20);
        let mut reasons = vec![("failed attempts", format!("{count}, threshold {threshold}"), points(level))];
        if value >= 10.0 * threshold {
            reasons.push(("far over the threshold", format!("{:.0} times", value / threshold), 10.0));
        }
        if !group.inbound {
            reasons.push(("from inside", source, 10.0));
        }
        Finding {
            rule,
            level,
            entity,
            sentence,
            seen,
            window,
            measure,
            value,
            threshold,
            usual: None,
            exact,
            confidence: if value >= 2.0 * threshold { 90 } else { 70 },
            reasons,
            filter,
            addresses,
            notes: Vec::new(),
        }
    }

    fn block(
        &self,
        (window, src): (i64, u128),
        pairs: f64,
        hosts: f64,
        ports: f64,
        group: &Group,
    ) -> Finding {
        let (source, threshold) = (ip(src), self.terms.blocks);
        let level = if group.inbound { Level::Low } else { Level::Medium };
        Finding {
            rule: if self.terms.slow { catalogue::SLOW_SCAN } else { catalogue::BLOCK_SCAN },
            level,
            entity: vec![("src_ip", source.clone())],
            sentence: format!(
                "{source} tried {} pairs of host and port that did not answer ({hosts} hosts, {ports} ports) within {}; threshold {threshold}",
                number(pairs),
                span(group.seen.span())
            ),
            seen: group.seen,
            window,
            measure: "distinct dst_ip and dst_port",
            value: pairs,
            threshold,
            usual: None,
            exact: group.distinct.is_exact(),
            confidence: 85,
            reasons: vec![("failed attempts", format!("{} pairs", number(pairs)), points(level) + 5.0)],
            filter: format!("src_ip = {source} and tcp_flags has syn and tcp_flags lacks ack"),
            addresses: vec![src],
            notes: Vec::new(),
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        // Conversations come last; windows wait for them.
        let now = clock.talks;
        let pane = self.terms.pane;
        let mut over: Vec<(i64, u128)> =
            self.sources.iter().map(|(key, _)| *key).filter(|key| key.0 + pane <= now).collect();
        over.sort_unstable();
        for key in over {
            self.judge(key, true, out);
        }
        // A window is needed once more, as the earlier half of the next one.
        self.sources.retain(|key, _| key.0 + 2 * pane > now);
    }
}

/// How many attempts went to a port of a host.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Aimed(u64);

impl Weigh for Aimed {
    fn weight(&self) -> u64 {
        self.0
    }
}

/// More attempts than this at one port of one host within [`FAST`]'s window are a flood, with as many sources as it likes:
/// new ones are not remembered, or they would drive out those that scan.
const FLOODED: u64 = 2_000;

/// Port scans, host scans, block scans, ping sweeps, fast and slow.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scans {
    windows: Vec<Window>,
    aimed: Bounded<(i64, u128, u16), Aimed>,
    /// The latest window of each length that was looked through.
    looked: Vec<i64>,
}

impl Scans {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            windows: vec![Window::new(FAST, most), Window::new(SLOW, most)],
            aimed: Bounded::new(most / 2),
            looked: vec![i64::MIN; 2],
        }
    }

    fn attempt(&mut self, src: u128, attempt: &Attempt) {
        let at = pane(attempt.time, FAST.pane);
        let aimed = self.aimed.entry((at, attempt.dst, attempt.port), Aimed::default);
        aimed.0 += 1;
        let is_flooded = aimed.0 > FLOODED;
        for window in &mut self.windows {
            let key = (pane(attempt.time, window.terms.pane), src);
            if !is_flooded || window.sources.get(&key).is_some() {
                window.attempt(src, attempt);
            }
        }
    }
}

/// An ACK out of nowhere that was answered by RST: it asks what a firewall lets through.
fn is_ack_probe(talk: &Talk) -> bool {
    talk.up.flags == flag::ACK && talk.up.packets <= 2 && talk.down.flags & !flag::ACK == flag::RST
}

fn is_bare(talk: &Talk) -> bool {
    talk.up.flags & (flag::SYN | flag::ACK) == flag::SYN
}

impl Analytic for Scans {
    fn flows(&mut self, flows: &[Flow], out: &mut Vec<Detection>) {
        for flow in flows {
            let means = match flow {
                _ if flow.src_role.has(Role::SCANNER) || is_group(flow.dst) => continue,
                _ if flow.is_bare_syn() => means::SYN,
                _ if flow.is_stealth() => means::STEALTH,
                _ if flow.is_echo_request() => means::PING,
                _ => continue,
            };
            let attempt = Attempt {
                dst: flow.dst,
                port: if means == means::PING { 0 } else { flow.dst_port },
                protocol: flow.protocol,
                means,
                time: flow.time,
                sampling: flow.sampling,
                inbound: flow.way.inbound(),
            };
            self.attempt(flow.src, &attempt);
        }
        self.windows.iter_mut().for_each(|window| window.look(out));
    }

    fn talks(&mut self, talks: &[Talk], out: &mut Vec<Detection>) {
        for talk in talks {
            if talk.client_role.has(Role::SCANNER) || is_group(talk.server) {
                continue;
            }
            let means = match talk.protocol {
                proto::UDP => means::UDP,
                proto::TCP if is_ack_probe(talk) => means::STEALTH,
                // Bare SYNs were counted as they came. A sampled session may look as if it had had no answer.
                proto::TCP if talk.opened && !is_bare(talk) && talk.sampling == 1 => means::OTHER,
                _ => continue,
            };
            if talk.answer == Answer::Yes && means != means::STEALTH {
                if means == means::UDP {
                    self.windows.iter_mut().for_each(|window| window.answered_udp(talk.client, talk.end));
                }
                continue;
            }
            // More packets than retries are a stream that goes one way, not an attempt.
            if talk.up.packets > 4 || talk.up.packets == 0 || TRACEROUTE.contains(&talk.server_port) {
                continue;
            }
            let attempt = Attempt {
                dst: talk.server,
                port: talk.server_port,
                protocol: talk.protocol,
                means,
                time: talk.end,
                sampling: talk.sampling,
                inbound: talk.way.inbound(),
            };
            self.attempt(talk.client, &attempt);
        }
        self.windows.iter_mut().for_each(|window| window.look(out));
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        if self.looked[0] < pane(clock.talks, FAST.pane) {
            self.aimed.retain(|key, _| key.0 + FAST.pane > clock.talks);
        }
        for (window, looked) in self.windows.iter_mut().zip(&mut self.looked) {
            // Nothing is over until the next window begins.
            let current = pane(clock.talks, window.terms.pane);
            if *looked < current {
                *looked = current;
                window.advance(clock, out);
            }
        }
    }

    fn memory(&self) -> usize {
        self.aimed.memory() + self.windows.iter().map(|window| window.sources.memory()).sum::<usize>()
    }

    fn evicted(&self) -> u64 {
        self.windows.iter().map(|window| window.sources.evicted()).sum()
    }

    saved_whole!();
}
