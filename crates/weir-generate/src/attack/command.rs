//! What was left inside: it calls, tunnels, and carries data out.

use super::CYCLE_S;
use super::step::{Ends, ICMP, Play, UDP};
use crate::site::network::{hostile, server, workstation};
use crate::site::{Dice, between};

/// T1071.001: the same small conversation at the same interval, give or take a twentieth.
pub(super) fn beacon(dice: &mut Dice, office: usize) -> Play {
    const EVERY_MS: i64 = 5000;
    let (client, controller) = (workstation(office, 4, 88), hostile(office, 77));
    let steps = (0..CYCLE_S * 1000 / EVERY_MS)
        .map(|number| {
            let at_ms = number * EVERY_MS + i64::from(between(dice, 0, 500)) - 250 + 300;
            let (up, down) = (u64::from(between(dice, 610, 660)), u64::from(between(dice, 890, 930)));
            Ends::tcp(dice, client, controller, 443).session(at_ms, 280, up, down)
        })
        .collect();
    Play { src: client.address.to_string(), dst: controller.address.to_string(), steps }
}

/// T1071.004: long queries to a server that is no resolver of the site, from one socket; the exporter reports it in pieces.
pub(super) fn dns_tunnel(dice: &mut Dice, office: usize) -> Play {
    let (client, end) = (workstation(office, 0, 91), hostile(office, 53));
    let ends = Ends { client, server: end, client_port: 41_713, server_port: 53, protocol: UDP };
    let steps = (1..=(CYCLE_S / 20))
        .map(|number| {
            let packets = u64::from(between(dice, 280, 320));
            ends.piece(number * 20_000, 20_000, (packets, packets * 186), (packets, packets * 340))
        })
        .collect();
    Play { src: client.address.to_string(), dst: end.address.to_string(), steps }
}

/// T1095: echo requests of more than a kilobyte, both ways.
pub(super) fn icmp_tunnel(dice: &mut Dice, office: usize) -> Play {
    let (client, end) = (workstation(office, 0, 93), hostile(office, 99));
    // For ICMP the destination port is type and code.
    let ends = Ends { client, server: end, client_port: 0, server_port: 8 << 8, protocol: ICMP };
    let steps = (1..=(CYCLE_S / 20))
        .map(|number| {
            let packets = u64::from(between(dice, 90, 110));
            ends.piece(number * 20_000, 20_000, (packets, packets * 1092), (packets, packets * 1092))
        })
        .collect();
    Play { src: client.address.to_string(), dst: end.address.to_string(), steps }
}

/// T1048: 1.2 GB out, next to nothing in, over one connection that is reported in pieces.
pub(super) fn exfiltration(dice: &mut Dice, office: usize) -> Play {
    let (thief, drop) = (server(office, 31), hostile(office, 90));
    let ends = Ends::tcp(dice, thief, drop, 443);
    let steps = (1..=6)
        .map(|number| ends.piece(number * 20_000, 20_000, (138_200, 200_000_000), (69_100, 0)))
        .collect();
    Play { src: thief.address.to_string(), dst: drop.address.to_string(), steps }
}
