//! How export messages travel.

use std::fmt;

use serde::Serialize;

/// The transport that an exporter uses. It decides how long templates live: those of a connection die with it, those
/// of UDP outlive restarts on both sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Datagrams.
    #[default]
    Udp,
    /// A connection (RFC 7011, section 10.4).
    Tcp,
    /// An encrypted connection.
    Tls,
}

impl Transport {
    /// Its name in the API and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        }
    }

    /// Whether messages come over a connection.
    pub fn is_stream(self) -> bool {
        self != Transport::Udp
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
