//! Lateral movement: sessions that run programs on another host of one's own, and one host that opens them everywhere.
//!
//! What a session does is not seen, but which services it takes: Windows Remote Management; the endpoint mapper and then a
//! dynamic port (DCOM, WMI, service control); a file share that is written to on a host that hardly anybody uses. A domain
//! controller is asked by everybody and does not count. It is a lead; on a pair of hosts that never did so in the time of
//! learning it is an alert.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::distinct::{Distinct, hash};
use super::finding::{DAY, Finding, HOUR, MINUTE, Seen, bytes, ip, number, pane, points, span};
use super::learning::Learning;
use super::rows::{Role, proto};
use super::talk::{Answer, Talk};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

const PANE: i64 = 30 * MINUTE;
/// A pair that did nothing of the kind for so long is new again.
const FORGOTTEN: i64 = 28 * DAY;

/// Hosts that one source opens sessions at within an hour.
const FANOUT: f64 = 10.0;

/// Bytes written to a share: a program, not a login.
const WRITTEN: u64 = 50_000;

/// Clients that make a host a file server.
const FEW_CLIENTS: f64 = 3.0;

/// The first port that Windows gives to services that ask for any.
const DYNAMIC: u16 = 49_152;

/// Services of an administrator.
const ADMIN_PORTS: [u16; 9] = [22, 23, 135, 139, 445, 3389, 5900, 5985, 5986];

mod used {
    pub(super) const MAPPER: u8 = 1;
    pub(super) const DYNAMIC: u8 = 2;
    pub(super) const SHARE: u8 = 4;
    pub(super) const WRITTEN: u8 = 8;
    pub(super) const WINRM: u8 = 16;
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Pair {
    used: u8,
    written: u64,
    seen: Seen,
    reported: u8,
    is_new: bool,
}

impl Weigh for Pair {
    fn weight(&self) -> u64 {
        u64::from(self.used.count_ones())
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Host {
    /// Who uses its shares.
    clients: Distinct,
    /// It serves Kerberos or LDAP.
    is_controller: bool,
    last: i64,
}

impl Weigh for Host {
    fn weight(&self) -> u64 {
        u64::from(self.is_controller) * 1_000 + self.clients.count() as u64
    }

    fn heap(&self) -> usize {
        self.clients.heap()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Source {
    hosts: Distinct,
    shown: Vec<u128>,
    seen: Seen,
    reported: f64,
}

impl Weigh for Source {
    fn weight(&self) -> u64 {
        self.hosts.count() as u64
    }

    fn heap(&self) -> usize {
        self.hosts.heap() + self.shown.capacity() * size_of::<u128>()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Edge {
    last: i64,
}

impl Weigh for Edge {
    fn weight(&self) -> u64 {
        (self.last / HOUR) as u64
    }
}

/// Remote administration and its fan-out.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Lateral {
    pairs: Bounded<(i64, (u128, u128)), Pair>,
    hosts: Bounded<u128, Host>,
    sources: Bounded<(i64, u128), Source>,
    /// Pairs of which one administered the other before.
    edges: Bounded<(u128, u128), Edge>,
    learning: Learning,
    decided: i64,
}

impl Lateral {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            pairs: Bounded::new(most),
            hosts: Bounded::new(most),
            sources: Bounded::new(most / 4),
            edges: Bounded::new(most),
            learning: Learning::new(),
            decided: i64::MIN,
        }
    }

    fn take(&mut self, talk: &Talk) {
        if talk.protocol != proto::TCP || talk.answer != Answer::Yes || !talk.way.internal() {
            return;
        }
        let host = self.hosts.entry(talk.server, Host::default);
        host.last = host.last.max(talk.end);
        match talk.server_port {
            88 | 389 | 636 | 3268 => host.is_controller = true,
            139 | 445 => {
                host.clients.insert(hash(talk.client, 10));
            }
            _ => {}
        }
        let mut used = match talk.server_port {
            135 => used::MAPPER,
            139 | 445 => used::SHARE,
            5985 | 5986 => used::WINRM,
            number if number >= DYNAMIC => used::DYNAMIC,
            _ => 0,
        };
        if used == used::SHARE && talk.up.bytes >= WRITTEN {
            used |= used::WRITTEN;
        }
        if used != 0 {
            let pair = self.pairs.entry((pane(talk.end, PANE), (talk.client, talk.server)), Pair::default);
            pair.used |= used;
            pair.is_new = true;
            if used & used::SHARE != 0 {
                pair.written += talk.up.bytes;
            }
            // Dynamic ports alone are anything: they count beside the mapper only.
            pair.seen.add(talk.start, talk.end, talk.sampling);
        }
        let is_session = talk.up.packets >= 4 && talk.down.packets >= 3;
        let is_expected = talk.client_role.has(Role::ADMIN)
            || talk.client_role.has(Role::MONITOR)
            || talk.client_role.has(Role::SCANNER)
            || talk.client_role.has(Role::SERVER);
        if ADMIN_PORTS.contains(&talk.server_port) && is_session && !is_expected {
            let source = self.sources.entry((pane(talk.end, 2 * PANE), talk.client), Source::default);
            if source.hosts.insert(hash(talk.server, 11)) && source.shown.len() < 19 {
                source.shown.push(talk.server);
            }
            source.seen.add(talk.start, talk.end, talk.sampling);
        }
    }

    fn judge(&mut self, key: (i64, (u128, u128)), out: &mut Vec<Detection>) {
        let (window, (client, server)) = key;
        let host = self.hosts.get(&server);
        let is_controller = host.is_some_and(|host| host.is_controller);
        let clients = host.map_or(0.0, |host| host.clients.count());
        let Some(pair) = self.pairs.get_mut(&key) else { return };
        pair.is_new = false;
        let has = |what: u8| pair.used & what == what;
        let mut reasons = Vec::new();
        if has(used::WINRM) {
            reasons.push(("Windows Remote Management", "port 5985 or 5986".to_owned(), 25.0));
        }
        if has(used::MAPPER | used::DYNAMIC) && !is_controller {
            reasons.push((
                "endpoint mapper, then a dynamic port",
                "port 135 and above 49151".to_owned(),
                20.0,
            ));
        }
        if has(used::SHARE | used::WRITTEN) && !is_controller && clients < FEW_CLIENTS {
            reasons.push((
                "a share that hardly anybody uses was written to",
                bytes(pair.written as f64),
                20.0,
            ));
        }
        let now_used = pair.used;
        if reasons.is_empty() || pair.reported == now_used {
            return;
        }
        pair.reported = now_used;
        let seen = pair.seen;
        let is_known = self.edges.get(&(client, server)).is_some();
        self.edges.entry((client, server), || Edge { last: seen.last }).last = seen.last;
        let is_learnt = self.learning.ended().is_some_and(|ended| seen.first >= ended);
        if is_known && is_learnt {
            return;
        }
        let level = if is_learnt { Level::Medium } else { Level::Low };
        if is_learnt {
            reasons.push((
                "never before",
                format!("in {}", span(seen.first.saturating_sub(self.learning.since()))),
                25.0,
            ));
        }
        let (source, target) = (ip(client), ip(server));
        let what: Vec<&str> = reasons.iter().map(|(name, ..)| *name).collect();
        let score: f64 = reasons.iter().map(|(.., points)| points).sum();
        out.push(
            Finding {
                rule: catalogue::REMOTE_ADMIN,
                level,
                entity: vec![("src_ip", source.clone()), ("dst_ip", target.clone())],
                sentence: format!(
                    "{source} took services of {target} that run programs there, within {}: {}",
                    span(seen.span()),
                    what.join("; ")
                ),
                seen,
                window,
                measure: "score",
                value: score,
                threshold: 20.0,
                usual: None,
                exact: true,
                confidence: if is_learnt { 65 } else { 40 },
                reasons,
                filter: format!(
                    "src_ip = {source} and dst_ip = {target} and protocol = tcp and (dst_port in (135, 139, 445, 5985, 5986) or dst_port >= {DYNAMIC})"
                ),
                addresses: vec![client, server],
                notes: if is_learnt {
                    Vec::new()
                } else {
                    vec!["still learning who administers whom".to_owned()]
                },
            }
            .detection(),
        );
    }

    fn judge_source(&mut self, key: (i64, u128), out: &mut Vec<Detection>) {
        let Some(source) = self.sources.get_mut(&key) else { return };
        let count = source.hosts.count();
        if count < FANOUT || count <= source.reported {
            return;
        }
        source.reported = count;
        let (window, client) = key;
        let one = ip(client);
        let ports: Vec<String> = ADMIN_PORTS.iter().map(u16::to_string).collect();
        out.push(
            Finding {
                rule: catalogue::ADMIN_FANOUT,
                level: Level::Medium,
                entity: vec![("src_ip", one.clone())],
                sentence: format!(
                    "{one} opened sessions of administration at {} hosts within {}; threshold {FANOUT}",
                    number(count),
                    span(source.seen.span())
                ),
                seen: source.seen,
                window,
                measure: "distinct dst_ip",
                value: count,
                threshold: FANOUT,
                usual: None,
                exact: source.hosts.is_exact(),
                confidence: 60,
                reasons: vec![(
                    "hosts",
                    format!("{}, threshold {FANOUT}", number(count)),
                    points(Level::Medium) + 10.0,
                )],
                filter: format!("src_ip = {one} and dst_port in ({}) and protocol = tcp", ports.join(", ")),
                addresses: std::iter::once(client).chain(source.shown.iter().copied()).collect(),
                notes: Vec::new(),
            }
            .detection(),
        );
    }
}

impl Analytic for Lateral {
    fn talks(&mut self, talks: &[Talk], _: &mut Vec<Detection>) {
        for talk in talks {
            self.learning.see(talk.end);
            self.take(talk);
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let current = pane(clock.talks, MINUTE);
        if self.decided >= current {
            return;
        }
        self.decided = current;
        // A share's other clients, and what makes a controller, may come a little later.
        let mut keys: Vec<(i64, (u128, u128))> = self
            .pairs
            .iter()
            .filter(|(_, pair)| pair.is_new && pair.seen.last + MINUTE <= clock.talks)
            .map(|(key, _)| *key)
            .collect();
        keys.sort_unstable();
        for key in keys {
            self.judge(key, out);
        }
        let mut keys: Vec<(i64, u128)> = self
            .sources
            .iter()
            .filter(|(_, source)| source.hosts.count() >= FANOUT)
            .map(|(key, _)| *key)
            .collect();
        keys.sort_unstable();
        for key in keys {
            self.judge_source(key, out);
        }
        self.pairs.retain(|key, pair| key.0 + PANE > clock.talks || pair.is_new);
        self.sources.retain(|key, _| key.0 + 2 * PANE > clock.talks);
        let old = clock.talks.saturating_sub(FORGOTTEN);
        self.edges.retain(|_, edge| edge.last > old);
        self.hosts.retain(|_, host| host.last > old);
    }

    fn memory(&self) -> usize {
        self.pairs.memory() + self.hosts.memory() + self.sources.memory() + self.edges.memory()
    }

    fn evicted(&self) -> u64 {
        self.pairs.evicted() + self.hosts.evicted() + self.sources.evicted() + self.edges.evicted()
    }

    saved_whole!();
}
