//! Getting to know the site, and getting in.

use super::step::{Ends, Play};
use crate::site::network::{hostile, public_server, server, workstation};
use crate::site::{Dice, between, chance};

/// T1046: many ports of one host, nearly all closed.
pub(super) fn port_scan(dice: &mut Dice, office: usize) -> Play {
    let (scanner, target) = (hostile(office, 66), public_server(office, 5));
    let steps = (0..240_u16)
        .map(|number| {
            let at_ms = i64::from(number) * 150;
            let ends = Ends::tcp(dice, scanner, target, 20 + number * 37);
            match number {
                60 | 61 => ends.half_open(at_ms),
                _ if chance(dice, 200) => ends.unanswered(at_ms),
                _ => ends.refused(at_ms),
            }
        })
        .collect();
    Play { src: scanner.address.to_string(), dst: target.address.to_string(), steps }
}

/// T1018: one port of every address of a network, most of which nobody has.
pub(super) fn host_sweep(dice: &mut Dice, office: usize) -> Play {
    let scanner = workstation(office, 2, 77);
    let steps = (100..220_u8)
        .map(|host| {
            let at_ms = i64::from(host - 100) * 250;
            let ends = Ends::tcp(dice, scanner, server(office, host), 445);
            if chance(dice, 150) { ends.refused(at_ms) } else { ends.unanswered(at_ms) }
        })
        .collect();
    let network = server(office, 0).address;
    Play { src: scanner.address.to_string(), dst: format!("{network}/24"), steps }
}

/// T1110.001: short sessions that are all alike, one after the other; then one that stays.
pub(super) fn ssh_guessing(dice: &mut Dice, office: usize) -> Play {
    let (guesser, target) = (hostile(office, 22), public_server(office, 9));
    let mut steps = Vec::new();
    for number in 0..50 {
        let lasts_ms = i64::from(between(dice, 1400, 2200));
        let (up, down) = (u64::from(between(dice, 1880, 1960)), u64::from(between(dice, 2380, 2420)));
        steps.push(Ends::tcp(dice, guesser, target, 22).session(2000 * number + 2200, lasts_ms, up, down));
    }
    steps.push(Ends::tcp(dice, guesser, target, 22).session(160_000, 50_000, 96_000, 410_000));
    Play { src: guesser.address.to_string(), dst: target.address.to_string(), steps }
}

/// T1110.003: few sessions with each of many hosts.
pub(super) fn password_spray(dice: &mut Dice, office: usize) -> Play {
    let sprayer = workstation(office, 1, 61);
    let mut steps = Vec::new();
    for round in 0..3 {
        for host in 0..40_u8 {
            let at_ms = round * 30_000 + i64::from(host) * 600 + 1500;
            let target = workstation(office, 3, 100 + host);
            let (up, down) = (u64::from(between(dice, 2450, 2600)), u64::from(between(dice, 1750, 1850)));
            steps.push(Ends::tcp(dice, sprayer, target, 3389).session(at_ms, 1200, up, down));
        }
    }
    let network = workstation(office, 3, 0).address;
    Play { src: sprayer.address.to_string(), dst: format!("{network}/24"), steps }
}

/// T1021.002: sessions on administrators' ports with hosts that a workstation has nothing to do with; then one of these
/// does the same.
pub(super) fn lateral(dice: &mut Dice, office: usize) -> Play {
    let (first, second) = (workstation(office, 4, 88), server(office, 41));
    let mut steps = Vec::new();
    for (begin_ms, from, hosts) in [(2000, first, 30..46_u8), (60_000, second, 60..76)] {
        for (number, host) in hosts.enumerate() {
            let at_ms = begin_ms + number as i64 * 2000;
            let (up, down) =
                (u64::from(between(dice, 40_000, 160_000)), u64::from(between(dice, 9000, 30_000)));
            steps.push(Ends::tcp(dice, from, server(office, host), 445).session(at_ms, 1800, up, down));
        }
    }
    let network = server(office, 0).address;
    Play { src: first.address.to_string(), dst: format!("{network}/24"), steps }
}
