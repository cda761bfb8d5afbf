//! Why listening cannot start.

use std::io;
use std::net::SocketAddr;

/// A port that cannot be opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has the port.
    #[error(
        "cannot listen on udp {address}: the port is already in use, perhaps by another Weir or collector"
    )]
    Occupied {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The port may not be bound by this user.
    #[error("cannot listen on udp {address}: not permitted")]
    Forbidden {
        /// The address asked for.
        address: SocketAddr,
    },
    /// Any other refusal of the kernel.
    #[error("cannot listen on udp {address}")]
    Refused {
        /// The address asked for.
        address: SocketAddr,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// A worker thread cannot be started.
    #[error("cannot start a receive worker")]
    Thread(#[source] io::Error),
}

impl ListenError {
    pub(super) fn from_bind(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Occupied { address },
            io::ErrorKind::PermissionDenied => Self::Forbidden { address },
            _ => Self::Refused { address, source },
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Occupied { address } => format!(
                "`ss -ulpn 'sport = :{}'` shows who has it; choose other ports with `--listen ADDRESS:PORT`",
                address.port()
            ),
            Self::Forbidden { .. } => {
                "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher one".to_owned()
            }
            Self::Refused { .. } => {
                "the address must belong to this machine; `--listen 0.0.0.0:PORT` takes all".to_owned()
            }
            Self::Thread(_) => "raise the limit of processes for this user (`ulimit -u`)".to_owned(),
        }
    }
}
