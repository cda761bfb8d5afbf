//! Who there is: the interfaces and hosts of an office, and the networks of the world outside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::shape::{Dice, Weighted, below, scatter};
use crate::encode::Interface;

/// AS number of the site's public prefix; one of those for documentation (RFC 5398).
pub(crate) const OWN_AS: u32 = 64500;

const UPLINK_A: u32 = 1;
const UPLINK_B: u32 = 2;
const DATA_CENTRE: u32 = 3;
const DMZ: u32 = 4;
const OTHER_SITES: u32 = 5;
const FLOOR: u32 = 11;
const FLOORS: u32 = 6;
const GUESTS: u32 = 20;

const GIGABIT: u64 = 1_000_000_000;

/// Every exporter has the same interfaces.
pub(crate) const INTERFACES: &[Interface] = &[
    Interface { index: UPLINK_A, name: "Te0/0/0", description: "uplink: transit A", speed: 10 * GIGABIT },
    Interface { index: UPLINK_B, name: "Te0/0/1", description: "uplink: transit B", speed: 10 * GIGABIT },
    Interface { index: DATA_CENTRE, name: "Te0/1/0", description: "data centre", speed: 10 * GIGABIT },
    Interface { index: DMZ, name: "Gi0/2/0", description: "DMZ", speed: GIGABIT },
    Interface { index: OTHER_SITES, name: "Gi0/2/1", description: "other sites", speed: GIGABIT },
    Interface { index: FLOOR, name: "Gi0/3/0", description: "clients: ground floor", speed: GIGABIT },
    Interface { index: FLOOR + 1, name: "Gi0/3/1", description: "clients: 1st floor", speed: GIGABIT },
    Interface { index: FLOOR + 2, name: "Gi0/3/2", description: "clients: 2nd floor", speed: GIGABIT },
    Interface { index: FLOOR + 3, name: "Gi0/3/3", description: "clients: 3rd floor", speed: GIGABIT },
    Interface { index: FLOOR + 4, name: "Gi0/3/4", description: "clients: 4th floor", speed: GIGABIT },
    Interface { index: FLOOR + 5, name: "Gi0/3/5", description: "clients: workshop", speed: GIGABIT },
    Interface { index: GUESTS, name: "Gi0/4/0", description: "guest wireless", speed: GIGABIT },
];

/// Where one end of a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A workstation on one of the floors.
    Client,
    /// A phone or laptop in the guest wireless network.
    Guest,
    /// A server in the data centre: the first host number of its role, and how many there are.
    Server(u8, u8),
    /// A server with a public address, likewise.
    Dmz(u8, u8),
    /// A host in a client network of another office.
    OtherSite,
    /// A network of the world outside that serves this purpose.
    Remote(Purpose),
    /// Any IPv4 address at all.
    Anywhere,
}

/// What a remote network is talked to for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Purpose {
    Web,
    Video,
    Resolver,
    Time,
    Mail,
    Meeting,
    Update,
    /// Homes and phones: the visitors of our own web servers.
    Visitor,
    /// Scanners. Only documentation prefixes, so that no real network is called an attacker.
    Hostile,
}

impl Purpose {
    const ALL: [Purpose; 9] = [
        Purpose::Web,
        Purpose::Video,
        Purpose::Resolver,
        Purpose::Time,
        Purpose::Mail,
        Purpose::Meeting,
        Purpose::Update,
        Purpose::Visitor,
        Purpose::Hostile,
    ];
}

/// One end of a conversation, with all that a router knows of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) address: IpAddr,
    pub(crate) mask: u8,
    pub(crate) asn: u32,
    pub(crate) interface: u32,
    pub(crate) vlan: u16,
    pub(crate) mac: [u8; 6],
    pub(crate) ttl: u8,
    /// The router that packets to it are handed to.
    pub(crate) gateway: IpAddr,
}

struct Remote {
    asn: u32,
    v4: ([u8; 4], u8),
    /// The first four groups and the prefix length.
    v6: Option<([u16; 4], u8)>,
    /// Weight for each purpose.
    uses: &'static [(Purpose, u16)],
}

const fn remote(
    asn: u32,
    v4: ([u8; 4], u8),
    v6: Option<([u16; 4], u8)>,
    uses: &'static [(Purpose, u16)],
) -> Remote {
    Remote { asn, v4, v6, uses }
}

use Purpose::{Hostile, Mail, Meeting, Resolver, Time, Update, Video, Visitor, Web};

/// Well-known networks with prefixes that they announce. Which host in them is made up.
#[rustfmt::skip] // a table: one line each
const REMOTES: &[Remote] = &[
    remote(15169, ([142, 250, 0, 0], 15), Some(([0x2a00, 0x1450, 0x4001, 0], 48)), &[(Web, 240), (Video, 300), (Mail, 60)]),
    remote(13335, ([104, 16, 0, 0], 13), Some(([0x2606, 0x4700, 0, 0], 32)), &[(Web, 170)]),
    remote(16509, ([52, 84, 0, 0], 15), Some(([0x2600, 0x9000, 0, 0], 28)), &[(Web, 160), (Update, 60)]),
    remote(14618, ([54, 144, 0, 0], 14), None, &[(Web, 70)]),
    remote(8075, ([20, 33, 0, 0], 16), Some(([0x2603, 0x1000, 0, 0], 24)), &[(Web, 150), (Mail, 120), (Update, 150)]),
    remote(8075, ([52, 112, 0, 0], 14), Some(([0x2603, 0x1063, 0, 0], 32)), &[(Meeting, 300)]),
    remote(8068, ([13, 107, 0, 0], 16), Some(([0x2620, 0x01ec, 0, 0], 36)), &[(Web, 60)]),
    remote(32934, ([157, 240, 0, 0], 16), Some(([0x2a03, 0x2880, 0, 0], 32)), &[(Web, 70), (Video, 60)]),
    remote(20940, ([23, 32, 0, 0], 11), Some(([0x2a02, 0x26f0, 0, 0], 32)), &[(Web, 90), (Video, 80), (Update, 120)]),
    remote(16625, ([104, 64, 0, 0], 10), None, &[(Web, 40), (Update, 30)]),
    remote(2906, ([45, 57, 0, 0], 17), Some(([0x2620, 0x010c, 0x7000, 0], 44)), &[(Video, 200)]),
    remote(714, ([17, 248, 0, 0], 16), Some(([0x2620, 0x0149, 0, 0], 36)), &[(Web, 50), (Update, 60), (Time, 30)]),
    remote(54113, ([151, 101, 0, 0], 16), Some(([0x2a04, 0x4e42, 0, 0], 32)), &[(Web, 80), (Update, 50)]),
    remote(36459, ([140, 82, 112, 0], 20), Some(([0x2606, 0x50c0, 0, 0], 32)), &[(Web, 30)]),
    remote(13414, ([104, 244, 40, 0], 21), None, &[(Web, 20)]),
    remote(14907, ([208, 80, 152, 0], 22), Some(([0x2620, 0, 0x0860, 0], 46)), &[(Web, 20)]),
    remote(14340, ([136, 146, 0, 0], 15), None, &[(Web, 20)]),
    remote(30103, ([170, 114, 0, 0], 16), None, &[(Meeting, 200)]),
    remote(24940, ([88, 198, 0, 0], 16), Some(([0x2a01, 0x04f8, 0, 0], 32)), &[(Web, 25), (Mail, 30), (Time, 40)]),
    remote(16276, ([51, 68, 0, 0], 16), Some(([0x2001, 0x41d0, 0, 0], 32)), &[(Web, 20), (Mail, 30), (Time, 20)]),
    remote(14061, ([167, 99, 0, 0], 16), Some(([0x2604, 0xa880, 0, 0], 32)), &[(Web, 15)]),
    remote(63949, ([172, 104, 0, 0], 15), Some(([0x2600, 0x3c00, 0, 0], 32)), &[(Web, 12), (Time, 20)]),
    remote(15169, ([8, 8, 8, 0], 24), Some(([0x2001, 0x4860, 0x4860, 0], 48)), &[(Resolver, 200)]),
    remote(13335, ([1, 1, 1, 0], 24), Some(([0x2606, 0x4700, 0x4700, 0], 48)), &[(Resolver, 150), (Time, 30)]),
    remote(19281, ([9, 9, 9, 0], 24), Some(([0x2620, 0x00fe, 0, 0], 48)), &[(Resolver, 60)]),
    remote(26415, ([192, 5, 6, 0], 24), Some(([0x2001, 0x0503, 0xa83e, 0], 48)), &[(Resolver, 40)]),
    remote(3320, ([80, 128, 0, 0], 11), Some(([0x2003, 0, 0, 0], 19)), &[(Visitor, 120), (Mail, 30)]),
    remote(3209, ([88, 64, 0, 0], 12), None, &[(Visitor, 60)]),
    remote(7922, ([73, 0, 0, 0], 8), Some(([0x2601, 0, 0, 0], 20)), &[(Visitor, 80)]),
    remote(7018, ([99, 0, 0, 0], 10), Some(([0x2600, 0x1700, 0, 0], 28)), &[(Visitor, 40)]),
    remote(701, ([71, 160, 0, 0], 11), None, &[(Visitor, 30)]),
    remote(3215, ([90, 0, 0, 0], 9), Some(([0x2a01, 0xc000, 0, 0], 19)), &[(Visitor, 60), (Mail, 20)]),
    remote(2856, ([86, 128, 0, 0], 10), Some(([0x2a00, 0x23c0, 0, 0], 28)), &[(Visitor, 50)]),
    remote(3352, ([83, 32, 0, 0], 11), None, &[(Visitor, 30)]),
    remote(3269, ([79, 0, 0, 0], 11), None, &[(Visitor, 30)]),
    remote(1136, ([84, 80, 0, 0], 12), Some(([0x2a02, 0xa440, 0, 0], 26)), &[(Visitor, 25)]),
    remote(3303, ([85, 0, 0, 0], 13), Some(([0x2a02, 0x1200, 0, 0], 27)), &[(Visitor, 25)]),
    remote(4766, ([121, 128, 0, 0], 10), None, &[(Visitor, 15)]),
    remote(2516, ([106, 128, 0, 0], 10), Some(([0x240f, 0, 0, 0], 24)), &[(Visitor, 15)]),
    remote(1221, ([1, 128, 0, 0], 11), Some(([0x2001, 0x8000, 0, 0], 20)), &[(Visitor, 15)]),
    remote(28573, ([177, 32, 0, 0], 12), Some(([0x2804, 0x014c, 0, 0], 31)), &[(Visitor, 20)]),
    remote(55836, ([49, 32, 0, 0], 11), Some(([0x2409, 0x4000, 0, 0], 22)), &[(Visitor, 20)]),
    remote(174, ([38, 64, 0, 0], 10), None, &[(Web, 10), (Visitor, 5)]),
    remote(3356, ([4, 0, 0, 0], 9), Some(([0x2001, 0x1900, 0, 0], 32)), &[(Web, 10), (Visitor, 5)]),
    remote(64496, ([203, 0, 113, 0], 24), None, &[(Hostile, 60)]),
    remote(64511, ([198, 51, 100, 0], 24), None, &[(Hostile, 40)]),
];

/// The people and machines of all offices, and how popular each is.
#[derive(Debug)]
pub(crate) struct Network {
    /// For each purpose, which remote network serves it.
    by_purpose: Vec<Weighted>,
    remote_hosts: Weighted,
    visitors: Weighted,
    clients: Weighted,
}

impl Network {
    pub(crate) fn new() -> Self {
        let weight = |remote: &Remote, purpose: Purpose| {
            let found = remote.uses.iter().find(|(for_what, _)| *for_what == purpose);
            found.map_or(0.0, |(_, weight)| f64::from(*weight))
        };
        let by_purpose = Purpose::ALL
            .iter()
            .map(|&purpose| Weighted::new(REMOTES.iter().map(|remote| weight(remote, purpose))))
            .collect();
        Network {
            by_purpose,
            remote_hosts: Weighted::zipf(512, 2.0),
            visitors: Weighted::zipf(4096, 200.0),
            clients: Weighted::zipf(180, 8.0),
        }
    }

    /// Someone at `place`, seen from the office of exporter `office`. Asks for IPv6 may be answered with IPv4
    /// where the network has none.
    pub(crate) fn pick(&self, dice: &mut Dice, office: usize, place: Place, ipv6: bool) -> Endpoint {
        match place {
            Place::Client => {
                let floor = below(dice, FLOORS);
                let host = 20 + self.clients.draw(dice) as u32;
                local(office, FLOOR + floor, 10 + floor as u8, 110 + 10 * floor as u16, host, ipv6)
            }
            Place::Guest => {
                let host = 10 + self.clients.draw(dice) as u32;
                local(office, GUESTS, 64 + below(dice, 2) as u8, 300, host, ipv6)
            }
            Place::Server(first, count) => {
                let host = u32::from(first) + below(dice, u32::from(count));
                local(office, DATA_CENTRE, 1, 101, host, ipv6)
            }
            Place::Dmz(first, count) => {
                let host = u32::from(first) + below(dice, u32::from(count));
                dmz(office, host, ipv6)
            }
            Place::OtherSite => {
                let other = office + 1 + below(dice, 5) as usize;
                let host = 20 + self.clients.draw(dice) as u32;
                let mut endpoint = local(other, OTHER_SITES, 10 + below(dice, FLOORS) as u8, 0, host, ipv6);
                endpoint.gateway = match endpoint.address {
                    IpAddr::V4(_) => Ipv4Addr::new(10, 254, office as u8, 1).into(),
                    IpAddr::V6(_) => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0xfe).into(),
                };
                endpoint.mask = if ipv6 { 48 } else { 16 };
                endpoint.mac = [0x00, 0x1b, 0x54, 0x00, 0x05, office as u8];
                endpoint.ttl = endpoint.ttl.saturating_sub(2);
                endpoint
            }
            Place::Remote(purpose) => {
                let index = self.by_purpose[purpose as usize].draw(dice);
                let popularity = match purpose {
                    Purpose::Visitor => &self.visitors,
                    _ => &self.remote_hosts,
                };
                // Few resolvers, mail and time servers; many of everything else.
                let rank = match purpose {
                    Purpose::Resolver | Purpose::Mail | Purpose::Time | Purpose::Meeting => {
                        popularity.draw(dice) % 12
                    }
                    _ => popularity.draw(dice),
                };
                outside(office, index, rank as u64, ipv6)
            }
            Place::Anywhere => anyone(dice, office),
        }
    }
}

/// A workstation of the office, by floor and host number.
pub(crate) fn workstation(office: usize, floor: u8, host: u8) -> Endpoint {
    let floor = u32::from(floor) % FLOORS;
    local(office, FLOOR + floor, 10 + floor as u8, 110 + 10 * floor as u16, host.into(), false)
}

/// A server in the office's data centre, by host number.
pub(crate) fn server(office: usize, host: u8) -> Endpoint {
    local(office, DATA_CENTRE, 1, 101, host.into(), false)
}

/// A server of the office with a public address, by host number below 14.
pub(crate) fn public_server(office: usize, host: u8) -> Endpoint {
    dmz(office, host.into(), false)
}

/// A host that attacks from outside or is called by what it left inside: in a prefix for documentation, so that no real
/// network is called an attacker.
pub(crate) fn hostile(office: usize, host: u8) -> Endpoint {
    uplink(office, 64511, Ipv4Addr::new(198, 51, 100, host).into(), 24)
}

/// Any IPv4 address at all.
pub(crate) fn anyone(dice: &mut Dice, office: usize) -> Endpoint {
    let address = Ipv4Addr::from_bits(0x0100_0000 + below(dice, 0xdeff_ffff));
    let asn = 1 + (scatter(u64::from(address.to_bits() >> 16)) % 64_000) as u32;
    uplink(office, asn, address.into(), 16)
}

/// A host of the office itself, on a network that the router is connected to.
fn local(office: usize, interface: u32, subnet: u8, vlan: u16, host: u32, ipv6: bool) -> Endpoint {
    let site = (office % 250) as u8 + 1;
    let identity = scatter((office as u64) << 32 | u64::from(subnet) << 16 | u64::from(host));
    let id = identity.to_be_bytes();
    let server = interface == DATA_CENTRE || interface == DMZ;
    let vendor = if server {
        [0x00, 0x50, 0x56]
    } else {
        [[0x3c, 0x22, 0xfb], [0x00, 0x1e, 0xc9], [0xd4, 0x5d, 0x64], [0xf4, 0x39, 0x09]]
            [usize::from(id[7] & 3)]
    };
    Endpoint {
        address: if ipv6 {
            Ipv6Addr::new(0x2001, 0xdb8, office as u16 + 1, u16::from(subnet), 0, 0, 0, host as u16).into()
        } else {
            Ipv4Addr::new(10, site, subnet, host as u8).into()
        },
        mask: if ipv6 { 64 } else { 24 },
        asn: 0,
        interface,
        vlan,
        mac: [vendor[0], vendor[1], vendor[2], id[0], id[1], id[2]],
        ttl: if server || id[6] < 64 { 64 } else { 128 },
        gateway: if ipv6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() },
    }
}

/// A server of the office with a public address, in prefixes for documentation (RFC 5737, RFC 3849).
fn dmz(office: usize, host: u32, ipv6: bool) -> Endpoint {
    let mut endpoint = local(office, DMZ, 200, 200, host, ipv6);
    if !ipv6 {
        endpoint.address = Ipv4Addr::new(192, 0, 2, (office % 16) as u8 * 16 + host as u8).into();
        endpoint.mask = 28;
    }
    endpoint.asn = OWN_AS;
    endpoint
}

/// Host number `rank` of a remote network.
fn outside(office: usize, index: usize, rank: u64, ipv6: bool) -> Endpoint {
    let remote = &REMOTES[index];
    let spread = scatter((index as u64) << 32 | rank);
    if let (true, Some((groups, len))) = (ipv6, remote.v6) {
        let base = groups.iter().fold(0u64, |sum, group| sum << 16 | u64::from(*group));
        let host_bits = u64::MAX.checked_shr(u32::from(len)).unwrap_or(0);
        let high = base | (spread & host_bits & 0xffff_ffff_ffff_0000);
        let low = scatter(spread) & 0xffff;
        let address = Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low.max(1)));
        return uplink(office, remote.asn, address.into(), len);
    }
    let (base, len) = remote.v4;
    let host_bits = u32::MAX >> len;
    let mut host = spread as u32 & host_bits;
    if matches!(host & 0xff, 0 | 0xff) {
        host ^= 0x11; // neither a network's nor a broadcast's address
    }
    let address = Ipv4Addr::from_bits(u32::from_be_bytes(base) | host);
    uplink(office, remote.asn, address.into(), len)
}

/// A host reached through the provider that its AS is routed to.
fn uplink(office: usize, asn: u32, address: IpAddr, mask: u8) -> Endpoint {
    let path = scatter(u64::from(asn));
    let interface = if path.is_multiple_of(4) { UPLINK_B } else { UPLINK_A };
    Endpoint {
        address,
        mask,
        asn,
        interface,
        vlan: 0,
        mac: [0x00, 0x1b, 0x54, 0x00, interface as u8, office as u8],
        ttl: 64 - (5 + path % 14) as u8,
        gateway: match address {
            IpAddr::V4(_) => Ipv4Addr::new(100, 64, office as u8, interface as u8 * 4 + 1).into(),
            IpAddr::V6(_) => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, interface as u16).into(),
        },
    }
}

/// The router's own address on a VLAN: a VRRP address (RFC 5798, section 7.3).
pub(crate) fn router_mac(interface: u32) -> [u8; 6] {
    [0x00, 0x00, 0x5e, 0x00, 0x01, interface as u8]
}
