//! Tunnels: data in echo packets, and in names that are asked for.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::finding::{Finding, MINUTE, Seen, bytes, ip, is_due, number, pane, points, reported, span};
use super::rows::{Flow, Role, is_group, proto};
use super::talk::Talk;
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

const PANE: i64 = 10 * MINUTE;

/// Echo packets of programs have 56 or 32 bytes of data. Elastic's bound, and enough of them to carry something.
const ECHO_BYTES: f64 = 256.0;
const ECHO_PACKETS: f64 = 20.0;

/// An echo brings back what was sent: sizes that differ by so much carry something else.
const ECHO_DIFFERENCE: f64 = 0.2;

/// Queries on one socket: resolvers and libraries take a new port for each, tunnels do not.
const ON_ONE_SOCKET: u64 = 100;
/// An ordinary query is 60 to 75 bytes with its IP header; with all options that are in use, up to 100.
const QUERY_BYTES: f64 = 80.0;
/// On many sockets only long names tell: no network's names are so long on average.
const LONG_QUERY_BYTES: f64 = 130.0;
const LONG_QUERIES: f64 = 100.0;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Echo {
    /// From the lower address, and from the higher.
    packets: [f64; 2],
    bytes: [f64; 2],
    seen: Seen,
    outside: bool,
    reported: f64,
}

impl Weigh for Echo {
    fn weight(&self) -> u64 {
        (self.bytes[0] + self.bytes[1]) as u64
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Names {
    queries: f64,
    up: f64,
    down: f64,
    /// The same of conversations with many queries on one socket.
    steady: (f64, f64),
    seen: Seen,
    reported: f64,
}

impl Weigh for Names {
    fn weight(&self) -> u64 {
        self.up as u64
    }
}

/// ICMP and DNS tunnels.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tunnels {
    echoes: Bounded<(i64, u128, u128), Echo>,
    names: Bounded<(i64, u128, u128), Names>,
    decided: i64,
    decided_names: i64,
}

impl Tunnels {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            echoes: Bounded::new(most),
            names: Bounded::new(most),
            decided: i64::MIN,
            decided_names: i64::MIN,
        }
    }

    fn judge_echo(&mut self, key: (i64, u128, u128), is_over: bool, out: &mut Vec<Detection>) {
        let Some(echo) = self.echoes.get_mut(&key) else { return };
        let packets = echo.packets[0] + echo.packets[1];
        let volume = echo.bytes[0] + echo.bytes[1];
        let mean = volume / packets.max(1.0);
        let both = echo.packets.iter().all(|count| *count * 10.0 >= packets);
        let means = [0, 1].map(|side| echo.bytes[side] / echo.packets[side].max(1.0));
        let differs = (means[0] - means[1]).abs() >= ECHO_DIFFERENCE * means[0].max(means[1])
            && echo.packets.iter().all(|count| *count >= ECHO_PACKETS);
        if packets < ECHO_PACKETS
            || !both
            || !(mean >= ECHO_BYTES || differs && is_over)
            || !is_due(packets, echo.reported, is_over)
        {
            return;
        }
        echo.reported = reported(packets, is_over);
        let (window, low, high) = key;
        let (one, other) = (ip(low), ip(high));
        let level = if echo.outside { Level::Medium } else { Level::Low };
        let is_six = super::rows::v4(low).is_none();
        out.push(
            Finding {
                rule: catalogue::ICMP_TUNNEL,
                level,
                entity: vec![("src_ip", one.clone()), ("dst_ip", other.clone())],
                sentence: format!(
                    "{one} and {other} exchanged {} echo packets of {:.0} and {:.0} bytes within {}; thresholds {ECHO_PACKETS} packets of {ECHO_BYTES} bytes or a difference of 20 %, usual 84 bytes both ways",
                    number(packets),
                    means[0],
                    means[1],
                    span(echo.seen.span())
                ),
                seen: echo.seen,
                window,
                measure: "bytes per packet",
                value: mean,
                threshold: ECHO_BYTES,
                usual: Some(84.0),
                exact: true,
                confidence: 70,
                reasons: vec![
                    ("echo packets that are no ping's", format!("{:.0} and {:.0} bytes", means[0], means[1]), points(level)),
                    ("data both ways", format!("{} and {}", bytes(echo.bytes[0]), bytes(echo.bytes[1])), 15.0),
                ],
                filter: format!(
                    "ip = {one} and ip = {other} and protocol = {}",
                    if is_six { "ipv6-icmp" } else { "icmp" }
                ),
                addresses: vec![low, high],
                notes: Vec::new(),
            }
            .detection(),
        );
    }

    fn judge_names(&mut self, key: (i64, u128, u128), out: &mut Vec<Detection>) {
        let Some(names) = self.names.get_mut(&key) else { return };
        let (queries, up) = names.steady;
        let (is_steady, mean) = (queries >= ON_ONE_SOCKET as f64, up / queries.max(1.0));
        let all = names.up / names.queries.max(1.0);
        let is_long = names.queries >= LONG_QUERIES && all >= LONG_QUERY_BYTES;
        if !(is_steady && mean >= QUERY_BYTES || is_long) || names.queries <= names.reported {
            return;
        }
        names.reported = names.queries;
        let (window, client, server) = key;
        let (source, target) = (ip(client), ip(server));
        let (count, mean, threshold) =
            if is_long { (names.queries, all, LONG_QUERY_BYTES) } else { (queries, mean, QUERY_BYTES) };
        let mut reasons =
            vec![("large queries", format!("{mean:.0} bytes, usual 60 to 75"), points(Level::Medium))];
        if is_steady {
            reasons.push(("on one socket", format!("{} queries", number(queries)), 15.0));
        }
        reasons.push(("volume", format!("{} asked, {} answered", bytes(names.up), bytes(names.down)), 5.0));
        out.push(
            Finding {
                rule: catalogue::DNS_TUNNEL,
                level: Level::Medium,
                entity: vec![("src_ip", source.clone()), ("dst_ip", target.clone())],
                sentence: format!(
                    "{source} sent {target} {} DNS queries of {mean:.0} bytes within {} and got {} back; threshold {threshold} bytes, usual 60 to 75",
                    number(count),
                    span(names.seen.span()),
                    bytes(names.down)
                ),
                seen: names.seen,
                window,
                measure: "bytes per query",
                value: mean,
                threshold,
                usual: Some(70.0),
                exact: true,
                confidence: 65,
                reasons,
                filter: format!("src_ip = {source} and dst_ip = {target} and dst_port = 53"),
                addresses: vec![client, server],
                notes: Vec::new(),
            }
            .detection(),
        );
    }
}

impl Analytic for Tunnels {
    fn flows(&mut self, flows: &[Flow], out: &mut Vec<Detection>) {
        let mut touched = Vec::new();
        for flow in flows.iter().filter(|flow| flow.is_icmp() && !is_group(flow.dst)) {
            // Echo and its answer; unreachable and the like are no conversation.
            if !matches!(flow.icmp_type, Some(0 | 8 | 128 | 129)) || flow.src_role.has(Role::MONITOR) {
                continue;
            }
            let from = usize::from(flow.src > flow.dst);
            let key = (pane(flow.time, PANE), flow.src.min(flow.dst), flow.src.max(flow.dst));
            let echo = self.echoes.entry(key, Echo::default);
            echo.packets[from] += flow.scaled_packets();
            echo.bytes[from] += flow.scaled_bytes();
            echo.seen.add_flow(flow);
            echo.outside |= !flow.way.internal();
            touched.push(key);
        }
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            self.judge_echo(key, false, out);
        }
    }

    fn talks(&mut self, talks: &[Talk], _: &mut Vec<Detection>) {
        for talk in talks {
            if talk.server_port != 53
                || talk.protocol != proto::UDP
                || talk.client_port == 53
                || talk.down.packets == 0
            {
                continue;
            }
            let rate = f64::from(talk.sampling);
            let key = (pane(talk.end, PANE), talk.client, talk.server);
            let names = self.names.entry(key, Names::default);
            let (queries, up) = (talk.up.packets as f64 * rate, talk.up.bytes as f64 * rate);
            names.queries += queries;
            names.up += up;
            names.down += talk.down.bytes as f64 * rate;
            names.seen.add(talk.start, talk.end, talk.sampling);
            if talk.up.packets >= ON_ONE_SOCKET / 4 {
                names.steady.0 += queries;
                names.steady.1 += up;
            }
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let current = pane(clock.flows, PANE);
        if self.decided < current {
            self.decided = current;
            let mut over: Vec<_> =
                self.echoes.iter().map(|(key, _)| *key).filter(|key| key.0 + PANE <= clock.flows).collect();
            over.sort_unstable();
            for key in over {
                self.judge_echo(key, true, out);
            }
            self.echoes.retain(|key, _| key.0 + PANE > clock.flows);
        }
        let current = pane(clock.talks, PANE);
        if self.decided_names < current {
            self.decided_names = current;
            let mut over: Vec<_> =
                self.names.iter().map(|(key, _)| *key).filter(|key| key.0 + PANE <= clock.talks).collect();
            over.sort_unstable();
            for key in over {
                self.judge_names(key, out);
            }
            self.names.retain(|key, _| key.0 + PANE > clock.talks);
        }
    }

    fn memory(&self) -> usize {
        self.echoes.memory() + self.names.memory()
    }

    fn evicted(&self) -> u64 {
        self.echoes.evicted() + self.names.evicted()
    }

    saved_whole!();
}
