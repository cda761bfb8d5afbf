//! Connections that last: hours, whether they are over or still open.
//!
//! Exporters cut long flows in pieces (the active timeout) and tell of each; pieces that follow each other are one
//! connection. Bands are RITA's: 1, 4, 8 and 12 hours; an alert is raised at each.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::finding::{Finding, HOUR, MINUTE, SECOND, Seen, bytes, ip, port, protocol, span};
use super::rows::{Flow, Role, is_group, proto};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

/// Hours, and the points of a connection that lasts as long.
const BANDS: [(i64, f64); 5] =
    [(HOUR, 20.0), (4 * HOUR, 35.0), (8 * HOUR, 45.0), (12 * HOUR, 50.0), (24 * HOUR, 55.0)];

/// Shorter pieces are no part of a long connection, or the first will be told of with the next.
const PIECE: i64 = 20 * SECOND;

/// Pieces further apart than the longest usual active timeout (30 min) are different connections.
const APART: i64 = 35 * MINUTE;

/// Points from which it is an alert rather than a lead.
const ALERT: f64 = 45.0;

/// Bytes a second below which a connection only keeps itself alive.
const QUIET: f64 = 10.0;

/// Ports whose connections last by nature: terminals, remote desktops, push, VPN, telephony, databases, file shares,
/// routing, message queues, proxies.
const LASTING: [u16; 34] = [
    22, 23, 53, 88, 139, 179, 389, 443, 445, 500, 514, 636, 993, 1194, 1433, 1521, 1723, 1883, 2049, 3128,
    3306, 3389, 4500, 5060, 5222, 5223, 5228, 5432, 5671, 5672, 6379, 8080, 8883, 51_820,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Ends {
    low: (u128, u16),
    high: (u128, u16),
    protocol: u8,
}

#[derive(Debug, Serialize, Deserialize)]
struct Connection {
    seen: Seen,
    /// What the lower end sent, and the higher.
    bytes: [f64; 2],
    internal: [bool; 2],
    roles: u8,
    /// The band it was reported in.
    band: usize,
}

impl Weigh for Connection {
    fn weight(&self) -> u64 {
        self.seen.span() as u64
    }
}

/// Long connections.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Long {
    connections: Bounded<Ends, Connection>,
    decided: i64,
}

impl Long {
    pub(crate) fn new(most: usize) -> Self {
        Self { connections: Bounded::new(most), decided: i64::MIN }
    }
}

fn band(length: i64) -> usize {
    BANDS.iter().take_while(|(least, _)| length >= *least).count()
}

fn finding(ends: &Ends, connection: &Connection) -> Option<Finding> {
    let length = connection.seen.span();
    let at = band(length).checked_sub(1)?;
    let known = |port: u16| port < 1024 || LASTING.contains(&port);
    // The server is the end with the port that connections are made to.
    let server_is_low = match (known(ends.low.1), known(ends.high.1)) {
        (true, false) => true,
        (false, true) => false,
        _ => ends.low.1 <= ends.high.1,
    };
    let (client, server, way) =
        if server_is_low { (ends.high, ends.low, 0) } else { (ends.low, ends.high, 1) };
    let (up, down) = (connection.bytes[1 - way], connection.bytes[way]);
    let (outside, lasting) = (!connection.internal[way], LASTING.contains(&server.1));
    let rate = (up + down) / (length as f64 / SECOND as f64);
    let mut reasons = vec![("lasts", span(length), BANDS[at].1)];
    if !lasting {
        reasons.push(("not a port of lasting connections", server.1.to_string(), 10.0));
    } else if server.1 != 443 {
        reasons.push(("a port of lasting connections", port(ends.protocol, server.1), -15.0));
    }
    if outside && connection.internal[1 - way] {
        reasons.push(("goes outside", ip(server.0), 5.0));
    }
    if rate < QUIET {
        reasons.push(("hardly says anything", format!("{} a second", bytes(rate)), 5.0));
    }
    if Role::from_bits(connection.roles).has(Role::MONITOR) {
        reasons.push(("role", "monitoring".to_owned(), -30.0));
    }
    if up == 0.0 || down == 0.0 {
        reasons.push(("only one direction was seen", bytes(up + down), -15.0));
    }
    let score: f64 = reasons.iter().map(|(_, _, points)| points).sum();
    if score < 10.0 {
        return None;
    }
    let (source, target) = (ip(client.0), ip(server.0));
    Some(Finding {
        rule: catalogue::LONG_CONNECTION,
        level: if score >= ALERT { Level::Medium } else { Level::Low },
        entity: vec![
            ("src_ip", source.clone()),
            ("dst_ip", target.clone()),
            ("dst_port", server.1.to_string()),
        ],
        sentence: format!(
            "{source} has been connected to port {} of {target} for {}, with {} sent and {} received; threshold {}",
            port(ends.protocol, server.1),
            span(length),
            bytes(up),
            bytes(down),
            span(BANDS[0].0)
        ),
        seen: connection.seen,
        window: connection.seen.first,
        measure: "seconds",
        value: (length / SECOND) as f64,
        threshold: (BANDS[at].0 / SECOND) as f64,
        usual: None,
        exact: true,
        confidence: 70,
        reasons,
        filter: format!(
            "ip = {source} and ip = {target} and port = {} and port = {} and protocol = {}",
            client.1,
            server.1,
            protocol(ends.protocol)
        ),
        addresses: vec![client.0, server.0],
        notes: Vec::new(),
    })
}

impl Analytic for Long {
    fn flows(&mut self, flows: &[Flow], out: &mut Vec<Detection>) {
        for flow in flows {
            let is_long = flow.end - flow.start >= PIECE;
            if !is_long
                || flow.protocol != proto::TCP && flow.protocol != proto::UDP
                || is_group(flow.dst)
                || is_group(flow.src)
            {
                continue;
            }
            // A name or time server is asked from one port for as long as the client runs.
            if flow.protocol == proto::UDP && (flow.src_port < 1024 && flow.dst_port < 1024) {
                continue;
            }
            let (src, dst) = ((flow.src, flow.src_port), (flow.dst, flow.dst_port));
            let from = usize::from(src > dst);
            let (low, high) = if from == 0 { (src, dst) } else { (dst, src) };
            let ends = Ends { low, high, protocol: flow.protocol };
            let internal = [flow.way.src_internal, flow.way.dst_internal];
            let connection = self.connections.entry(ends, || Connection {
                seen: Seen::default(),
                bytes: [0.0; 2],
                internal: if from == 0 { internal } else { [internal[1], internal[0]] },
                roles: 0,
                band: 0,
            });
            if connection.seen.flows > 0
                && (flow.start > connection.seen.last + APART || flow.end < connection.seen.first - APART)
            {
                if flow.end < connection.seen.first {
                    continue;
                }
                (connection.seen, connection.bytes, connection.band) = (Seen::default(), [0.0; 2], 0);
            }
            connection.seen.add(flow.start, flow.end, flow.sampling);
            connection.bytes[from] += flow.scaled_bytes();
            connection.roles |= flow.src_role.bits() | flow.dst_role.bits();
            let now = band(connection.seen.span());
            if now > connection.band {
                connection.band = now;
                out.extend(finding(&ends, connection).map(Finding::detection));
            }
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let current = clock.flows.div_euclid(5 * MINUTE);
        if self.decided >= current {
            return;
        }
        self.decided = current;
        // What is over is told of once more, with its numbers at the end.
        let mut over: Vec<(Ends, Connection)> =
            self.connections.take(|_, connection| connection.seen.last + APART <= clock.flows);
        over.retain(|(_, connection)| connection.band > 0);
        out.extend(
            over.iter().filter_map(|(ends, connection)| finding(ends, connection)).map(Finding::detection),
        );
    }

    fn memory(&self) -> usize {
        self.connections.memory()
    }

    fn evicted(&self) -> u64 {
        self.connections.evicted()
    }

    saved_whole!();
}
