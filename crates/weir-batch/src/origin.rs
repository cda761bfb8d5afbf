//! What a datagram's header and its exporter's state say about all of its records.

use std::fmt;
use std::net::IpAddr;

use weir_wire::Protocol;
use weir_wire::template::FieldSpecifier;

use crate::names::NameLookup;

/// The facts that all records of a set share.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Export protocol.
    pub protocol: Protocol,
    /// Address of the device that exported the records.
    pub exporter: IpAddr,
    /// Port that the datagram came from.
    pub exporter_port: u16,
    /// Observation domain within the exporter.
    pub domain_id: u32,
    /// When the datagram was received, nanoseconds since 1970.
    pub received_ns: i64,
    /// When it was exported, by the exporter's clock; 0 means that the protocol does not say.
    pub export_ns: i64,
    /// How times counted from the exporter's start become absolute.
    pub uptime: Uptime,
    /// Sequence number of the datagram.
    pub sequence: u32,
    /// Template of the records; 0 where the protocol has none.
    pub template_id: u16,
    /// What is known of sampling besides the record itself.
    pub sampling: Sampling<'a>,
    /// Names that options records told; [`Names::none`](crate::Names::none) where there are none.
    pub names: NameLookup<'a>,
    /// Other templates of the exporter's domain, for lists in records (RFC 6313). Without it they stay hexadecimal.
    pub templates: Option<&'a dyn FindTemplate>,
}

/// Looks up templates of an exporter's domain.
pub trait FindTemplate: fmt::Debug {
    /// The fields of the template with this id, as announced.
    fn fields(&self, id: u16) -> Option<&[FieldSpecifier]>;
}

/// How times counted from the exporter's start become absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uptime {
    /// They do not: the exporter has not told when it started.
    Unknown,
    /// The header gave export time and uptime at the same moment (v5, v9).
    Header {
        /// Export time, nanoseconds since 1970.
        export_ns: i64,
        /// Uptime then, in milliseconds; wraps every 49.7 days.
        uptime_ms: u32,
    },
    /// The exporter told when it started (IPFIX, `systemInitTimeMilliseconds`), nanoseconds since 1970.
    Boot(i64),
}

/// Uptimes this far ahead of the header's are a race inside the exporter; farther ones are wrapped.
const AHEAD_MS: u32 = 3_600_000;

impl Uptime {
    /// The absolute time of an uptime in milliseconds; 0 when it cannot be known.
    #[inline]
    pub fn absolute_ns(self, at_ms: u64) -> i64 {
        match self {
            Uptime::Unknown => 0,
            Uptime::Header { export_ns, uptime_ms } => {
                let ago = uptime_ms.wrapping_sub(at_ms as u32);
                let ago_ms =
                    if ago > u32::MAX - AHEAD_MS { i64::from(ago) - (1 << 32) } else { i64::from(ago) };
                export_ns - ago_ms * 1_000_000
            }
            Uptime::Boot(boot_ns) => {
                boot_ns.saturating_add(i64::try_from(at_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000))
            }
        }
    }
}

/// What is known of sampling besides the record itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sampling<'a> {
    /// One in this many packets; 0 means unknown.
    pub rate: u32,
    /// Where `rate` came from.
    pub origin: SamplingOrigin,
    /// Rates by sampler, for records that name theirs. Their origin is [`SamplingOrigin::Options`].
    pub samplers: &'a [(u64, u32)],
    /// Rates by interface, for records that tell where they came in or else went out; likewise.
    pub interfaces: &'a [(u64, u32)],
    /// Whether `rate` counts whatever the records and their samplers say.
    pub forced: bool,
}

/// Where a sampling rate came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SamplingOrigin {
    /// The record carried it.
    #[default]
    Record,
    /// An options record told it.
    Options,
    /// The datagram's header told it.
    Header,
    /// The configuration says so.
    Configured,
    /// Nobody told; a default was taken.
    Assumed,
}

impl SamplingOrigin {
    /// Its name in the `sampling_origin` column.
    pub fn name(self) -> &'static str {
        match self {
            SamplingOrigin::Record => "record",
            SamplingOrigin::Options => "options",
            SamplingOrigin::Header => "header",
            SamplingOrigin::Configured => "configured",
            SamplingOrigin::Assumed => "assumed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_wraps_and_may_run_ahead_a_little() {
        let header = Uptime::Header { export_ns: 1_000_000_000_000, uptime_ms: 5_000 };
        assert_eq!(header.absolute_ns(4_000), 999_000_000_000);
        assert_eq!(header.absolute_ns(u64::from(u32::MAX)), 1_000_000_000_000 - 5_001_000_000);
        assert_eq!(header.absolute_ns(6_000), 1_001_000_000_000);
        assert_eq!(Uptime::Boot(7).absolute_ns(1), 1_000_007);
    }
}
