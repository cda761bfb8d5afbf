//! Each analytic: what must be noticed, and what must not.

use weir_sigma::Level;

use crate::flows::{Row, SECOND, SESSION, SYN, T0, inside, outside};
use crate::watch;

fn levels(rows: &mut [Row], rule: &str) -> Vec<Level> {
    rows.sort_by_key(|row| row.end);
    watch(rows, &[40], None)
        .into_values()
        .filter(|found| found.rule == rule)
        .map(|found| found.level)
        .collect()
}

fn sessions(client: u32, server: u32, port: u16, starts: impl Iterator<Item = f64>, bytes: u64) -> Vec<Row> {
    let session = |(n, start): (usize, f64)| {
        let there = Row::tcp(client, server, port, SESSION, T0 + (start * SECOND as f64) as i64)
            .on_port(50_000 + n as u16)
            .of(10, bytes)
            .lasting(2.0);
        [there, there.answer(9, bytes)]
    };
    starts.enumerate().flat_map(session).collect()
}

#[test]
fn fourteen_ports_are_no_scan_and_fifteen_are() {
    let tries = |count: u16| {
        (0..count).map(|n| Row::tcp(inside(5), inside(9), 1_000 + n, SYN, T0)).collect::<Vec<Row>>()
    };
    assert_eq!(levels(&mut tries(14), "weir-port-scan"), []);
    assert_eq!(levels(&mut tries(15), "weir-port-scan"), [Level::Medium]);
}

#[test]
fn ports_that_answer_are_no_scan() {
    let mut rows: Vec<Row> =
        (0..200).map(|n| Row::tcp(inside(5), inside(9), 1_000 + n, SESSION, T0).of(8, 900)).collect();
    assert_eq!(levels(&mut rows, "weir-port-scan"), []);
}

#[test]
fn udp_that_is_answered_is_no_scan() {
    let ask = |n: u32| Row::udp(inside(5), outside(n), 40_000, 53, T0 + i64::from(n) * SECOND / 10);
    let mut answered: Vec<Row> = (0..100).flat_map(|n| [ask(n), ask(n).answer(1, 300)]).collect();
    assert_eq!(levels(&mut answered, "weir-host-scan"), []);
    let mut silent: Vec<Row> = (0..100).map(ask).collect();
    assert_eq!(levels(&mut silent, "weir-host-scan"), [Level::Medium]);
}

#[test]
fn a_long_session_after_guesses_is_success() {
    let mut rows = sessions(outside(1), inside(22), 22, (0..12).map(|n| f64::from(n) * 5.0), 3_000);
    assert_eq!(levels(&mut rows, "weir-password-guessing"), [Level::Medium]);
    let work =
        Row::tcp(outside(1), inside(22), 22, SESSION, T0 + 70 * SECOND).on_port(60_000).of(900, 90_000);
    rows.extend([work.lasting(120.0), work.lasting(120.0).answer(800, 400_000)]);
    assert_eq!(levels(&mut rows, "weir-password-guessing"), [Level::High]);
}

#[test]
fn sessions_of_every_size_are_no_guessing() {
    let mut rows = Vec::new();
    for n in 0..20_u64 {
        let one = Row::tcp(inside(1), inside(22), 22, SESSION, T0 + n as i64 * 10 * SECOND)
            .on_port(50_000 + n as u16)
            .of(100, 10_000 * (1 + n % 7));
        rows.extend([one.lasting(5.0), one.lasting(5.0).answer(90, 20_000 * (1 + n % 5))]);
    }
    assert_eq!(levels(&mut rows, "weir-password-guessing"), []);
}

#[test]
fn answers_that_were_asked_for_are_no_amplification() {
    let answers = |n: u32| Row::udp(outside(n), inside(53), 53, 40_000, T0).of(2, 3_000);
    let mut attack: Vec<Row> = (0..80).map(answers).collect();
    assert_eq!(levels(&mut attack, "weir-amplification"), [Level::High]);
    let mut asked: Vec<Row> = (0..80).flat_map(|n| [answers(n), answers(n).answer(2, 140)]).collect();
    assert_eq!(levels(&mut asked, "weir-amplification"), []);
}

#[test]
fn pings_of_monitoring_are_no_tunnel() {
    let pings = |bytes: u64| {
        let ping = |n: i64| Row::ping(inside(3), outside(3), T0 + n * SECOND).of(1, bytes);
        (0..60).flat_map(|n| [ping(n), ping(n).answer(1, bytes)]).collect::<Vec<Row>>()
    };
    assert_eq!(levels(&mut pings(84), "weir-icmp-tunnel"), []);
    assert_eq!(levels(&mut pings(1_228), "weir-icmp-tunnel"), [Level::Medium]);
}

#[test]
fn echoes_that_do_not_bring_back_what_was_sent_are_a_tunnel() {
    let ping = |n: i64| Row::ping(inside(3), outside(3), T0 + n * SECOND).of(1, 70);
    let mut shell: Vec<Row> = (0..60).flat_map(|n| [ping(n), ping(n).answer(1, 160)]).collect();
    assert_eq!(levels(&mut shell, "weir-icmp-tunnel"), [Level::Medium]);
}

#[test]
fn many_sources_that_are_not_answered_are_a_flood() {
    let send = |n: u32| Row::udp(outside(n), inside(9), 40_000, 7_777, T0 + i64::from(n % 20) * SECOND);
    let mut flood: Vec<Row> = (0..1_000).map(send).collect();
    assert_eq!(levels(&mut flood, "weir-volume-flood"), [Level::High]);
    let mut served: Vec<Row> = (0..1_000).flat_map(|n| [send(n), send(n).answer(1, 90)]).collect();
    assert_eq!(levels(&mut served, "weir-volume-flood"), []);
}

#[test]
fn acks_out_of_nowhere_are_a_scan() {
    let probe = |n: u16| {
        let there = Row::tcp(inside(5), inside(9), 1_000 + n, 0x10, T0);
        [there, Row { flags: 0x04, ..there.answer(1, 40) }]
    };
    let mut probes: Vec<Row> = (0..40).flat_map(probe).collect();
    assert_eq!(levels(&mut probes, "weir-port-scan"), [Level::Medium]);
}

#[test]
fn queries_on_new_ports_are_no_tunnel() {
    let query = |n: u16, port: u16, bytes: u64| {
        let at = T0 + i64::from(n) * SECOND / 4;
        let there = Row::udp(inside(4), outside(53), port, 53, at).of(1, bytes);
        [there, there.answer(1, 250)]
    };
    let mut ordinary: Vec<Row> = (0..400).flat_map(|n| query(n, 20_000 + n, 72)).collect();
    assert_eq!(levels(&mut ordinary, "weir-dns-tunnel"), []);
    let mut tunnel: Vec<Row> = (0..400).flat_map(|n| query(n, 20_000, 150)).collect();
    assert_eq!(levels(&mut tunnel, "weir-dns-tunnel"), [Level::Medium]);
}

#[test]
fn what_is_periodic_by_nature_is_no_beacon() {
    let starts = || (0..40).map(|n| f64::from(n) * 60.0 + f64::from(n * 7 % 5));
    let mut beacon = sessions(inside(1), outside(1), 8081, starts(), 600);
    assert_eq!(levels(&mut beacon, "weir-beacon").last(), Some(&Level::Medium));
    let mut modbus = sessions(inside(1), inside(2), 502, starts(), 600);
    assert_eq!(levels(&mut modbus, "weir-beacon"), []);
    let mut person =
        sessions(inside(1), outside(1), 443, (0..40).map(|n| f64::from(n * n * 37 % 4_001)), 600);
    assert_eq!(levels(&mut person, "weir-beacon"), []);
}

#[test]
fn pieces_of_a_long_connection_are_one() {
    let piece = |n: i64| {
        let there =
            Row::tcp(inside(1), outside(1), 4444, SESSION, T0 + n * 60 * SECOND).of(4, 400).lasting(60.0);
        [there, there.answer(4, 500)]
    };
    let mut short: Vec<Row> = (0..50).flat_map(piece).collect();
    assert_eq!(levels(&mut short, "weir-long-connection"), []);
    let mut long: Vec<Row> = (0..70).flat_map(piece).collect();
    assert_eq!(levels(&mut long, "weir-long-connection"), [Level::Low]);
    let mut longer: Vec<Row> = (0..250).flat_map(piece).collect();
    assert_eq!(levels(&mut longer, "weir-long-connection"), [Level::Medium]);
}

#[test]
fn knocking_at_two_dead_servers_is_a_fallback() {
    let knocks = |server: u32, count: i64| {
        (0..count).map(move |n| {
            Row::tcp(inside(1), outside(server), 4143, SYN, T0 + n * 300 * SECOND).on_port(50_000 + n as u16)
        })
    };
    let mut two: Vec<Row> = knocks(1, 8).chain(knocks(2, 8)).collect();
    assert_eq!(levels(&mut two, "weir-fallback-channels").last(), Some(&Level::Medium));
    let mut peers: Vec<Row> = (0..30).flat_map(|n| knocks(n, 8)).collect();
    assert_eq!(levels(&mut peers, "weir-fallback-channels"), []);
}

#[test]
fn sampled_counts_say_so() {
    let rows: Vec<Row> = (0..30)
        .map(|n| Row { sampling: Some(1_000), ..Row::tcp(inside(5), inside(9), 1_000 + n, SYN, T0) })
        .collect();
    let found = watch(&rows, &[10], None);
    let scan = found.values().find(|found| found.rule == "weir-port-scan").unwrap();
    assert_eq!(scan.quality.sampling, Some(1_000));
    assert!(scan.quality.interval.unwrap().0 < 30.0);
    assert!(!scan.quality.notes.is_empty());
}

const HOUR: i64 = 3_600 * SECOND;

#[test]
fn what_is_usual_is_no_exfiltration() {
    let upload = |hour: i64, bytes: u64| {
        let there = Row::tcp(inside(1), outside(1), 443, SESSION, T0 + hour * HOUR).of(bytes / 1_400, bytes);
        [there.lasting(60.0), there.lasting(60.0).answer(bytes / 2_800, bytes / 100)]
    };
    let mut little: Vec<Row> = upload(0, 90_000_000).into();
    assert_eq!(levels(&mut little, "weir-exfiltration"), []);
    let mut unknown: Vec<Row> = upload(0, 600_000_000).into();
    assert_eq!(levels(&mut unknown, "weir-exfiltration"), [Level::Low]);
    let mut usual: Vec<Row> =
        (0..40).flat_map(|hour| upload(hour, 10_000_000 + hour as u64 * 1_000)).collect();
    assert_eq!(levels(&mut usual, "weir-exfiltration"), []);
    usual.extend(upload(40, 700_000_000));
    assert_eq!(levels(&mut usual, "weir-exfiltration"), [Level::Medium]);
}

#[test]
fn connections_that_are_held_open_are_told_of() {
    let hold = |count: u16, bytes: u64| {
        (0..count)
            .flat_map(|n| {
                let there =
                    Row::tcp(outside(1), inside(80), 80, SESSION, T0).on_port(40_000 + n).of(12, bytes);
                [there.lasting(100.0), there.lasting(100.0).answer(8, 400)]
            })
            .collect::<Vec<Row>>()
    };
    assert_eq!(levels(&mut hold(60, 900), "weir-slow-connections"), [Level::Medium]);
    assert_eq!(levels(&mut hold(60, 90_000), "weir-slow-connections"), []);
    assert_eq!(levels(&mut hold(30, 900), "weir-slow-connections"), []);
}

#[test]
fn a_server_that_appears_after_the_week_of_learning_is_told_of() {
    let ask = |server: u32, hour: i64| {
        let there = Row::udp(inside(1), inside(server), 40_000, 53, T0 + hour * HOUR).of(1, 70);
        [there, there.answer(1, 200)]
    };
    let mut rows: Vec<Row> = (0..240).flat_map(|hour| ask(53, hour)).collect();
    assert_eq!(levels(&mut rows, "weir-unexpected-server"), []);
    rows.extend(ask(66, 200));
    assert_eq!(levels(&mut rows, "weir-unexpected-server"), [Level::Medium]);
    let mut early: Vec<Row> = (0..200).flat_map(|hour| ask(53, hour)).chain(ask(66, 20)).collect();
    assert_eq!(levels(&mut early, "weir-unexpected-server"), []);
}

#[test]
fn a_host_that_was_always_there_is_missed() {
    let talk = |host: u32, hours: std::ops::Range<i64>| {
        hours.map(move |hour| Row::tcp(inside(host), outside(1), 443, SESSION, T0 + hour * HOUR).of(9, 900))
    };
    let mut both: Vec<Row> = talk(1, 0..180).chain(talk(2, 0..180)).collect();
    assert_eq!(levels(&mut both, "weir-silent-host"), []);
    let mut one: Vec<Row> = talk(1, 0..180).chain(talk(2, 0..170)).collect();
    assert_eq!(levels(&mut one, "weir-silent-host"), [Level::Low]);
}

#[test]
fn administration_of_many_hosts_is_told_of() {
    let administer = |count: u32| {
        (0..count)
            .flat_map(|n| {
                sessions(inside(1), inside(100 + n), 3389, std::iter::once(f64::from(n) * 20.0), 60_000)
            })
            .collect::<Vec<Row>>()
    };
    assert_eq!(levels(&mut administer(9), "weir-admin-fanout"), []);
    assert_eq!(levels(&mut administer(12), "weir-admin-fanout").last(), Some(&Level::Medium));
}

#[test]
fn a_victim_that_becomes_a_source_is_a_chain() {
    let mut rows = sessions(outside(1), inside(22), 22, (0..12).map(|n| f64::from(n) * 5.0), 3_000);
    let work =
        Row::tcp(outside(1), inside(22), 22, SESSION, T0 + 70 * SECOND).on_port(60_000).of(900, 90_000);
    rows.extend([work.lasting(120.0), work.lasting(120.0).answer(800, 400_000)]);
    assert_eq!(levels(&mut rows, "weir-attack-chain"), []);
    rows.extend((0..30).map(|n| Row::tcp(inside(22), inside(100 + n), 445, SYN, T0 + 600 * SECOND)));
    assert_eq!(levels(&mut rows, "weir-attack-chain"), [Level::High]);
}
