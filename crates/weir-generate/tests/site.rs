//! What the made-up organisation looks like.

#![expect(clippy::unwrap_used, reason = "tests panic")]

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use weir_generate::{Flow, GenerateError, SCENARIOS, Site, SiteConfig, View, find_scenario, spike_names};

/// Wednesday, 17 June 2026, 10:00 UTC.
const MORNING: i64 = 1_781_690_400_000_000_000;
const NIGHT: i64 = MORNING - 8 * 3_600_000_000_000;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

fn flows(config: SiteConfig, now_ns: i64, count: usize) -> Vec<Flow> {
    Site::new(config).unwrap().flows(now_ns).take(count).collect()
}

fn mixed(now_ns: i64, count: usize) -> Vec<Flow> {
    flows(SiteConfig::default(), now_ns, count)
}

#[test]
fn a_seed_decides_everything() {
    assert_eq!(mixed(MORNING, 5000), mixed(MORNING, 5000));
    let other = flows(SiteConfig { seed: 2, ..SiteConfig::default() }, MORNING, 5000);
    assert_ne!(mixed(MORNING, 5000), other);
}

#[test]
fn both_directions_are_reported_with_the_ports_and_interfaces_swapped() {
    let flows = mixed(MORNING, 20_000);
    let mut paired = 0;
    let mut flows = flows.iter().peekable();
    while let Some(there) = flows.next() {
        let is_answer = |back: &&Flow| (there.src, there.dst) == (back.dst, back.src);
        let Some(back) = flows.next_if(is_answer) else { continue };
        if there.protocol == back.protocol && matches!(there.protocol, 6 | 17) {
            assert_eq!((there.src_port, there.dst_port), (back.dst_port, back.src_port));
        }
        assert_eq!((there.in_if, there.out_if), (back.out_if, back.in_if));
        assert_eq!((there.src_as, there.dst_as), (back.dst_as, back.src_as));
        assert_eq!((there.src_mask, there.dst_mask), (back.dst_mask, back.src_mask));
        paired += 2;
    }
    assert!(paired > 18_000, "{paired} of 20000 flows are halves of a conversation");
}

#[test]
fn tcp_flags_tell_a_story() {
    let mut seen = HashMap::new();
    for flow in mixed(MORNING, 50_000) {
        if flow.protocol == 6 {
            assert_ne!(flow.tcp_flags, 0);
            *seen.entry(flow.tcp_flags).or_insert(0u32) += 1;
        } else {
            assert_eq!(flow.tcp_flags, 0);
        }
    }
    let count = |want: u8, lacks: u8| -> u32 {
        seen.iter().filter(|(flags, _)| **flags & want == want && **flags & lacks == 0).map(|(_, n)| n).sum()
    };
    let tcp: u32 = seen.values().sum();
    assert!(count(SYN | ACK | FIN, 0) > tcp * 7 / 10, "most connections begin and end: {seen:?}");
    assert!(count(SYN, ACK) > 100, "some are never answered");
    assert!(count(RST | ACK, SYN) > 50, "some are refused");
    assert!(count(SYN | RST, 0) > 100, "some are reset");
    assert!(count(ACK, SYN | FIN | RST) > 100, "some go on");
}

#[test]
fn an_address_keeps_its_interface_and_as() {
    let mut known: HashMap<IpAddr, (u32, u32)> = HashMap::new();
    for flow in mixed(MORNING, 50_000) {
        for (address, interface, asn) in
            [(flow.src, flow.in_if, flow.src_as), (flow.dst, flow.out_if, flow.dst_as)]
        {
            let before = *known.entry(address).or_insert((interface, asn));
            assert_eq!(before, (interface, asn), "{address}");
        }
    }
}

#[test]
fn counters_and_times_make_sense() {
    for flow in mixed(MORNING, 50_000) {
        assert!(flow.packets > 0);
        let mean = flow.bytes / flow.packets;
        assert!((28..=1500).contains(&mean), "{mean} bytes a packet: {flow:?}");
        assert!(u32::try_from(flow.bytes).is_ok());
        assert!(flow.start_ns <= flow.end_ns && flow.end_ns <= MORNING, "{flow:?}");
        assert!(MORNING - flow.end_ns <= 1_000_000_000, "{flow:?}");
        assert!(flow.end_ns - flow.start_ns <= 60_000_000_000);
        assert_eq!((flow.start_ns % 1_000_000, flow.end_ns % 1_000_000), (0, 0));
        assert_eq!(flow.src.is_ipv6(), flow.dst.is_ipv6());
        assert_eq!(flow.src.is_ipv6(), flow.next_hop.is_ipv6());
        assert_ne!(flow.src, flow.dst);
    }
}

#[test]
fn sizes_have_a_heavy_tail() {
    let mut bytes: Vec<u64> = mixed(MORNING, 50_000).iter().map(|flow| flow.bytes).collect();
    bytes.sort_unstable_by(|a, b| b.cmp(a));
    let total: u64 = bytes.iter().sum();
    let top: u64 = bytes[..bytes.len() / 100].iter().sum();
    assert!(top * 2 > total, "one flow in a hundred carries more than half: {top} of {total}");
}

#[test]
fn there_are_many_hosts_and_some_are_popular() {
    let exporters = vec![View::default(); 8];
    let flows = flows(SiteConfig { exporters, ..SiteConfig::default() }, MORNING, 200_000);
    let mut seen: HashMap<IpAddr, u32> = HashMap::new();
    for flow in &flows {
        *seen.entry(flow.src).or_default() += 1;
    }
    assert!(seen.len() > 10_000, "{} addresses", seen.len());
    let most = seen.values().max().unwrap();
    assert!(*most > 800, "the most popular one sends {most} flows");
    let ipv6 = flows.iter().filter(|flow| flow.is_ipv6()).count();
    assert!((20_000..80_000).contains(&ipv6), "{ipv6} flows of IPv6");
}

#[test]
fn backups_run_at_night() {
    let bytes_to = |now_ns: i64, port: &[u16]| -> u64 {
        let flows = mixed(now_ns, 50_000);
        flows.iter().filter(|flow| port.contains(&flow.dst_port)).map(|flow| flow.bytes).sum()
    };
    let backup = [873, 9103, 10000];
    assert!(bytes_to(NIGHT, &backup) > 5 * bytes_to(MORNING, &backup));
    let meetings = |now_ns| mixed(now_ns, 50_000).iter().filter(|flow| flow.dst_port == 8801).count();
    assert!(meetings(MORNING) > 5 * meetings(NIGHT).max(1));
}

#[test]
fn a_spike_is_most_of_the_traffic() {
    for (spike, port) in [("ssh", 22), ("https", 443), ("DNS", 53), ("mysql", 3306), ("https_alt", 8080)] {
        let config = SiteConfig { spike: Some(spike.into()), ..SiteConfig::default() };
        let flows = flows(config, MORNING, 10_000);
        let either = |flow: &&Flow| [flow.src_port, flow.dst_port].contains(&port);
        let share = flows.iter().filter(either).count();
        assert!(share > if spike == "https_alt" { 3500 } else { 7500 }, "{spike}: {share} of 10000");
    }
}

#[test]
fn an_unknown_spike_lists_the_known_ones() {
    let config = SiteConfig { spike: Some("gopher".into()), ..SiteConfig::default() };
    let error = Site::new(config).unwrap_err();
    assert!(error.is_usage());
    let text = error.to_string();
    assert!(text.contains("`gopher`") && text.contains("bittorrent") && text.contains("https"), "{text}");
    for name in [
        "ssh",
        "ftp",
        "http",
        "https",
        "ntp",
        "snmp",
        "imaps",
        "mysql",
        "https_alt",
        "p2p",
        "bittorrent",
        "dns",
    ] {
        assert!(spike_names().contains(&name), "nflow-generator knows {name}");
    }
}

#[test]
fn false_indexes_are_random() {
    let config = SiteConfig { false_index: true, ..SiteConfig::default() };
    let indexes: HashSet<u32> = flows(config, MORNING, 1000).iter().map(|flow| flow.in_if).collect();
    assert!(indexes.len() > 900, "{}", indexes.len());
    let indexes: HashSet<u32> = mixed(MORNING, 1000).iter().map(|flow| flow.in_if).collect();
    assert!(indexes.len() <= 12, "{}", indexes.len());
}

#[test]
fn every_scenario_makes_flows() {
    for scenario in SCENARIOS {
        let config = SiteConfig { scenario, ..SiteConfig::default() };
        assert_eq!(flows(config, NIGHT, 1000).len(), 1000, "{}", scenario.name);
    }
    assert!(matches!(find_scenario("nonsense"), Err(GenerateError::UnknownScenario { .. })));
}

#[test]
fn a_flood_comes_from_everywhere() {
    let scenario = find_scenario("flood").unwrap();
    let flows = flows(SiteConfig { scenario, ..SiteConfig::default() }, MORNING, 50_000);
    let syns: Vec<&Flow> = flows.iter().filter(|flow| flow.tcp_flags == SYN && flow.packets == 1).collect();
    let sources: HashSet<IpAddr> = syns.iter().map(|flow| flow.src).collect();
    assert!(sources.len() > 25_000, "{}", sources.len());
}
