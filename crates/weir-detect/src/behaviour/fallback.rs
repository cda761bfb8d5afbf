//! Fallback channels: a host that keeps knocking, in turn, at a few outside hosts that do not answer, on ports of no
//! well-known service. Malware whose servers were taken down does so for days.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::finding::{Finding, HOUR, MINUTE, Seen, ip, number, pane, points, span};
use super::rows::proto;
use super::talk::{Answer, Talk};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

const PANE: i64 = 2 * HOUR;

/// Attempts at one host (Slips: 5 unanswered ones), and for how long.
const ATTEMPTS: u64 = 5;
const LONG: i64 = 15 * MINUTE;

/// With more hosts it is a scan, or a program of peers, many of which are always gone.
const MOST: usize = 10;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Knocked {
    server: u128,
    port: u16,
    seen: Seen,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Client {
    knocked: Vec<Knocked>,
    /// There were more hosts than are kept.
    many: bool,
    /// Something was added since it was looked at.
    is_new: bool,
    reported: u64,
}

impl Weigh for Client {
    fn weight(&self) -> u64 {
        self.knocked.iter().map(|one| one.seen.flows).sum()
    }

    fn heap(&self) -> usize {
        self.knocked.capacity() * size_of::<Knocked>()
    }
}

/// Hosts that knock in vain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Fallbacks {
    clients: Bounded<(i64, u128), Client>,
    decided: i64,
}

impl Fallbacks {
    pub(crate) fn new(most: usize) -> Self {
        Self { clients: Bounded::new(most), decided: i64::MIN }
    }

    fn judge(&mut self, key: (i64, u128), out: &mut Vec<Detection>) {
        let before: Vec<Knocked> =
            self.clients.get(&(key.0 - PANE, key.1)).map(|client| client.knocked.clone()).unwrap_or_default();
        let Some(client) = self.clients.get_mut(&key) else { return };
        client.is_new = false;
        let mut all = client.knocked.clone();
        for one in &mut all {
            let earlier =
                before.iter().filter(|earlier| (earlier.server, earlier.port) == (one.server, one.port));
            earlier.for_each(|earlier| one.seen.merge(&earlier.seen));
        }
        all.retain(|one| one.seen.flows >= ATTEMPTS && one.seen.span() >= LONG);
        all.sort_by_key(|one| (one.server, one.port));
        let attempts: u64 = all.iter().map(|one| one.seen.flows).sum();
        if all.is_empty() || client.many || attempts <= client.reported {
            return;
        }
        client.reported = attempts;
        out.push(finding(key, &all, attempts).detection());
    }
}

fn finding((window, client): (i64, u128), all: &[Knocked], attempts: u64) -> Finding {
    let source = ip(client);
    let mut seen = Seen::default();
    for one in all {
        seen.merge(&one.seen);
    }
    let level = if all.len() >= 2 { Level::Medium } else { Level::Low };
    let places: Vec<String> = all.iter().map(|one| format!("{} port {}", ip(one.server), one.port)).collect();
    let list = |values: Vec<String>| {
        if values.len() == 1 { format!("= {}", values[0]) } else { format!("in ({})", values.join(", ")) }
    };
    let hosts = list(all.iter().map(|one| ip(one.server)).collect());
    let ports = list(all.iter().map(|one| one.port.to_string()).collect());
    Finding {
        rule: catalogue::FALLBACK,
        level,
        entity: vec![("src_ip", source.clone())],
        sentence: format!(
            "{source} tried {} times within {} to reach {} outside and was not answered; threshold {ATTEMPTS} at each",
            number(attempts as f64),
            span(seen.span()),
            places.join(", ")
        ),
        seen,
        window,
        measure: "unanswered connections",
        value: attempts as f64,
        threshold: ATTEMPTS as f64,
        usual: None,
        exact: true,
        confidence: 60,
        reasons: vec![
            ("keeps trying", format!("{attempts} times for {}", span(seen.span())), points(level)),
            ("places in turn", format!("{}", all.len()), 5.0 * (all.len() as f64 - 1.0)),
        ],
        filter: format!("src_ip = {source} and dst_ip {hosts} and dst_port {ports} and protocol = tcp"),
        addresses: std::iter::once(client).chain(all.iter().map(|one| one.server)).collect(),
        notes: Vec::new(),
    }
}

impl Analytic for Fallbacks {
    fn talks(&mut self, talks: &[Talk], _: &mut Vec<Detection>) {
        for talk in talks {
            let is_wanted = talk.protocol == proto::TCP
                && talk.answer != Answer::Yes
                && talk.opened
                && talk.server_port >= 1024
                && !matches!(talk.server_port, 8080 | 8443 | 5222 | 5223 | 5228 | 1194)
                && !talk.way.internal()
                && !talk.way.inbound();
            if !is_wanted {
                continue;
            }
            let key = (pane(talk.end, PANE), talk.client);
            let client = self.clients.entry(key, Client::default);
            client.is_new = true;
            let is_full = client.knocked.len() >= MOST;
            let known = client
                .knocked
                .iter_mut()
                .find(|one| (one.server, one.port) == (talk.server, talk.server_port));
            match known {
                Some(one) => one.seen.add(talk.start, talk.end, talk.sampling),
                None if is_full => client.many = true,
                None => {
                    let mut seen = Seen::default();
                    seen.add(talk.start, talk.end, talk.sampling);
                    client.knocked.push(Knocked { server: talk.server, port: talk.server_port, seen });
                }
            }
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        // Looked at four times a window, so that two hours of knocking are not waited for.
        let current = pane(clock.talks, PANE / 4);
        if self.decided >= current {
            return;
        }
        self.decided = current;
        let mut keys: Vec<(i64, u128)> =
            self.clients.iter().filter(|(_, client)| client.is_new).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        for key in keys {
            self.judge(key, out);
        }
        self.clients.retain(|key, _| key.0 + 2 * PANE > clock.talks);
    }

    fn memory(&self) -> usize {
        self.clients.memory()
    }

    fn evicted(&self) -> u64 {
        self.clients.evicted()
    }

    saved_whole!();
}
