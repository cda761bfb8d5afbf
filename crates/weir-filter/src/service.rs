//! Infers the service of many rows: what [`Service::infer`] says, from tables instead of searches.

use std::sync::LazyLock;

use weir_schema::service::{Service, service_name};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// What is known of a port over one protocol: the service it stands for, and whether its name is registered.
#[derive(Clone, Copy)]
struct Port {
    service: u32,
    registered: bool,
}

/// TCP's ports, then UDP's.
static PORTS: LazyLock<[Vec<Port>; 2]> = LazyLock::new(|| {
    let port = |protocol: u8, port: u16| Port {
        // Of two equal ports the choice is that port.
        service: Service::infer(protocol, port, port).0,
        registered: service_name(protocol, port).is_some(),
    };
    [TCP, UDP].map(|protocol| (0..=u16::MAX).map(|number| port(protocol, number)).collect())
});

pub(crate) fn infer(protocol: u8, src_port: u16, dst_port: u16) -> u32 {
    let ports = match protocol {
        TCP => &PORTS[0],
        UDP => &PORTS[1],
        _ => return Service::infer(protocol, src_port, dst_port).0,
    };
    let low = ports[usize::from(src_port.min(dst_port))];
    let high = ports[usize::from(src_port.max(dst_port))];
    let take_low = src_port.min(dst_port) != 0 && (low.registered || !high.registered);
    if take_low { low.service } else { high.service }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_the_schema_says() {
        let ports = [0_u16, 1, 22, 53, 80, 123, 443, 514, 3389, 5060, 8080, 8443, 32768, 51234, 60001, 65535];
        for protocol in [0, 1, 6, 17, 33, 47, 58, 132, 255] {
            for src in ports {
                for dst in ports.into_iter().chain(src..src.saturating_add(40)) {
                    assert_eq!(
                        infer(protocol, src, dst),
                        Service::infer(protocol, src, dst).0,
                        "{protocol} {src} {dst}"
                    );
                }
            }
        }
    }
}
