//! Slow connections: one client that holds many nearly empty connections to one port, until the server has none left.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::finding::{Finding, MINUTE, Seen, ip, is_due, number, pane, points, port, reported, span};
use super::rows::{Role, proto};
use super::talk::{Answer, Talk};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

const PANE: i64 = 5 * MINUTE;

/// A browser holds six, a proxy some dozens (slowhttptest begins with 50).
const CONNECTIONS: f64 = 50.0;

/// So long, in seconds, and with so few bytes a second: somebody keeps them open on purpose.
const LONG: f64 = 20.0;
const BYTES_PER_SECOND: f64 = 100.0;

/// Clients of a proxy hold a connection for each site; nothing is meant by it.
const PROXIES: [u16; 5] = [1080, 3128, 8080, 8118, 8888];

/// Connections that are remembered of a pair and window.
const REMEMBERED: usize = 512;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Held {
    seen: Seen,
    spans: Vec<(i64, i64)>,
    reported: f64,
}

impl Weigh for Held {
    fn weight(&self) -> u64 {
        self.seen.flows
    }

    fn heap(&self) -> usize {
        self.spans.capacity() * size_of::<(i64, i64)>()
    }
}

impl Held {
    /// How many were open at the same time.
    fn at_once(&self) -> usize {
        let mut edges: Vec<(i64, i32)> =
            self.spans.iter().flat_map(|span| [(span.0, 1), (span.1, -1)]).collect();
        edges.sort_unstable();
        let (mut open, mut most) = (0, 0);
        for (_, change) in edges {
            open += change;
            most = most.max(open);
        }
        most.unsigned_abs() as usize
    }
}

type Key = (i64, (u128, u128, u16));

/// Connections that are held open.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Slow {
    held: Bounded<Key, Held>,
    decided: i64,
}

impl Slow {
    pub(crate) fn new(most: usize) -> Self {
        Self { held: Bounded::new(most), decided: i64::MIN }
    }

    fn judge(&mut self, key: Key, is_over: bool, out: &mut Vec<Detection>) {
        let Some(held) = self.held.get_mut(&key) else { return };
        let value = held.at_once() as f64;
        if value < CONNECTIONS || !is_due(value, held.reported, is_over) {
            return;
        }
        held.reported = reported(value, is_over);
        let (window, (client, server, server_port)) = key;
        let (source, target) = (ip(client), ip(server));
        out.push(
            Finding {
                rule: catalogue::SLOW_CONNECTIONS,
                level: Level::Medium,
                entity: vec![
                    ("src_ip", source.clone()),
                    ("dst_ip", target.clone()),
                    ("dst_port", server_port.to_string()),
                ],
                sentence: format!(
                    "{source} held {} nearly empty connections at once to port {} of {target}, for {}; threshold {CONNECTIONS}",
                    number(value),
                    port(proto::TCP, server_port),
                    span(held.seen.span())
                ),
                seen: held.seen,
                window,
                measure: "connections at once",
                value,
                threshold: CONNECTIONS,
                usual: None,
                exact: true,
                confidence: 65,
                reasons: vec![(
                    "long and nearly empty",
                    format!("{} connections", number(value)),
                    points(Level::Medium) + 10.0,
                )],
                filter: format!(
                    "src_ip = {source} and dst_ip = {target} and dst_port = {server_port} and duration >= {LONG}s"
                ),
                addresses: vec![client, server],
                notes: Vec::new(),
            }
            .detection(),
        );
    }
}

impl Analytic for Slow {
    fn talks(&mut self, talks: &[Talk], out: &mut Vec<Detection>) {
        let mut touched = Vec::new();
        for talk in talks {
            let is_slow = talk.protocol == proto::TCP
                && talk.answer == Answer::Yes
                && talk.way.dst_internal
                && !PROXIES.contains(&talk.server_port)
                && talk.seconds() >= LONG
                && ((talk.up.bytes + talk.down.bytes) as f64) < BYTES_PER_SECOND * talk.seconds();
            if is_slow && !talk.client_role.has(Role::SERVER) {
                let key = (pane(talk.end, PANE), (talk.client, talk.server, talk.server_port));
                let held = self.held.entry(key, Held::default);
                held.seen.add(talk.start, talk.end, talk.sampling);
                if held.spans.len() < REMEMBERED {
                    held.spans.push((talk.start, talk.end));
                }
                touched.push(key);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            self.judge(key, false, out);
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        if self.decided >= pane(clock.talks, PANE) {
            return;
        }
        self.decided = pane(clock.talks, PANE);
        let mut over: Vec<Key> =
            self.held.iter().map(|(key, _)| *key).filter(|key| key.0 + PANE <= clock.talks).collect();
        over.sort_unstable();
        for key in over {
            self.judge(key, true, out);
        }
        self.held.retain(|key, _| key.0 + PANE > clock.talks);
    }

    fn memory(&self) -> usize {
        self.held.memory()
    }

    fn evicted(&self) -> u64 {
        self.held.evicted()
    }

    saved_whole!();
}
