//! What each analytic says of itself.

use weir_schema::Field;
use weir_sigma::{Level, Meta, Origin, Status};

macro_rules! ids {
    ($($name:ident = $id:literal;)*) => {
        $(pub(crate) const $name: &str = $id;)*
    };
}

ids! {
    PORT_SCAN = "weir-port-scan";
    HOST_SCAN = "weir-host-scan";
    BLOCK_SCAN = "weir-block-scan";
    PING_SWEEP = "weir-ping-sweep";
    SLOW_SCAN = "weir-slow-scan";
    GUESSING = "weir-password-guessing";
    DISTRIBUTED_GUESSING = "weir-distributed-guessing";
    SPRAYING = "weir-password-spraying";
    SYN_FLOOD = "weir-syn-flood";
    VOLUME_FLOOD = "weir-volume-flood";
    CONNECTION_FLOOD = "weir-connection-flood";
    AMPLIFICATION = "weir-amplification";
    DHCP_FLOOD = "weir-dhcp-flood";
    BEACON = "weir-beacon";
    STROBE = "weir-strobe";
    FALLBACK = "weir-fallback-channels";
    LONG_CONNECTION = "weir-long-connection";
    ICMP_TUNNEL = "weir-icmp-tunnel";
    DNS_TUNNEL = "weir-dns-tunnel";
    REMOTE_ADMIN = "weir-remote-administration";
    ADMIN_FANOUT = "weir-admin-fanout";
    SLOW_CONNECTIONS = "weir-slow-connections";
    EXFILTRATION = "weir-exfiltration";
    HOARDING = "weir-hoarding";
    FIRST_SEEN = "weir-first-seen";
    UNEXPECTED_SERVER = "weir-unexpected-server";
    SILENT_HOST = "weir-silent-host";
    CHAIN = "weir-attack-chain";
}

struct Entry {
    id: &'static str,
    title: &'static str,
    description: &'static str,
    level: Level,
    tags: &'static [&'static str],
    false_positives: &'static [&'static str],
}

const ENTRIES: &[Entry] = &[
    Entry {
        id: PORT_SCAN,
        title: "Port scan",
        description: "One source tries many ports of one host that do not answer: it looks for what runs there. From inside it is a sign that the source is not its user's any more.",
        level: Level::Medium,
        tags: &["attack.discovery", "attack.t1046"],
        false_positives: &[
            "vulnerability scanners: give their network the role `scanner`",
            "inventory and printer discovery software",
        ],
    },
    Entry {
        id: HOST_SCAN,
        title: "Host scan",
        description: "One source tries the same port of many hosts that do not answer: it looks for one service everywhere, as worms and intruders do.",
        level: Level::Medium,
        tags: &["attack.discovery", "attack.t1046", "attack.t1595.001"],
        false_positives: &[
            "vulnerability scanners: give their network the role `scanner`",
            "a monitoring system after a large outage",
        ],
    },
    Entry {
        id: BLOCK_SCAN,
        title: "Block scan",
        description: "One source tries many ports of many hosts, most of them in every combination.",
        level: Level::Medium,
        tags: &["attack.discovery", "attack.t1046"],
        false_positives: &["vulnerability scanners: give their network the role `scanner`"],
    },
    Entry {
        id: PING_SWEEP,
        title: "Ping sweep",
        description: "One source pings many addresses of one network within minutes to learn which of them are in use.",
        level: Level::Medium,
        tags: &["attack.discovery", "attack.t1018"],
        false_positives: &["network management that looks for hosts: give its network the role `scanner`"],
    },
    Entry {
        id: SLOW_SCAN,
        title: "Slow scan",
        description: "A scan spread over hours, below what is conspicuous within minutes.",
        level: Level::Medium,
        tags: &["attack.discovery", "attack.t1046", "attack.t1595.001"],
        false_positives: &[
            "software that keeps trying hosts that are gone",
            "vulnerability scanners: give their network the role `scanner`",
        ],
    },
    Entry {
        id: GUESSING,
        title: "Password guessing",
        description: "One source opens many short sessions that look alike at a port where one logs in. A long or large session of the same pair afterwards says that a guess was right.",
        level: Level::Medium,
        tags: &["attack.credential-access", "attack.t1110.001"],
        false_positives: &["scripts that log in every few seconds", "monitoring that checks a login"],
    },
    Entry {
        id: DISTRIBUTED_GUESSING,
        title: "Distributed guessing",
        description: "Many sources open short sessions at one server where one logs in, few each, so that no one of them is conspicuous.",
        level: Level::Medium,
        tags: &["attack.credential-access", "attack.t1110.001"],
        false_positives: &["a server that many people use with short sessions"],
    },
    Entry {
        id: SPRAYING,
        title: "Password spraying",
        description: "One source opens short sessions at the same login port of many hosts, few at each: it tries one password everywhere.",
        level: Level::Medium,
        tags: &["attack.credential-access", "attack.t1110.003"],
        false_positives: &[
            "configuration management and inventory: give their network the role `admin` or `monitoring`",
        ],
    },
    Entry {
        id: SYN_FLOOD,
        title: "SYN flood",
        description: "Hundreds of sources begin connections to one host and finish none: the sources are forged, or a botnet.",
        level: Level::High,
        tags: &["attack.impact", "attack.t1498.001", "attack.t1499.001"],
        false_positives: &["a popular server that has just gone down"],
    },
    Entry {
        id: VOLUME_FLOOD,
        title: "Packet flood",
        description: "More packets of one kind (UDP, ICMP, fragments, SYN) come to a host than it can be meant to take.",
        level: Level::High,
        tags: &["attack.impact", "attack.t1498.001"],
        false_positives: &["media and game servers, until their usual rate is known", "load tests"],
    },
    Entry {
        id: CONNECTION_FLOOD,
        title: "Connection flood",
        description: "One source begins hundreds of connections a minute to one port, and none comes to be.",
        level: Level::Medium,
        tags: &["attack.impact", "attack.t1499.002"],
        false_positives: &["a client that retries without a pause after a server went down"],
    },
    Entry {
        id: AMPLIFICATION,
        title: "Reflection and amplification",
        description: "Answers that a host never asked for come to it from very many servers of a service that answers with more than it is asked.",
        level: Level::High,
        tags: &["attack.impact", "attack.t1498.002"],
        false_positives: &["a resolver of which only the incoming direction is exported"],
    },
    Entry {
        id: DHCP_FLOOD,
        title: "DHCP flood",
        description: "Very many clients ask for addresses within seconds: somebody uses up the pool, or breaks the network by accident.",
        level: Level::Medium,
        tags: &["attack.impact", "attack.t1499"],
        false_positives: &["everybody coming back after a power cut"],
    },
    Entry {
        id: BEACON,
        title: "Beacon",
        description: "A host visits the same place again and again, as regularly as only a program does, with messages of the same size.",
        level: Level::Medium,
        tags: &["attack.command-and-control", "attack.t1071.001", "attack.t1571"],
        false_positives: &[
            "update checks and telemetry",
            "monitoring: give its network the role `monitoring`",
            "web pages that refresh themselves",
        ],
    },
    Entry {
        id: STROBE,
        title: "Strobe",
        description: "A host connects to one place more often than once a second for a whole day.",
        level: Level::Low,
        tags: &["attack.command-and-control", "attack.t1071"],
        false_positives: &["applications that open a connection for each request"],
    },
    Entry {
        id: FALLBACK,
        title: "Fallback channels",
        description: "A host keeps trying a few outside hosts that do not answer, in turn, on ports of no well-known service, as malware does whose servers were taken down.",
        level: Level::Medium,
        tags: &["attack.command-and-control", "attack.t1008", "attack.t1571"],
        false_positives: &["software whose service was shut down", "a configuration with dead peers"],
    },
    Entry {
        id: LONG_CONNECTION,
        title: "Long connection",
        description: "A connection lasts for hours, over or still open: remote control and tunnels stay connected.",
        level: Level::Low,
        tags: &["attack.command-and-control", "attack.t1071", "attack.t1571", "attack.t1219"],
        false_positives: &["terminals, remote desktops, VPN, push services, streaming"],
    },
    Entry {
        id: ICMP_TUNNEL,
        title: "ICMP tunnel",
        description: "Two hosts exchange echo packets that are much larger than those of ping, in both directions.",
        level: Level::Medium,
        tags: &["attack.command-and-control", "attack.t1095"],
        false_positives: &["tests of the path MTU", "monitoring that pings with large packets"],
    },
    Entry {
        id: DNS_TUNNEL,
        title: "DNS tunnel",
        description: "A host asks one name server for long names without end, from one socket or in great volume: data travels in the names.",
        level: Level::Medium,
        tags: &["attack.command-and-control", "attack.t1071.004", "attack.t1572"],
        false_positives: &["resolvers that forward for many", "reputation services that are asked by DNS"],
    },
    Entry {
        id: REMOTE_ADMIN,
        title: "Remote administration",
        description: "A host takes services of another one that run programs there: WinRM, DCOM and WMI, service control, a share that is written to. A lead while it is learnt who administers whom, afterwards an alert for a pair that never did.",
        level: Level::Low,
        tags: &["attack.lateral-movement", "attack.t1021.002", "attack.t1021.003", "attack.t1021.006"],
        false_positives: &["administrators and management software"],
    },
    Entry {
        id: ADMIN_FANOUT,
        title: "Administration of many hosts",
        description: "One host opens sessions of administration (SSH, RDP, SMB, WinRM, VNC) at many hosts within an hour.",
        level: Level::Medium,
        tags: &["attack.lateral-movement", "attack.t1021", "attack.t1570"],
        false_positives: &["administrators and management software: give their network the role `admin`"],
    },
    Entry {
        id: SLOW_CONNECTIONS,
        title: "Slow connections",
        description: "One client holds many connections to one port open and hardly sends anything, so that the server has none left for others.",
        level: Level::Medium,
        tags: &["attack.impact", "attack.t1499.002"],
        false_positives: &["a proxy or translator with many idle clients behind it"],
    },
    Entry {
        id: EXFILTRATION,
        title: "Exfiltration",
        description: "A host sends much more outside than it usually does. A lead until what is usual is known, after 24 hours of activity.",
        level: Level::Medium,
        tags: &["attack.exfiltration", "attack.t1048", "attack.t1041", "attack.t1567.002"],
        false_positives: &[
            "backups: give their network the role `backup`",
            "uploads of videos and disk images",
        ],
    },
    Entry {
        id: HOARDING,
        title: "Hoarding",
        description: "A host takes much more from hosts inside than it usually does: somebody gathers data.",
        level: Level::Medium,
        tags: &["attack.collection", "attack.t1039", "attack.t1074"],
        false_positives: &["backups: give their network the role `backup`", "a new computer that is set up"],
    },
    Entry {
        id: FIRST_SEEN,
        title: "First seen",
        description: "A service, a host, an autonomous system or a country that was never seen in the time of learning (7 days).",
        level: Level::Low,
        tags: &["attack.command-and-control", "attack.t1571", "attack.t1133"],
        false_positives: &["anything new that was meant"],
    },
    Entry {
        id: UNEXPECTED_SERVER,
        title: "Unexpected server",
        description: "A host answers for the first time as a DHCP, DNS, NTP or mail server: it can lead others astray.",
        level: Level::Medium,
        tags: &["attack.credential-access", "attack.t1557.003", "attack.t1557"],
        false_positives: &["a new server that was meant"],
    },
    Entry {
        id: SILENT_HOST,
        title: "Silent host",
        description: "A host that was active in nearly every hour of a week has sent nothing for three hours.",
        level: Level::Low,
        tags: &["attack.impact", "attack.t1489"],
        false_positives: &["maintenance", "an exporter that stopped"],
    },
    Entry {
        id: CHAIN,
        title: "Attack chain",
        description: "A host whose password was guessed or that was administered remotely begins, within a day, to scan, to guess, to administer others or to report to somebody.",
        level: Level::High,
        tags: &["attack.lateral-movement", "attack.t1021", "attack.t1210", "attack.t1570"],
        false_positives: &["an administrator who sets up a host that then updates itself regularly"],
    },
];

/// The fields without which an analytic cannot see what it looks for.
pub(crate) fn needs(id: &str) -> &'static [Field] {
    use Field::{Bytes, DstIp, DstPort, Packets, Protocol, SrcIp, SrcPort, TcpFlags};
    match id {
        PING_SWEEP | FIRST_SEEN | SILENT_HOST => &[SrcIp, DstIp, Protocol],
        SYN_FLOOD | CONNECTION_FLOOD => &[SrcIp, DstIp, Protocol, DstPort, TcpFlags],
        VOLUME_FLOOD => &[SrcIp, DstIp, Protocol, Packets],
        AMPLIFICATION => &[SrcIp, DstIp, Protocol, SrcPort, Packets, Bytes],
        ICMP_TUNNEL => &[SrcIp, DstIp, Protocol, Packets, Bytes],
        DNS_TUNNEL => &[SrcIp, DstIp, Protocol, DstPort, Packets, Bytes],
        EXFILTRATION | HOARDING => &[SrcIp, DstIp, Bytes],
        _ => &[SrcIp, DstIp, Protocol, DstPort],
    }
}

/// What the analytics say of themselves together.
pub(crate) fn suite() -> Meta {
    Meta {
        id: "weir-behaviour".to_owned(),
        title: "Behavioural analytics".to_owned(),
        description: "What many flows together say of a host.".to_owned(),
        level: Level::Medium,
        status: Status::Test,
        ..Meta::default()
    }
}

/// What each of them says of itself.
pub(crate) fn metas() -> Vec<Meta> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let meta = |entry: &Entry| Meta {
        id: entry.id.to_owned(),
        name: Some(entry.id.replace('-', "_")),
        title: entry.title.to_owned(),
        description: entry.description.to_owned(),
        level: entry.level,
        status: Status::Test,
        tags: owned(entry.tags),
        false_positives: owned(entry.false_positives),
        references: owned(&["docs/src/analytics.md"]),
        author: Some("Weir".to_owned()),
        origin: Origin { file: format!("built-in/{}", entry.id), line: 1 },
        ..Meta::default()
    };
    ENTRIES.iter().map(meta).collect()
}
