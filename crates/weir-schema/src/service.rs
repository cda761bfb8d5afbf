//! Names of services (protocol and port) and of internet protocols.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::generated::services::{PROTOCOLS, SERVICES};

/// A protocol and a server port, as stored in a column of kind `service`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Service(pub u32);

impl Service {
    /// From an IP protocol number and a port (0 where the protocol has no ports).
    pub fn new(protocol: u8, port: u16) -> Self {
        Self(u32::from(protocol) << 16 | u32::from(port))
    }

    /// Guesses the server's side of a conversation: a port with a registered name wins over one without; of two such
    /// ports, or of none, the lower one. Protocols other than TCP, UDP, SCTP and DCCP have no port.
    pub fn infer(protocol: u8, src_port: u16, dst_port: u16) -> Self {
        if !has_ports(protocol) {
            return Self::new(protocol, 0);
        }
        let (low, high) = if src_port < dst_port { (src_port, dst_port) } else { (dst_port, src_port) };
        let port =
            if low != 0 && (registered(protocol, low) || !registered(protocol, high)) { low } else { high };
        Self::new(protocol, port).canonical()
    }

    /// A port with one name over several transports (DNS) is one service: the TCP one stands for all.
    fn canonical(self) -> Self {
        let same_name =
            |over: u8| registered(over, self.port()) && service_name(over, self.port()) == self.name();
        if self.protocol() != 6 && self.name().is_some() && same_name(6) {
            Self::new(6, self.port())
        } else {
            self
        }
    }

    /// The IP protocol number.
    pub fn protocol(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// The server port.
    pub fn port(self) -> u16 {
        self.0 as u16
    }

    /// The service's name alone, where the port has one: `https`.
    pub fn name(self) -> Option<&'static str> {
        service_name(self.protocol(), self.port())
    }

    /// Every service with this name (`https` is TCP, UDP and SCTP 443), or the one that `tcp/60443` or `icmp` spells.
    pub fn from_text(text: &str) -> Vec<Service> {
        let text = text.to_lowercase();
        if let Some((protocol, port)) = text.split_once('/') {
            let number = protocol_number(protocol);
            return number
                .and_then(|p| Some(Self::new(p, port.parse().ok()?).canonical()))
                .into_iter()
                .collect();
        }
        if let Some(found) = BY_NAME.get(text.as_str()) {
            return found.clone();
        }
        protocol_number(&text).map(|number| Self::new(number, 0)).into_iter().collect()
    }
}

impl std::fmt::Display for Service {
    /// `https` where the port has a name, else `tcp/60443`; `icmp` where the protocol has no ports.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.name(), has_ports(self.protocol())) {
            (Some(name), _) => f.write_str(name),
            (None, true) => match protocol_name(self.protocol()) {
                Some(protocol) => write!(f, "{protocol}/{}", self.port()),
                None => write!(f, "{}/{}", self.protocol(), self.port()),
            },
            (None, false) => match protocol_name(self.protocol()) {
                Some(protocol) => f.write_str(protocol),
                None => write!(f, "{}", self.protocol()),
            },
        }
    }
}

fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17 | 33 | 132)
}

/// One bit per port for TCP and UDP; asked twice per row when a service is inferred.
static REGISTERED: LazyLock<[Vec<u64>; 2]> = LazyLock::new(|| {
    let mut bits = [vec![0u64; 1024], vec![0u64; 1024]];
    for (protocol, port, _) in SERVICES {
        let table = match protocol {
            6 => 0,
            17 => 1,
            _ => continue,
        };
        bits[table][usize::from(*port) / 64] |= 1 << (port % 64);
    }
    bits
});

fn registered(protocol: u8, port: u16) -> bool {
    let table = match protocol {
        6 => 0,
        17 => 1,
        _ => return service_name(protocol, port).is_some(),
    };
    REGISTERED[table][usize::from(port) / 64] >> (port % 64) & 1 == 1
}

static BY_NAME: LazyLock<HashMap<&'static str, Vec<Service>>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Vec<Service>> = HashMap::new();
    for (protocol, port, name) in SERVICES {
        let service = Service::new(*protocol, *port).canonical();
        let found = names.entry(*name).or_default();
        if !found.contains(&service) {
            found.push(service);
        }
    }
    names
});

/// The registered name of a port.
pub fn service_name(protocol: u8, port: u16) -> Option<&'static str> {
    let found = SERVICES.binary_search_by_key(&(protocol, port), |service| (service.0, service.1)).ok()?;
    Some(SERVICES[found].2)
}

/// The ports that a service name is registered for, over all protocols, without repeats.
pub fn ports_named(name: &str) -> Vec<u16> {
    let mut ports: Vec<u16> = BY_NAME
        .get(name.to_lowercase().as_str())
        .into_iter()
        .flatten()
        .map(|service| service.port())
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The lower-case name of an IP protocol.
pub fn protocol_name(number: u8) -> Option<&'static str> {
    let found = PROTOCOLS.binary_search_by_key(&number, |protocol| protocol.0).ok()?;
    Some(PROTOCOLS[found].1)
}

/// The number of an IP protocol by its name, in any case; `icmp6` and `icmpv6` are known too.
pub fn protocol_number(name: &str) -> Option<u8> {
    let name = name.to_lowercase();
    if matches!(name.as_str(), "icmp6" | "icmpv6") {
        return Some(58);
    }
    PROTOCOLS.iter().find(|protocol| protocol.1 == name).map(|protocol| protocol.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_server_side() {
        assert_eq!(Service::infer(6, 51234, 443).to_string(), "https");
        assert_eq!(Service::infer(17, 53, 40000).to_string(), "dns");
        assert_eq!(Service::infer(17, 53, 40000), Service::infer(6, 40000, 53));
        assert_eq!(Service::infer(17, 443, 40000).to_string(), "quic");
        assert_eq!(Service::infer(6, 60001, 60002).to_string(), "tcp/60001");
        assert_eq!(Service::infer(1, 0, 2048).to_string(), "icmp");
    }

    #[test]
    fn reads_back_what_it_prints() {
        assert!(Service::from_text("https").contains(&Service::new(6, 443)));
        assert_eq!(Service::from_text("tcp/60001"), vec![Service::new(6, 60001)]);
        assert_eq!(Service::from_text("icmp"), vec![Service::new(1, 0)]);
        assert!(Service::from_text("no-such-service").is_empty());
    }
}
