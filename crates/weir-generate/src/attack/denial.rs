//! Making a service unusable.

use super::step::{Ends, Play, UDP};
use crate::site::network::{anyone, hostile, public_server};
use crate::site::{Dice, between, chance};

/// T1498.001: single SYNs from addresses that never asked for anything.
pub(super) fn syn_flood(dice: &mut Dice, office: usize) -> Play {
    let target = public_server(office, 3);
    let steps = (0..3000)
        .map(|number| {
            let client = anyone(dice, office);
            Ends::tcp(dice, client, target, 443).unanswered(number * 10)
        })
        .collect();
    Play { src: "*".to_owned(), dst: target.address.to_string(), steps }
}

/// T1498.002: large answers of time servers to a host that asked nothing.
pub(super) fn amplification(dice: &mut Dice, office: usize) -> Play {
    let target = public_server(office, 2);
    let mut steps = Vec::new();
    for _ in 0..90 {
        let client = anyone(dice, office);
        let server_port = between(dice, 1024, 65_535) as u16;
        let ends = Ends { client, server: target, client_port: 123, server_port, protocol: UDP };
        for piece in 1..=4 {
            let packets = u64::from(between(dice, 1800, 2200));
            let at_ms = piece * 10_000 + i64::from(between(dice, 0, 900));
            steps.push(ends.one_way(at_ms, 10_000, packets, packets * 440));
        }
    }
    Play { src: "*".to_owned(), dst: target.address.to_string(), steps }
}

/// T1499.002: many long connections with hardly anything in them.
pub(super) fn slow_http(dice: &mut Dice, office: usize) -> Play {
    let (attacker, target) = (hostile(office, 80), public_server(office, 6));
    let steps = (0..120)
        .map(|number| {
            let lasts_ms = i64::from(between(dice, 55_000, 60_000));
            let up = u64::from(between(dice, 300, 420));
            let down = if chance(dice, 100) { 180 } else { 0 };
            Ends::tcp(dice, attacker, target, 80).session(60_000 + number * 100, lasts_ms, up, down)
        })
        .collect();
    Play { src: attacker.address.to_string(), dst: target.address.to_string(), steps }
}
