//! What scripts are written in.

use crate::site::Dice;
use crate::site::between;
use crate::site::conversation::{Conversation, Side};
use crate::site::network::Endpoint;

pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const ICMP: u8 = 1;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// An attack as it will be played.
#[derive(Debug)]
pub(crate) struct Play {
    pub(super) src: String,
    pub(super) dst: String,
    pub(super) steps: Vec<Step>,
}

/// One conversation of an attack.
#[derive(Debug)]
pub(crate) struct Step {
    /// When it ends, since the attack began.
    pub(super) at_ms: i64,
    pub(super) lasts_ms: i64,
    pub(super) conversation: Conversation,
}

/// Who talks to whom, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) client: Endpoint,
    pub(super) server: Endpoint,
    pub(super) client_port: u16,
    pub(super) server_port: u16,
    pub(super) protocol: u8,
}

impl Ends {
    /// A TCP connection from a port of the client's choice.
    pub(super) fn tcp(dice: &mut Dice, client: Endpoint, server: Endpoint, server_port: u16) -> Self {
        let client_port = between(dice, 32_768, 60_999) as u16;
        Ends { client, server, client_port, server_port, protocol: TCP }
    }

    fn step(self, at_ms: i64, lasts_ms: i64, sent: Side, answered: Option<Side>) -> Step {
        let Ends { client, server, client_port, server_port, protocol } = self;
        let conversation =
            Conversation::of(client, server, (client_port, server_port), protocol, sent, answered);
        Step { at_ms, lasts_ms, conversation }
    }

    /// A connection that nobody answers.
    pub(super) fn unanswered(self, at_ms: i64) -> Step {
        self.step(at_ms, 0, Side { packets: 1, payload: 0, flags: SYN }, None)
    }

    /// A connection that is refused.
    pub(super) fn refused(self, at_ms: i64) -> Step {
        let answer = Side { packets: 1, payload: 0, flags: RST | ACK };
        self.step(at_ms, 1, Side { packets: 1, payload: 0, flags: SYN }, Some(answer))
    }

    /// A connection that is opened and at once reset: the port is open, and that was the question.
    pub(super) fn half_open(self, at_ms: i64) -> Step {
        let answer = Side { packets: 1, payload: 0, flags: SYN | ACK };
        self.step(at_ms, 1, Side { packets: 2, payload: 0, flags: SYN | RST }, Some(answer))
    }

    /// A connection that was opened, carried these bytes each way, and closed.
    pub(super) fn session(self, at_ms: i64, lasts_ms: i64, up: u64, down: u64) -> Step {
        let flags = SYN | ACK | PSH | FIN;
        let packets = |one: u64, other: u64| one.div_ceil(1448) + other.div_ceil(2896) + 3;
        let sent = Side { packets: packets(up, down), payload: up, flags };
        let answered = Side { packets: packets(down, up), payload: down, flags };
        self.step(at_ms, lasts_ms, sent, Some(answered))
    }

    /// A piece of a connection that goes on: packets and payload each way.
    pub(super) fn piece(self, at_ms: i64, lasts_ms: i64, up: (u64, u64), down: (u64, u64)) -> Step {
        let flags = if self.protocol == TCP { ACK | PSH } else { 0 };
        let side = |(packets, payload)| Side { packets, payload, flags };
        self.step(at_ms, lasts_ms, side(up), Some(side(down)))
    }

    /// Packets one way only.
    pub(super) fn one_way(self, at_ms: i64, lasts_ms: i64, packets: u64, payload: u64) -> Step {
        self.step(at_ms, lasts_ms, Side { packets, payload, flags: 0 }, None)
    }
}
