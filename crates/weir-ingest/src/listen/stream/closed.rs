//! Why a connection ended or never began.

/// The end of a connection; its name is a metric label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Closed {
    /// The exporter closed it after a whole message.
    Ended,
    /// It ended in the middle of a message.
    CutShort,
    /// The network failed.
    Failed { cause: String },
    /// A message begins with another version.
    NotIpfix { version: u16 },
    /// A message says that it is shorter than its own header.
    ImpossibleLength { length: u16 },
    /// No whole message came for long.
    Idle,
    /// A message that has begun was not completed in time.
    SlowMessage,
    /// The TLS handshake was not completed in time.
    SlowHandshake,
    /// TLS failed: no common version, a certificate that is missing or not trusted, damage.
    Tls { cause: String },
    /// It had sent nothing yet, and there were too many.
    MadeRoom,
    /// Weir stops.
    Stopping,
}

impl Closed {
    /// Every name, for declaring metrics.
    pub(super) const NAMES: [&'static str; 11] = [
        "ended",
        "cut_short",
        "failed",
        "not_ipfix",
        "impossible_length",
        "idle",
        "slow_message",
        "slow_handshake",
        "tls_failed",
        "made_room",
        "stopping",
    ];

    /// Its place in [`Closed::NAMES`].
    pub(super) fn index(&self) -> usize {
        match self {
            Closed::Ended => 0,
            Closed::CutShort => 1,
            Closed::Failed { .. } => 2,
            Closed::NotIpfix { .. } => 3,
            Closed::ImpossibleLength { .. } => 4,
            Closed::Idle => 5,
            Closed::SlowMessage => 6,
            Closed::SlowHandshake => 7,
            Closed::Tls { .. } => 8,
            Closed::MadeRoom => 9,
            Closed::Stopping => 10,
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        Self::NAMES[self.index()]
    }

    /// Whether it is the ordinary end of a connection.
    pub(super) fn is_ordinary(&self) -> bool {
        matches!(self, Closed::Ended | Closed::Stopping)
    }

    /// What stands behind it, for the log.
    pub(super) fn detail(&self) -> String {
        match self {
            Closed::Failed { cause } | Closed::Tls { cause } => cause.clone(),
            Closed::NotIpfix { version: 9 } => "NetFlow v9 goes over UDP only".to_owned(),
            Closed::NotIpfix { version: 0x1603 } => "a TLS client on a port without TLS".to_owned(),
            Closed::NotIpfix { version } => format!("version {version} where 10 was expected"),
            Closed::ImpossibleLength { length } => format!("a message of {length} bytes"),
            _ => String::new(),
        }
    }
}
