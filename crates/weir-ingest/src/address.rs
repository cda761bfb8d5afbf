//! The text of an address to listen on.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Transport;

/// Where Weir listens: `[::]:2055` and `udp://[::]:2055` are UDP, `tcp://[::]:4739` and `tls://[::]:4740` streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListenAddress {
    /// What is taken there.
    pub transport: Transport,
    /// The address to bind.
    pub socket: SocketAddr,
}

impl ListenAddress {
    /// A UDP address.
    pub fn udp(socket: SocketAddr) -> Self {
        Self { transport: Transport::Udp, socket }
    }
}

/// A text that is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no address to listen on: write `ADDRESS:PORT` for UDP, `tcp://ADDRESS:PORT` or `tls://ADDRESS:PORT`, the address as a number (`0.0.0.0`, `[::]`)"
)]
pub struct ListenAddressError {
    text: String,
}

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<Self, ListenAddressError> {
        let (transport, socket) = match text.split_once("://") {
            None => (Some(Transport::Udp), text),
            Some((scheme, rest)) => {
                let named = [Transport::Udp, Transport::Tcp, Transport::Tls]
                    .into_iter()
                    .find(|transport| transport.name() == scheme);
                (named, rest)
            }
        };
        transport
            .zip(socket.parse().ok())
            .map(|(transport, socket)| Self { transport, socket })
            .ok_or_else(|| ListenAddressError { text: text.to_owned() })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transport {
            Transport::Udp => write!(formatter, "{}", self.socket),
            stream => write!(formatter, "{}://{}", stream.name(), self.socket),
        }
    }
}

impl<'de> Deserialize<'de> for ListenAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for ListenAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["0.0.0.0:2055", "[::]:4739", "tcp://[::1]:4739", "tls://10.0.0.1:4740"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
        assert_eq!("udp://[::]:1".parse::<ListenAddress>().unwrap().to_string(), "[::]:1");
    }

    #[test]
    fn says_how_to_write_an_address() {
        for text in ["2055", "localhost:2055", "sctp://[::]:4739", "tcp:[::]:4739", ""] {
            let error = text.parse::<ListenAddress>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")) && error.contains("tcp://"), "{error}");
        }
    }
}
