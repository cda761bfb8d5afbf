//! Where templates and what options records told hold.

use std::net::IpAddr;

use weir_wire::Protocol;

use crate::exporter::ExporterKey;
use crate::transport::Transport;

/// An observation domain of an address. Over UDP it is the same whatever the port, which changes when an exporter
/// restarts; a connection has domains of its own (RFC 7011, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) address: IpAddr,
    pub(crate) protocol: Protocol,
    pub(crate) domain: u32,
    pub(crate) connection: Option<(Transport, u16)>,
}

impl Scope {
    pub(crate) fn of(key: ExporterKey) -> Self {
        Scope {
            address: key.address,
            protocol: key.protocol,
            domain: key.domain,
            connection: key.transport.is_stream().then_some((key.transport, key.port)),
        }
    }
}
