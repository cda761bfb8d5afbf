//! What people and machines do: one entry for each kind of conversation, with its share by day and by night.

use super::network::{Place, Purpose};
use super::shape::Size;

/// How the packets of a conversation go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// TCP: handshake, request, response, end; some refused, some reset, some unanswered.
    Tcp,
    /// UDP or QUIC with acknowledgements from the receiving side.
    Quic,
    /// A datagram there and one back, perhaps a few times.
    Ask,
    /// Datagrams one way.
    Tell,
    /// Both sides send at a steady rate.
    Stream,
    /// ICMP echo and its reply.
    Ping,
    /// A SYN to a port that may be closed.
    Probe,
    /// A SYN from a forged address: nothing comes back.
    Flood,
}

/// A kind of conversation.
#[derive(Debug)]
pub(crate) struct Service {
    /// What `--spike` calls it; several entries may share a name.
    pub(crate) name: &'static str,
    pub(crate) protocol: u8,
    /// Ports of the serving side; one is taken.
    pub(crate) ports: &'static [u16],
    pub(crate) client: Place,
    pub(crate) server: Place,
    pub(crate) shape: Shape,
    /// Share when everybody is at work …
    pub(crate) day: u16,
    /// … and when nobody is.
    pub(crate) night: u16,
    /// Payload bytes from the client.
    pub(crate) request: Size,
    /// Payload bytes from the server.
    pub(crate) response: Size,
    /// Milliseconds.
    pub(crate) duration: Size,
    /// Of a thousand conversations, how many use IPv6 where both ends can.
    pub(crate) ipv6: u32,
    /// Type of service of both directions.
    pub(crate) tos: u8,
}

const TCP: u8 = 6;
const UDP: u8 = 17;

const RESOLVER: Place = Place::Server(10, 2);
const DIRECTORY: Place = Place::Server(12, 2);
const FILES: Place = Place::Server(20, 4);
const MAILBOXES: Place = Place::Server(25, 1);
const DATABASES: Place = Place::Server(30, 4);
const APPS: Place = Place::Server(40, 8);
const BACKUP: Place = Place::Server(60, 1);
const MONITOR: Place = Place::Server(70, 1);
const LOGS: Place = Place::Server(71, 1);
const JUMP: Place = Place::Server(72, 1);
const VOICE: Place = Place::Server(74, 2);
const ANY_SERVER: Place = Place::Server(10, 60);
const PUBLIC_WEB: Place = Place::Dmz(2, 4);
const PUBLIC_MAIL: Place = Place::Dmz(6, 1);
const PUBLIC_DNS: Place = Place::Dmz(7, 1);
const GATEWAY: Place = Place::Dmz(8, 1);
const ANY_PUBLIC: Place = Place::Dmz(2, 12);

const EXPEDITED: u8 = 46 << 2;
const VIDEO_CLASS: u8 = 34 << 2;
const SCAVENGER: u8 = 8 << 2;

/// The plainest entry, for the ones below to start from.
const BASE: Service = Service {
    name: "",
    protocol: TCP,
    ports: &[],
    client: Place::Client,
    server: ANY_SERVER,
    shape: Shape::Tcp,
    day: 0,
    night: 0,
    request: Size::of(800.0, 0.9),
    response: Size::of(6_000.0, 1.5),
    duration: Size::of(700.0, 1.4),
    ipv6: 0,
    tos: 0,
};

const fn remote(purpose: Purpose) -> Place {
    Place::Remote(purpose)
}

/// Every kind of conversation there is. Those without a share happen only when a scenario or a spike asks.
#[rustfmt::skip] // a table: one line each
pub(crate) const SERVICES: &[Service] = &[
    Service { name: "https", ports: &[443], server: remote(Purpose::Web), day: 260, night: 60, request: Size::of(2_200.0, 1.0), response: Size::of(14_000.0, 1.8), duration: Size::of(2_500.0, 1.6), ipv6: 380, ..BASE },
    Service { name: "https", ports: &[443], client: Place::Guest, server: remote(Purpose::Web), day: 50, night: 5, request: Size::of(1_900.0, 1.0), response: Size::of(18_000.0, 1.8), duration: Size::of(2_500.0, 1.6), ipv6: 420, ..BASE },
    Service { name: "https", ports: &[443], client: remote(Purpose::Visitor), server: PUBLIC_WEB, day: 70, night: 45, request: Size::of(1_500.0, 0.9), response: Size::of(22_000.0, 1.6), duration: Size::of(1_800.0, 1.3), ipv6: 350, ..BASE },
    Service { name: "https", ports: &[443], client: APPS, server: remote(Purpose::Web), day: 18, night: 18, ipv6: 200, ..BASE },
    Service { name: "https", ports: &[443], server: remote(Purpose::Update), day: 6, night: 30, response: Size::of(900_000.0, 2.0), duration: Size::of(9_000.0, 1.0), ipv6: 300, tos: SCAVENGER, ..BASE },
    Service { name: "quic", protocol: UDP, ports: &[443], server: remote(Purpose::Video), shape: Shape::Quic, day: 90, night: 12, request: Size::of(4_000.0, 1.0), response: Size::of(90_000.0, 2.1), duration: Size::of(8_000.0, 1.3), ipv6: 550, ..BASE },
    Service { name: "quic", protocol: UDP, ports: &[443], client: Place::Guest, server: remote(Purpose::Video), shape: Shape::Quic, day: 30, night: 3, request: Size::of(4_000.0, 1.0), response: Size::of(120_000.0, 2.1), duration: Size::of(9_000.0, 1.3), ipv6: 600, ..BASE },
    Service { name: "http", ports: &[80], server: remote(Purpose::Web), day: 22, night: 10, response: Size::of(5_000.0, 1.7), ipv6: 250, ..BASE },
    Service { name: "http", ports: &[80], server: remote(Purpose::Update), day: 3, night: 14, response: Size::of(600_000.0, 2.0), duration: Size::of(8_000.0, 1.0), ipv6: 150, tos: SCAVENGER, ..BASE },
    Service { name: "http", ports: &[80], client: remote(Purpose::Visitor), server: PUBLIC_WEB, day: 10, night: 8, response: Size::of(1_200.0, 0.8), ipv6: 300, ..BASE },
    Service { name: "https_alt", ports: &[8080, 8443], server: APPS, day: 30, night: 8, request: Size::of(1_200.0, 0.9), response: Size::of(9_000.0, 1.4), ipv6: 150, ..BASE },
    Service { name: "dns", protocol: UDP, ports: &[53], server: RESOLVER, shape: Shape::Ask, day: 190, night: 60, request: Size::of(42.0, 0.2), response: Size::of(140.0, 0.5), duration: Size::of(8.0, 1.2), ipv6: 300, ..BASE },
    Service { name: "dns", protocol: UDP, ports: &[53], client: RESOLVER, server: remote(Purpose::Resolver), shape: Shape::Ask, day: 60, night: 25, request: Size::of(48.0, 0.2), response: Size::of(190.0, 0.6), duration: Size::of(25.0, 0.8), ipv6: 350, ..BASE },
    Service { name: "dns", protocol: UDP, ports: &[53], client: remote(Purpose::Visitor), server: PUBLIC_DNS, shape: Shape::Ask, day: 14, night: 10, request: Size::of(44.0, 0.2), response: Size::of(160.0, 0.5), duration: Size::of(4.0, 0.8), ipv6: 300, ..BASE },
    Service { name: "ntp", protocol: UDP, ports: &[123], server: DIRECTORY, shape: Shape::Ask, day: 10, night: 10, request: Size::of(48.0, 0.0), response: Size::of(48.0, 0.0), duration: Size::of(3.0, 0.8), ipv6: 150, ..BASE },
    Service { name: "ntp", protocol: UDP, ports: &[123], client: DIRECTORY, server: remote(Purpose::Time), shape: Shape::Ask, day: 3, night: 3, request: Size::of(48.0, 0.0), response: Size::of(48.0, 0.0), duration: Size::of(18.0, 0.5), ipv6: 250, ..BASE },
    Service { name: "smtp", ports: &[25], client: remote(Purpose::Mail), server: PUBLIC_MAIL, day: 12, night: 6, request: Size::of(28_000.0, 1.6), response: Size::of(900.0, 0.4), duration: Size::of(2_200.0, 0.9), ipv6: 200, ..BASE },
    Service { name: "smtp", ports: &[25], client: PUBLIC_MAIL, server: remote(Purpose::Mail), day: 7, night: 2, request: Size::of(32_000.0, 1.7), response: Size::of(900.0, 0.4), duration: Size::of(2_500.0, 0.9), ipv6: 200, ..BASE },
    Service { name: "submission", ports: &[587], server: MAILBOXES, day: 6, night: 1, request: Size::of(26_000.0, 1.7), response: Size::of(1_100.0, 0.4), duration: Size::of(1_500.0, 0.8), ..BASE },
    Service { name: "imaps", ports: &[993], server: MAILBOXES, day: 24, night: 7, request: Size::of(1_500.0, 0.8), response: Size::of(7_000.0, 1.9), duration: Size::of(5_000.0, 1.8), ipv6: 100, ..BASE },
    Service { name: "smb", ports: &[445], server: FILES, day: 40, night: 6, request: Size::of(12_000.0, 1.9), response: Size::of(60_000.0, 2.1), duration: Size::of(6_000.0, 1.5), ..BASE },
    Service { name: "ldap", ports: &[389, 389, 636], server: DIRECTORY, day: 22, night: 8, request: Size::of(700.0, 0.5), response: Size::of(3_000.0, 1.0), duration: Size::of(60.0, 1.2), ..BASE },
    Service { name: "kerberos", ports: &[88], server: DIRECTORY, day: 20, night: 4, request: Size::of(1_600.0, 0.2), response: Size::of(1_500.0, 0.2), duration: Size::of(12.0, 0.7), ..BASE },
    Service { name: "mysql", ports: &[3306], client: APPS, server: DATABASES, day: 14, night: 8, request: Size::of(1_800.0, 1.2), response: Size::of(16_000.0, 1.8), duration: Size::of(400.0, 1.8), ..BASE },
    Service { name: "postgresql", ports: &[5432], client: APPS, server: DATABASES, day: 20, night: 10, request: Size::of(2_400.0, 1.2), response: Size::of(22_000.0, 1.8), duration: Size::of(900.0, 1.9), ..BASE },
    Service { name: "redis", ports: &[6379], client: APPS, server: APPS, day: 8, night: 4, request: Size::of(600.0, 1.0), response: Size::of(1_400.0, 1.2), duration: Size::of(50.0, 1.5), ..BASE },
    Service { name: "ssh", ports: &[22], server: JUMP, day: 4, night: 1, request: Size::of(6_000.0, 1.4), response: Size::of(16_000.0, 1.7), duration: Size::of(40_000.0, 1.5), ipv6: 200, tos: 0x10, ..BASE },
    Service { name: "ssh", ports: &[22], client: JUMP, server: ANY_SERVER, day: 5, night: 3, request: Size::of(5_000.0, 1.4), response: Size::of(14_000.0, 1.7), duration: Size::of(20_000.0, 1.5), tos: 0x10, ..BASE },
    Service { name: "rdp", ports: &[3389], server: APPS, day: 4, night: 0, request: Size::of(30_000.0, 1.2), response: Size::of(900_000.0, 1.4), duration: Size::of(60_000.0, 1.0), ..BASE },
    Service { name: "snmp", protocol: UDP, ports: &[161], client: MONITOR, server: ANY_SERVER, shape: Shape::Ask, day: 12, night: 12, request: Size::of(90.0, 0.4), response: Size::of(420.0, 0.7), duration: Size::of(6.0, 0.9), ..BASE },
    Service { name: "syslog", protocol: UDP, ports: &[514], client: ANY_SERVER, server: LOGS, shape: Shape::Tell, day: 12, night: 10, request: Size::of(900.0, 1.3), duration: Size::of(3_000.0, 1.3), ..BASE },
    Service { name: "icmp", protocol: 1, client: MONITOR, server: ANY_SERVER, shape: Shape::Ping, day: 10, night: 10, request: Size::of(56.0, 0.0), duration: Size::of(2_000.0, 0.4), ipv6: 200, ..BASE },
    Service { name: "icmp", protocol: 1, server: remote(Purpose::Resolver), shape: Shape::Ping, day: 3, night: 1, request: Size::of(56.0, 0.0), duration: Size::of(3_000.0, 0.5), ipv6: 200, ..BASE },
    Service { name: "dhcp", protocol: UDP, ports: &[67], server: DIRECTORY, shape: Shape::Ask, day: 4, night: 2, request: Size::of(300.0, 0.05), response: Size::of(310.0, 0.05), duration: Size::of(4.0, 0.6), ..BASE },
    Service { name: "meeting", protocol: UDP, ports: &[3478, 3479, 3480, 3481, 8801], server: remote(Purpose::Meeting), shape: Shape::Stream, day: 12, night: 0, request: Size::of(750.0, 0.3), response: Size::of(980.0, 0.2), duration: Size::of(45_000.0, 0.6), ipv6: 200, tos: VIDEO_CLASS, ..BASE },
    Service { name: "sip", protocol: UDP, ports: &[5060], server: VOICE, shape: Shape::Ask, day: 5, night: 1, request: Size::of(620.0, 0.3), response: Size::of(540.0, 0.3), duration: Size::of(120.0, 0.9), tos: 26 << 2, ..BASE },
    Service { name: "rtp", protocol: UDP, ports: &[16384, 17220, 18466, 21004, 24880, 30122], server: VOICE, shape: Shape::Stream, day: 6, night: 0, request: Size::of(172.0, 0.0), response: Size::of(172.0, 0.0), duration: Size::of(50_000.0, 0.7), tos: EXPEDITED, ..BASE },
    Service { name: "ipsec", protocol: 50, client: Place::OtherSite, server: GATEWAY, shape: Shape::Stream, day: 2, night: 2, request: Size::of(620.0, 0.4), response: Size::of(820.0, 0.4), duration: Size::of(60_000.0, 0.2), ..BASE },
    Service { name: "openvpn", protocol: UDP, ports: &[1194], client: remote(Purpose::Visitor), server: GATEWAY, shape: Shape::Quic, day: 5, night: 2, request: Size::of(60_000.0, 1.6), response: Size::of(400_000.0, 1.8), duration: Size::of(55_000.0, 0.5), ..BASE },
    Service { name: "smb", ports: &[445], client: Place::OtherSite, server: FILES, day: 8, night: 1, request: Size::of(9_000.0, 1.8), response: Size::of(40_000.0, 2.0), duration: Size::of(6_000.0, 1.4), ..BASE },
    Service { name: "backup", ports: &[873, 9103, 10000], client: ANY_SERVER, server: BACKUP, day: 1, night: 16, request: Size::of(3_000_000.0, 2.0), response: Size::of(60_000.0, 1.0), duration: Size::of(40_000.0, 0.8), tos: SCAVENGER, ..BASE },
    Service { name: "probe", ports: &[23, 22, 3389, 445, 80, 443, 8080, 5900, 1433, 6379, 2323, 25], client: remote(Purpose::Hostile), server: ANY_PUBLIC, shape: Shape::Probe, day: 24, night: 24, ..BASE },
    Service { name: "probe", protocol: UDP, ports: &[161, 1900, 5060, 123, 53, 11211], client: remote(Purpose::Hostile), server: ANY_PUBLIC, shape: Shape::Probe, day: 5, night: 5, request: Size::of(60.0, 0.6), ..BASE },
    // Old habits: rare, and there for `--spike`.
    Service { name: "ftp", ports: &[21], client: remote(Purpose::Visitor), server: PUBLIC_WEB, day: 1, night: 1, request: Size::of(400.0, 0.6), response: Size::of(1_500.0, 0.7), duration: Size::of(9_000.0, 1.2), ..BASE },
    Service { name: "telnet", ports: &[23], server: ANY_SERVER, day: 0, night: 0, request: Size::of(900.0, 1.0), response: Size::of(4_000.0, 1.2), duration: Size::of(30_000.0, 1.3), ..BASE },
    Service { name: "p2p", ports: &[6681], client: Place::Guest, server: remote(Purpose::Visitor), day: 1, night: 0, request: Size::of(40_000.0, 2.0), response: Size::of(60_000.0, 2.0), duration: Size::of(30_000.0, 1.0), ..BASE },
    Service { name: "bittorrent", ports: &[6682, 6881, 51413], client: Place::Guest, server: remote(Purpose::Visitor), day: 2, night: 1, request: Size::of(60_000.0, 2.2), response: Size::of(120_000.0, 2.2), duration: Size::of(40_000.0, 1.0), ipv6: 150, ..BASE },
    // Only for scenarios of that name.
    Service { name: "flood", ports: &[443], client: Place::Anywhere, server: Place::Dmz(2, 1), shape: Shape::Flood, ..BASE },
    Service { name: "uniform", ports: &[443, 80, 53, 22, 25, 8080], client: Place::Anywhere, server: Place::Anywhere, ..BASE },
];

/// The names that `--spike` takes, each once.
pub fn spike_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = SERVICES.iter().map(|service| service.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}
