//! Why listening cannot start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::{ListenAddress, Transport};

/// A port that cannot be opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has the port.
    #[error(
        "cannot listen on {} {}: the port is already in use, perhaps by another Weir or collector",
        address.transport, address.socket
    )]
    Occupied {
        /// The address asked for.
        address: ListenAddress,
    },
    /// The port may not be bound by this user.
    #[error("cannot listen on {} {}: not permitted", address.transport, address.socket)]
    Forbidden {
        /// The address asked for.
        address: ListenAddress,
    },
    /// Any other refusal of the kernel.
    #[error("cannot listen on {} {}", address.transport, address.socket)]
    Refused {
        /// The address asked for.
        address: ListenAddress,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// The kernel has no way to watch sockets left.
    #[error("cannot watch sockets")]
    Readiness(#[source] io::Error),
    /// A `tls://` address, but no certificate or key.
    #[error("cannot listen on tls {}: `{missing}` is not set", address.socket)]
    TlsUnset {
        /// The address asked for.
        address: ListenAddress,
        /// The key of the configuration.
        missing: &'static str,
    },
    /// A file of certificates or a key cannot be used.
    #[error("cannot use `{key}` {}: {problem}", path.display())]
    TlsFile {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A relay would send datagrams back to Weir.
    #[error("cannot relay to {to}: Weir itself listens there, so datagrams would go round for ever")]
    RelayToItself {
        /// The destination.
        to: SocketAddr,
    },
    /// There is no socket to relay from.
    #[error("cannot relay to {to}")]
    Relay {
        /// The destination.
        to: SocketAddr,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// A worker thread cannot be started.
    #[error("cannot start a receive worker")]
    Thread(#[source] io::Error),
}

impl ListenError {
    pub(super) fn from_bind(address: ListenAddress, source: io::Error) -> Self {
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
                "`ss -{}lpn 'sport = :{}'` shows who has it; choose other ports with `--listen {}`",
                if address.transport == Transport::Udp { 'u' } else { 't' },
                address.socket.port(),
                match address.transport {
                    Transport::Udp => "ADDRESS:PORT".to_owned(),
                    stream => format!("{stream}://ADDRESS:PORT"),
                }
            ),
            Self::Forbidden { .. } => {
                "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher one".to_owned()
            }
            Self::Refused { .. } => {
                "the address must belong to this machine; `--listen 0.0.0.0:PORT` takes all".to_owned()
            }
            Self::Readiness(_) => "raise the limit of open files (`ulimit -n`)".to_owned(),
            Self::TlsUnset { missing, .. } => {
                format!("set `{missing}` to a PEM file; docs/src/listen.md shows how to make one")
            }
            Self::TlsFile { key, .. } => match *key {
                "listen.tls.key" => "it must hold the private key of `listen.tls.certificate` in PEM: `-----BEGIN PRIVATE KEY-----`".to_owned(),
                _ => "it must hold certificates in PEM: `-----BEGIN CERTIFICATE-----`".to_owned(),
            },
            Self::RelayToItself { .. } => "set `to` in `[[listen.relay]]` to another collector".to_owned(),
            Self::Relay { .. } => "check the address, and the limit of open files (`ulimit -n`)".to_owned(),
            Self::Thread(_) => "raise the limit of processes for this user (`ulimit -u`)".to_owned(),
        }
    }
}
