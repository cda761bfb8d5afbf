//! A conversation between two hosts, and the one or two flows that a router makes of it.

use super::network::{Endpoint, Network, router_mac};
use super::service::{Service, Shape};
use super::shape::{Dice, below, between, chance};
use crate::flow::{EndReason, Flow};

const MS: i64 = 1_000_000;
/// A flow that lasts longer is reported in pieces of this length.
const ACTIVE_TIMEOUT_MS: f64 = 60_000.0;
/// The fastest that a flow goes, in bytes a millisecond: about 500 Mbit/s.
const BYTES_PER_MS: f64 = 60_000.0;
/// Keeps every counter within 32 bits, so that each protocol exports the same number.
const MAX_PAYLOAD: f64 = 3.5e9;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

/// What one side sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Side {
    pub(crate) packets: u64,
    pub(crate) payload: u64,
    pub(crate) flags: u8,
}

/// A conversation that has ended, or reached the active timeout.
#[derive(Debug)]
pub(crate) struct Conversation {
    client: Endpoint,
    server: Endpoint,
    client_port: u16,
    server_port: u16,
    protocol: u8,
    tos: u8,
    sent: Side,
    answered: Option<Side>,
    /// ICMP type and code when the answer is not of the same protocol.
    answer_icmp: Option<u16>,
    start_ns: i64,
    end_ns: i64,
    round_trip_ns: i64,
    end_reason: EndReason,
}

impl Conversation {
    /// One whose every part is given; it has yet to get its time.
    pub(crate) fn of(
        client: Endpoint,
        server: Endpoint,
        (client_port, server_port): (u16, u16),
        protocol: u8,
        sent: Side,
        answered: Option<Side>,
    ) -> Self {
        let ends = (sent.flags | answered.unwrap_or_default().flags) & (FIN | RST) != 0;
        Conversation {
            client,
            server,
            client_port,
            server_port,
            protocol,
            tos: 0,
            sent,
            answered,
            answer_icmp: None,
            start_ns: 0,
            end_ns: 0,
            round_trip_ns: 0,
            end_reason: if ends { EndReason::EndOfFlow } else { EndReason::Idle },
        }
    }

    /// Ending at `end_ns` after it lasted `lasts_ns`.
    pub(crate) fn ending(self, end_ns: i64, lasts_ns: i64) -> Self {
        let end_ns = end_ns / MS * MS;
        Conversation { start_ns: (end_ns - lasts_ns) / MS * MS, end_ns, ..self }
    }

    /// Makes up one of kind `service` that is reported at `now_ns`.
    pub(super) fn draw(
        dice: &mut Dice,
        network: &Network,
        service: &Service,
        office: usize,
        ipv6: bool,
        now_ns: i64,
    ) -> Self {
        let (client, server) = pick_ends(dice, network, service, office, ipv6);
        let ipv6 = client.address.is_ipv6();
        let (client_port, server_port) = pick_ports(dice, service, &client, ipv6);
        let mut duration_ms = service.duration.draw(dice);
        let mut request = service.request.draw_heavy(dice).min(MAX_PAYLOAD);
        let mut response = service.response.draw_heavy(dice).min(MAX_PAYLOAD);
        if matches!(service.shape, Shape::Tcp | Shape::Quic) {
            duration_ms = duration_ms.max((request + response) / BYTES_PER_MS);
        }
        let mut piece = false;
        if duration_ms > ACTIVE_TIMEOUT_MS {
            piece = true;
            request *= ACTIVE_TIMEOUT_MS / duration_ms;
            response *= ACTIVE_TIMEOUT_MS / duration_ms;
            duration_ms = ACTIVE_TIMEOUT_MS;
        }
        let end_ms = now_ns / MS - i64::from(below(dice, 900));
        let mut conversation = Conversation {
            client,
            server,
            client_port,
            server_port,
            protocol: if ipv6 && service.protocol == ICMP { ICMPV6 } else { service.protocol },
            tos: service.tos,
            sent: Side::default(),
            answered: None,
            answer_icmp: None,
            start_ns: (end_ms - duration_ms as i64) * MS,
            end_ns: end_ms * MS,
            round_trip_ns: round_trip(dice, &client, &server),
            end_reason: if piece { EndReason::Active } else { EndReason::Idle },
        };
        let (request, response) = (request.max(1.0) as u64, response.max(1.0) as u64);
        match service.shape {
            Shape::Tcp => conversation.tcp(dice, request, response, piece),
            Shape::Quic => conversation.quic(request, response),
            Shape::Ask => conversation.ask(dice, request, response),
            Shape::Tell => {
                let packets = request.div_ceil(1400).max(u64::from(between(dice, 1, 6)));
                conversation.sent = Side { packets, payload: request.max(packets * 60), flags: 0 };
            }
            Shape::Stream => conversation.stream(duration_ms as u64, request, response),
            Shape::Ping => {
                let packets = u64::from(between(dice, 1, 5));
                conversation.sent = Side { packets, payload: packets * request, flags: 0 };
                let lost = chance(dice, 20);
                conversation.answered = if lost { None } else { Some(conversation.sent) };
            }
            Shape::Probe => conversation.probe(dice, request),
            Shape::Flood => {
                conversation.sent = Side { packets: 1, payload: 0, flags: SYN };
                conversation.start_ns = conversation.end_ns;
            }
        }
        conversation
    }

    fn tcp(&mut self, dice: &mut Dice, request: u64, response: u64, piece: bool) {
        let segment = if self.client.address.is_ipv6() { 1428 } else { 1448 };
        let (up, down) = (request.div_ceil(segment), response.div_ceil(segment));
        // Each second segment is acknowledged by a packet of its own.
        let mut sent = Side { packets: up + down.div_ceil(2), payload: request, flags: ACK | PSH };
        let mut answered = Side { packets: down + up.div_ceil(2), payload: response, flags: ACK | PSH };
        if piece {
            // The middle of a long connection; now and then its beginning.
            if chance(dice, 250) {
                sent.flags |= SYN;
                answered.flags |= SYN;
            }
            (self.sent, self.answered) = (sent, Some(answered));
            return;
        }
        self.end_reason = EndReason::EndOfFlow;
        match below(dice, 1000) {
            // Refused: nothing listens there.
            0..15 => {
                sent = Side { packets: 1, payload: 0, flags: SYN };
                answered = Side { packets: 1, payload: 0, flags: RST | ACK };
                self.start_ns = self.end_ns - self.round_trip_ns;
            }
            // Unanswered: a SYN, and its repetitions after 1 and 3 seconds.
            15..27 => {
                let packets = between(dice, 1, 3);
                let waited = [0, 1000, 3000][packets as usize - 1];
                self.start_ns = self.end_ns - waited * MS;
                self.sent = Side { packets: u64::from(packets), payload: 0, flags: SYN };
                self.end_reason = EndReason::Idle;
                return;
            }
            // Reset by one side when it had enough.
            27..80 => {
                sent.packets += 2;
                answered.packets += 1;
                sent.flags |= SYN | RST;
                answered.flags |= SYN;
            }
            80..100 => {
                sent.packets += 2;
                answered.packets += 1;
                sent.flags |= SYN;
                answered.flags |= SYN | RST;
            }
            _ => {
                sent.packets += 3;
                answered.packets += 2;
                sent.flags |= SYN | FIN;
                answered.flags |= SYN | FIN;
            }
        }
        (self.sent, self.answered) = (sent, Some(answered));
    }

    fn quic(&mut self, request: u64, response: u64) {
        let (up, down) = (request.div_ceil(1230), response.div_ceil(1230));
        self.sent =
            Side { packets: up + down.div_ceil(6) + 1, payload: request + down.div_ceil(6) * 32, flags: 0 };
        self.answered = Some(Side {
            packets: down + up.div_ceil(6) + 1,
            payload: response + up.div_ceil(6) * 32,
            flags: 0,
        });
    }

    fn ask(&mut self, dice: &mut Dice, request: u64, response: u64) {
        if self.protocol != UDP {
            return self.tcp(dice, request, response, false);
        }
        let times = if chance(dice, 120) { u64::from(between(dice, 2, 4)) } else { 1 };
        let (request, response) = (request.clamp(12, 1400), response.clamp(12, 1400));
        self.sent = Side { packets: times, payload: times * request, flags: 0 };
        if !chance(dice, 12) {
            self.answered = Some(Side { packets: times, payload: times * response, flags: 0 });
        }
        if times == 1 {
            self.start_ns = self.end_ns - self.round_trip_ns;
        }
    }

    /// Fifty packets a second from either side, of about the sizes given.
    fn stream(&mut self, duration_ms: u64, request: u64, response: u64) {
        let packets = duration_ms / 20 + 1;
        self.sent = Side { packets, payload: packets * request.clamp(40, 1300), flags: 0 };
        self.answered = Some(Side { packets, payload: packets * response.clamp(40, 1300), flags: 0 });
    }

    fn probe(&mut self, dice: &mut Dice, request: u64) {
        self.start_ns = self.end_ns - self.round_trip_ns;
        if self.protocol == UDP {
            self.sent = Side { packets: 1, payload: request.clamp(12, 400), flags: 0 };
            if chance(dice, 400) {
                // Port unreachable, with the start of the packet that it is about.
                self.answered = Some(Side { packets: 1, payload: 28, flags: 0 });
                self.answer_icmp = Some(3 << 8 | 3);
            }
            return;
        }
        let open = matches!(self.server_port, 25 | 80 | 443) && chance(dice, 500);
        if open {
            // Half open: the scanner resets what it was after.
            self.sent = Side { packets: 2, payload: 0, flags: SYN | RST };
            self.answered = Some(Side { packets: 1, payload: 0, flags: SYN | ACK });
        } else {
            self.sent = Side { packets: 1, payload: 0, flags: SYN };
            self.answered = chance(dice, 350).then_some(Side { packets: 1, payload: 0, flags: RST | ACK });
        }
    }

    /// The flow from the client, and the one from the server if it answered.
    pub(crate) fn into_flows(self) -> (Flow, Option<Flow>) {
        let (client_port, server_port) = (self.client_port, self.server_port);
        let forward = self.flow(&self.client, &self.server, self.sent, client_port, server_port);
        let back = self.answered.map(|answered| {
            let mut flow = self.flow(&self.server, &self.client, answered, server_port, client_port);
            flow.start_ns = (self.start_ns + self.round_trip_ns / 2 / MS * MS).min(self.end_ns);
            match (self.protocol, self.answer_icmp) {
                (ICMP, _) => (flow.src_port, flow.dst_port) = (0, 0),
                (ICMPV6, _) => (flow.src_port, flow.dst_port) = (0, 129 << 8),
                (_, Some(type_code)) => {
                    flow.protocol = ICMP;
                    (flow.src_port, flow.dst_port) = (0, type_code);
                }
                _ => {}
            }
            flow
        });
        (forward, back)
    }

    fn flow(&self, from: &Endpoint, to: &Endpoint, side: Side, src_port: u16, dst_port: u16) -> Flow {
        let header = if from.address.is_ipv6() { 40 } else { 20 }
            + match self.protocol {
                6 if side.payload == 0 => 20,
                6 => 32, // with time stamps
                50 => 36,
                _ => 8,
            };
        Flow {
            src: from.address,
            dst: to.address,
            src_port,
            dst_port,
            protocol: self.protocol,
            tcp_flags: side.flags,
            tos: self.tos,
            bytes: side.payload + side.packets * header,
            packets: side.packets,
            start_ns: self.start_ns,
            end_ns: self.end_ns,
            in_if: from.interface,
            out_if: to.interface,
            src_as: from.asn,
            dst_as: to.asn,
            src_mask: from.mask,
            dst_mask: to.mask,
            next_hop: to.gateway,
            src_mac: from.mac,
            dst_mac: router_mac(from.interface),
            vlan: from.vlan,
            min_ttl: from.ttl,
            max_ttl: from.ttl,
            end_reason: self.end_reason,
        }
    }
}

/// Two different hosts of one address family.
fn pick_ends(
    dice: &mut Dice,
    network: &Network,
    service: &Service,
    office: usize,
    ipv6: bool,
) -> (Endpoint, Endpoint) {
    let ipv6 = ipv6 && chance(dice, service.ipv6);
    let mut client = network.pick(dice, office, service.client, ipv6);
    let mut server = network.pick(dice, office, service.server, ipv6);
    if client.address.is_ipv6() != server.address.is_ipv6() {
        if client.address.is_ipv6() {
            client = network.pick(dice, office, service.client, false);
        } else {
            server = network.pick(dice, office, service.server, false);
        }
    }
    while client.address == server.address {
        client = network.pick(dice, office, service.client, client.address.is_ipv6());
    }
    (client, server)
}

/// The client's port and the server's, or for ICMP nothing and type and code.
fn pick_ports(dice: &mut Dice, service: &Service, client: &Endpoint, ipv6: bool) -> (u16, u16) {
    match (service.protocol, service.ports) {
        (ICMP, _) => (0, if ipv6 { 128 << 8 } else { 8 << 8 }),
        (_, []) => (0, 0),
        (_, ports) => {
            let server = ports[below(dice, ports.len() as u32) as usize];
            let client = match server {
                67 => 68,
                // Windows hosts start at 64 hops twice over, and take their ports from a higher range.
                _ if client.ttl > 64 => between(dice, 49_152, 65_535),
                _ => between(dice, 32_768, 60_999),
            };
            (client as u16, server)
        }
    }
}

/// Nanoseconds there and back, whole milliseconds: longer to where fewer hops are left.
fn round_trip(dice: &mut Dice, client: &Endpoint, server: &Endpoint) -> i64 {
    let hops = |end: &Endpoint| if end.asn == 0 { 0 } else { 64u32.saturating_sub(u32::from(end.ttl)) };
    i64::from(between(dice, 1, 3) + 2 * (hops(client) + hops(server))) * MS
}

/// One packet of `flow`, passing at `now_ns`.
pub(super) fn one_packet(dice: &mut Dice, mut flow: Flow, now_ns: i64) -> Flow {
    let mean = flow.bytes / flow.packets.max(1);
    let small = if flow.is_ipv6() { 72 } else { 52 };
    let bulk = mean > 500 && matches!(flow.protocol, 6 | UDP);
    flow.bytes = match below(dice, 100) {
        // A full segment, the last one of a burst, or an acknowledgement between them.
        0..80 if bulk => 1500,
        80..90 if bulk => u64::from(between(dice, small, 1500)),
        _ if bulk => u64::from(small),
        _ => mean,
    };
    if flow.protocol == 6 && flow.packets > 3 {
        flow.tcp_flags = match below(dice, 100) {
            0..4 => flow.tcp_flags & (SYN | ACK),
            4..8 => ACK | flow.tcp_flags & (FIN | RST),
            8..35 => ACK | PSH,
            _ => ACK,
        };
        if flow.tcp_flags & (SYN | FIN) != 0 {
            flow.bytes = u64::from(small);
        }
    }
    flow.packets = 1;
    flow.end_ns = now_ns / MS * MS;
    flow.start_ns = flow.end_ns;
    flow
}
