//! Password guessing: many short sessions that look alike, at a port where one logs in.
//!
//! A session is not a guess (several fit into one), so that sessions count, their size and their likeness. Numbers are
//! those of Slips (9 sessions; more than 4,290 bytes from an SSH server say that somebody got in) and Emerging Threats
//! (mail). What looks different afterwards, a long or large session of the same pair, says that a guess was right.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::distinct::{Distinct, hash};
use super::finding::{Finding, MINUTE, Seen, bytes, ip, number, pane, points, port, span};
use super::rows::{Role, proto};
use super::talk::{Answer, Talk};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

const PANE: i64 = 10 * MINUTE;

/// Sources that guess at one server together, and servers that one source guesses at.
const SOURCES: f64 = 20.0;
const SERVERS: f64 = 10.0;

/// What of a service's sessions is a failed login.
struct Service {
    port: u16,
    /// Sessions of a pair.
    sessions: u64,
    /// At most so many bytes from the server.
    down: u64,
}

/// Mail is fetched every minute and databases are asked in short sessions: they need more.
const SERVICES: [Service; 16] = [
    Service { port: 21, sessions: 10, down: 4_000 },
    Service { port: 22, sessions: 9, down: 4_800 },
    Service { port: 2222, sessions: 9, down: 4_800 },
    Service { port: 23, sessions: 9, down: 4_000 },
    Service { port: 2323, sessions: 9, down: 4_000 },
    Service { port: 3389, sessions: 9, down: 8_000 },
    Service { port: 5900, sessions: 9, down: 4_000 },
    Service { port: 5901, sessions: 9, down: 4_000 },
    Service { port: 445, sessions: 20, down: 8_000 },
    Service { port: 110, sessions: 30, down: 4_000 },
    Service { port: 143, sessions: 30, down: 4_000 },
    Service { port: 993, sessions: 60, down: 8_000 },
    Service { port: 995, sessions: 60, down: 8_000 },
    Service { port: 1433, sessions: 100, down: 4_000 },
    Service { port: 3306, sessions: 100, down: 4_000 },
    Service { port: 5432, sessions: 100, down: 4_000 },
];

/// Guesses are as long as each other: the deviation of their sizes is at most so much of their mean.
const SPREAD: f64 = 0.5;

/// A session that took so long, or carried so much more than a guess, is somebody at work.
const WORK_SECONDS: f64 = 60.0;
const WORK_BYTES: f64 = 5.0;

type Pair = (u128, u128, u16);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Sessions {
    seen: Seen,
    /// Sum and sum of squares of the bytes of short sessions.
    bytes: (f64, f64),
    /// The session that does not look like a guess: when it began, seconds, bytes.
    work: Option<(i64, f64, f64)>,
    inbound: bool,
    reported: (f64, bool),
}

impl Weigh for Sessions {
    fn weight(&self) -> u64 {
        self.seen.flows
    }
}

impl Sessions {
    fn spread(&self) -> f64 {
        let n = self.seen.flows as f64;
        let mean = self.bytes.0 / n;
        ((self.bytes.1 / n - mean * mean).max(0.0)).sqrt() / mean.max(1.0)
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Many {
    others: Distinct,
    seen: Seen,
    inbound: bool,
    reported: f64,
}

impl Weigh for Many {
    fn weight(&self) -> u64 {
        self.others.count() as u64
    }

    fn heap(&self) -> usize {
        self.others.heap()
    }
}

impl Many {
    fn add(&mut self, other: u128, talk: &Talk) {
        self.others.insert(hash(other, 3));
        self.seen.add(talk.start, talk.end, talk.sampling);
        self.inbound |= talk.way.inbound();
    }
}

/// Guessing by a pair, by many sources at one server, by one source at many servers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Guessing {
    pairs: Bounded<(i64, Pair), Sessions>,
    servers: Bounded<(i64, (u128, u16)), Many>,
    clients: Bounded<(i64, (u128, u16)), Many>,
    decided: i64,
}

fn service(port: u16) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.port == port)
}

impl Guessing {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            pairs: Bounded::new(most),
            servers: Bounded::new(most / 4),
            clients: Bounded::new(most / 4),
            decided: i64::MIN,
        }
    }

    fn take(&mut self, talk: &Talk) -> Option<(i64, Pair)> {
        let service = service(talk.server_port)?;
        if talk.protocol != proto::TCP
            || talk.answer != Answer::Yes
            || !talk.opened
            || talk.client_role.has(Role::SCANNER)
        {
            return None;
        }
        // Half-open probes carry nothing: scans are told of elsewhere.
        if talk.up.packets < 3 || talk.down.packets < 2 {
            return None;
        }
        let at = pane(talk.end, PANE);
        let key = (at, (talk.client, talk.server, talk.server_port));
        let size = (talk.up.bytes + talk.down.bytes) as f64;
        let is_guess = talk.down.bytes <= service.down && talk.seconds() <= WORK_SECONDS;
        let sessions = self.pairs.entry(key, Sessions::default);
        if is_guess {
            sessions.seen.add(talk.start, talk.end, talk.sampling);
            sessions.bytes.0 += size;
            sessions.bytes.1 += size * size;
            sessions.inbound |= talk.way.inbound();
            self.servers.entry((at, (talk.server, talk.server_port)), Many::default).add(talk.client, talk);
            if !talk.client_role.has(Role::MONITOR) && !talk.client_role.has(Role::ADMIN) {
                self.clients
                    .entry((at, (talk.client, talk.server_port)), Many::default)
                    .add(talk.server, talk);
            }
        } else {
            let work = (talk.start, talk.seconds(), size);
            if sessions.work.is_none_or(|other| other.2 < size) {
                sessions.work = Some(work);
            }
        }
        Some(key)
    }

    fn judge_pair(&mut self, key: (i64, Pair), out: &mut Vec<Detection>) {
        let (window, pair) = key;
        let Some(service) = service(pair.2) else { return };
        let earlier = self.pairs.get(&(window - PANE, pair));
        let Some(sessions) = self.pairs.get(&key) else { return };
        let mut all = Sessions { seen: sessions.seen, bytes: sessions.bytes, ..Sessions::default() };
        if let Some(earlier) = earlier {
            all.seen.merge(&earlier.seen);
            all.bytes.0 += earlier.bytes.0;
            all.bytes.1 += earlier.bytes.1;
        }
        let value = all.seen.flows as f64;
        if all.seen.flows < service.sessions || all.spread() > SPREAD {
            return;
        }
        let mean = all.bytes.0 / value;
        let works = [sessions.work, earlier.and_then(|earlier| earlier.work)];
        let work = works
            .into_iter()
            .flatten()
            .find(|work| work.0 > all.seen.first && (work.1 >= WORK_SECONDS || work.2 >= WORK_BYTES * mean));
        let (reported, was_success) = sessions.reported;
        if value <= reported && work.is_some() == was_success {
            return;
        }
        let inbound = sessions.inbound;
        if let Some(sessions) = self.pairs.get_mut(&key) {
            sessions.reported = (value, work.is_some());
        }
        out.push(pair_finding(key, service, &all, work, inbound).detection());
    }

    fn judge_many(&mut self, at: i64, out: &mut Vec<Detection>) {
        for (is_server, many) in [(true, &mut self.servers), (false, &mut self.clients)] {
            let threshold = if is_server { SOURCES } else { SERVERS };
            let mut due: Vec<(i64, (u128, u16))> = many
                .iter()
                .filter(|(key, many)| {
                    let count = many.others.count();
                    key.0 + PANE <= at && count >= threshold && count > many.reported
                })
                .map(|(key, _)| *key)
                .collect();
            due.sort_unstable();
            for key in due {
                if let Some(group) = many.get_mut(&key) {
                    group.reported = group.others.count();
                    out.push(many_finding(key, is_server, group).detection());
                }
            }
        }
    }
}

fn pair_finding(
    (window, (client, server, server_port)): (i64, Pair),
    service: &Service,
    all: &Sessions,
    work: Option<(i64, f64, f64)>,
    inbound: bool,
) -> Finding {
    let (source, target, name) = (ip(client), ip(server), port(proto::TCP, server_port));
    let value = all.seen.flows as f64;
    let mean = all.bytes.0 / value;
    let level = if work.is_some() { Level::High } else { Level::Medium };
    let success = work.map_or_else(String::new, |(_, seconds, size)| {
        format!("; then one of {} and {} that looks like success", span((seconds * 1e9) as i64), bytes(size))
    });
    let mut reasons = vec![
        (
            "many sessions",
            format!("{} sessions, threshold {}", number(value), service.sessions),
            points(level),
        ),
        ("alike", format!("about {} each, ± {:.0} %", bytes(mean), all.spread() * 100.0), 10.0),
    ];
    if work.is_some() {
        reasons.push(("then one long session", success.trim_start_matches("; ").to_owned(), 15.0));
    }
    if inbound {
        reasons.push(("from outside", source.clone(), 5.0));
    }
    Finding {
        rule: catalogue::GUESSING,
        level,
        entity: vec![
            ("src_ip", source.clone()),
            ("dst_ip", target.clone()),
            ("dst_port", server_port.to_string()),
        ],
        sentence: format!(
            "{source} opened {} short sessions that look alike to port {name} of {target} within {}; threshold {}{success}",
            number(value),
            span(all.seen.span()),
            service.sessions
        ),
        seen: all.seen,
        window,
        measure: "short sessions",
        value,
        threshold: service.sessions as f64,
        usual: None,
        exact: true,
        confidence: if value >= 2.0 * service.sessions as f64 { 85 } else { 70 },
        reasons,
        filter: format!("src_ip = {source} and dst_ip = {target} and dst_port = {server_port}"),
        addresses: vec![client, server],
        notes: Vec::new(),
    }
}

fn many_finding(
    (window, (address, server_port)): (i64, (u128, u16)),
    is_server: bool,
    group: &Many,
) -> Finding {
    let (one, name) = (ip(address), port(proto::TCP, server_port));
    let value = group.others.count();
    let (threshold, count, within) =
        (if is_server { SOURCES } else { SERVERS }, number(value), span(group.seen.span()));
    // Every server on the Internet is guessed at by somebody all the time.
    let level = if is_server && group.inbound && value < 10.0 * SOURCES { Level::Low } else { Level::Medium };
    let (rule, sentence, side, measure) = if is_server {
        let text = format!(
            "{count} sources opened short sessions to port {name} of {one} within {within}; threshold {threshold}"
        );
        (catalogue::DISTRIBUTED_GUESSING, text, "dst_ip", "distinct src_ip")
    } else {
        let text = format!(
            "{one} opened short sessions to port {name} of {count} hosts within {within}; threshold {threshold}"
        );
        (catalogue::SPRAYING, text, "src_ip", "distinct dst_ip")
    };
    Finding {
        rule,
        level,
        entity: vec![(side, one.clone()), ("dst_port", server_port.to_string())],
        sentence,
        seen: group.seen,
        window,
        measure,
        value,
        threshold,
        usual: None,
        exact: group.others.is_exact(),
        confidence: 60,
        reasons: vec![("many at once", format!("{count}, threshold {threshold}"), points(level))],
        filter: format!("{side} = {one} and dst_port = {server_port}"),
        addresses: vec![address],
        notes: Vec::new(),
    }
}

impl Analytic for Guessing {
    fn talks(&mut self, talks: &[Talk], out: &mut Vec<Detection>) {
        let mut touched: Vec<(i64, Pair)> = talks.iter().filter_map(|talk| self.take(talk)).collect();
        // What a late session adds to its window counts in the next one too.
        let next: Vec<(i64, Pair)> = touched.iter().map(|(at, pair)| (at + PANE, *pair)).collect();
        touched.extend(next);
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            self.judge_pair(key, out);
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let current = pane(clock.talks, PANE);
        if self.decided >= current {
            return;
        }
        self.decided = current;
        self.judge_many(clock.talks, out);
        self.pairs.retain(|key, _| key.0 + 2 * PANE > clock.talks);
        self.servers.retain(|key, _| key.0 + PANE > clock.talks);
        self.clients.retain(|key, _| key.0 + PANE > clock.talks);
    }

    fn memory(&self) -> usize {
        self.pairs.memory() + self.servers.memory() + self.clients.memory()
    }

    fn evicted(&self) -> u64 {
        self.pairs.evicted() + self.servers.evicted() + self.clients.evicted()
    }

    saved_whole!();
}
