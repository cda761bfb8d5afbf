//! One typed view over a batch that all analytics read: each distinct address is looked at once.

use arrow_array::{
    Array, ArrayRef, RecordBatch, StringArray, TimestampNanosecondArray, UInt8Array, UInt16Array,
    UInt32Array, UInt64Array,
};
use serde::{Deserialize, Serialize};
use weir_filter::column::{Cells, FLOW, address, resolve};
use weir_schema::Field;

/// TCP flags, as in the header.
pub(crate) mod flag {
    pub(crate) const FIN: u16 = 0x01;
    pub(crate) const SYN: u16 = 0x02;
    pub(crate) const RST: u16 = 0x04;
    pub(crate) const PSH: u16 = 0x08;
    pub(crate) const ACK: u16 = 0x10;
    pub(crate) const URG: u16 = 0x20;
}

/// IP protocol numbers.
pub(crate) mod proto {
    pub(crate) const ICMP: u8 = 1;
    pub(crate) const TCP: u8 = 6;
    pub(crate) const UDP: u8 = 17;
    pub(crate) const ICMP6: u8 = 58;
}

/// What the role of a network (`src_role`, `dst_role`) says a host is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Role(u8);

impl Role {
    /// Looks for weaknesses on purpose.
    pub(crate) const SCANNER: Role = Role(1);
    /// Watches others, regularly.
    pub(crate) const MONITOR: Role = Role(2);
    /// Takes copies of others.
    pub(crate) const BACKUP: Role = Role(4);
    /// Serves names, time, addresses, mail or forwards for others.
    pub(crate) const SERVER: Role = Role(8);
    /// Administers others.
    pub(crate) const ADMIN: Role = Role(16);

    /// Roles are free text: `vulnerability scanner` counts as well as `scanner`.
    pub(crate) fn read(text: &str) -> Role {
        let text = text.to_ascii_lowercase();
        let words: [(&str, Role); 14] = [
            ("scan", Role::SCANNER),
            ("monitor", Role::MONITOR),
            ("backup", Role::BACKUP),
            ("server", Role::SERVER),
            ("dns", Role::SERVER),
            ("resolver", Role::SERVER),
            ("ntp", Role::SERVER),
            ("dhcp", Role::SERVER),
            ("mail", Role::SERVER),
            ("proxy", Role::SERVER),
            ("gateway", Role::SERVER),
            ("admin", Role::ADMIN),
            ("bastion", Role::ADMIN),
            ("jump", Role::ADMIN),
        ];
        Role(words.iter().filter(|(word, _)| text.contains(word)).fold(0, |all, (_, role)| all | role.0))
    }

    /// Whether it is one of these.
    pub(crate) fn has(self, other: Role) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Role {
        Role(bits)
    }
}

/// Whether an address is one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Way {
    /// The source is internal.
    pub(crate) src_internal: bool,
    /// The destination is internal.
    pub(crate) dst_internal: bool,
}

impl Way {
    /// Both ends are one's own.
    pub(crate) fn internal(self) -> bool {
        self.src_internal && self.dst_internal
    }

    /// From outside to inside.
    pub(crate) fn inbound(self) -> bool {
        !self.src_internal && self.dst_internal
    }

    /// From inside to outside.
    pub(crate) fn outbound(self) -> bool {
        self.src_internal && !self.dst_internal
    }
}

/// One row that is traffic between two addresses.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) src: u128,
    pub(crate) dst: u128,
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) protocol: u8,
    /// TCP flags; 0 where the exporter does not say.
    pub(crate) flags: u16,
    pub(crate) icmp_type: Option<u8>,
    /// As counted by the exporter, not scaled.
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    /// Nanoseconds since 1970. `start <= end`; `time` is what windows go by.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) time: i64,
    /// The end by the exporter's clock: `time`, unless that clock is far off.
    pub(crate) own_end: i64,
    /// One in so many packets; 1 where it is not known.
    pub(crate) sampling: u32,
    pub(crate) way: Way,
    pub(crate) src_role: Role,
    pub(crate) dst_role: Role,
    /// A bidirectional record says which side opened the connection.
    pub(crate) forward: Option<bool>,
    /// 0 where it is not known.
    pub(crate) dst_as: u32,
    pub(crate) dst_country: [u8; 2],
}

impl Flow {
    /// Packets, scaled by the sampling rate.
    pub(crate) fn scaled_packets(&self) -> f64 {
        self.packets as f64 * f64::from(self.sampling)
    }

    /// Bytes, scaled by the sampling rate.
    pub(crate) fn scaled_bytes(&self) -> f64 {
        self.bytes as f64 * f64::from(self.sampling)
    }

    /// A connection attempt that never came to an answer: a client that is answered sends an ACK.
    pub(crate) fn is_bare_syn(&self) -> bool {
        self.protocol == proto::TCP && self.flags & (flag::SYN | flag::ACK) == flag::SYN
    }

    /// Flags that no real client starts with (FIN, none but PSH and URG), on a packet or two: a stealth scan. A record
    /// without flags is none: exporters that do not report flags send 0.
    pub(crate) fn is_stealth(&self) -> bool {
        self.protocol == proto::TCP
            && self.packets <= 2
            && self.flags & (flag::SYN | flag::ACK | flag::RST) == 0
            && self.flags & (flag::FIN | flag::PSH | flag::URG) != 0
    }

    /// An ICMP or ICMPv6 echo request.
    pub(crate) fn is_echo_request(&self) -> bool {
        matches!((self.protocol, self.icmp_type), (proto::ICMP, Some(8)) | (proto::ICMP6, Some(128)))
    }

    /// Whether it is ICMP of either version.
    pub(crate) fn is_icmp(&self) -> bool {
        matches!(self.protocol, proto::ICMP | proto::ICMP6)
    }
}

/// An end further than this from `time` is by a clock that is off: `time` is when the flow was received (`weir-batch`).
const CLOCK_LIMIT: u64 = 3_600 * 1_000_000_000;

/// Whether an address stands for many hosts: multicast, broadcast, unspecified.
pub(crate) fn is_group(address: u128) -> bool {
    match v4(address) {
        Some(v4) => v4 >> 28 == 0xe || v4 == u32::MAX || v4 == 0,
        None => address >> 120 == 0xff || address == 0,
    }
}

/// The IPv4 address inside, which Weir keeps as `::ffff:a.b.c.d`.
pub(crate) fn v4(address: u128) -> Option<u32> {
    (address >> 32 == 0xffff).then_some(address as u32)
}

/// Private, link-local, unique-local, loopback: where no enrichment says what is internal.
fn is_private(address: u128) -> bool {
    match v4(address) {
        Some(v4) => {
            let ip = std::net::Ipv4Addr::from(v4);
            ip.is_private() || ip.is_link_local() || ip.is_loopback() || v4 >> 22 == 0x6440_0000 >> 22
        }
        None => address >> 121 == 0xfc >> 1 || address >> 118 == 0xfe80 >> 6 || address == 1,
    }
}

/// The flows of a batch; rows that are no traffic or have no addresses are left out.
pub(crate) fn flows(batch: &RecordBatch) -> Vec<Flow> {
    let Some(columns) = Columns::new(batch) else { return Vec::new() };
    let mut found = Vec::with_capacity(batch.num_rows());
    found.extend((0..batch.num_rows()).filter_map(|row| columns.flow(row)));
    found
}

/// An address column: keys into distinct values.
struct Addresses {
    keys: UInt32Array,
    values: Vec<(u128, bool)>,
}

impl Addresses {
    fn new(batch: &RecordBatch, field: Field) -> Option<Self> {
        let column = resolve(batch, field)?;
        let Cells::Ip(keys, values) = Cells::new(field, &column).ok()? else { return None };
        let values = (0..values.len())
            .map(|at| {
                let address = if values.is_null(at) { 0 } else { address(values, at) };
                (address, is_private(address))
            })
            .collect();
        Some(Self { keys: keys.clone(), values })
    }

    fn get(&self, row: usize) -> Option<(u128, bool)> {
        if self.keys.is_null(row) { None } else { self.values.get(self.keys.value(row) as usize).copied() }
    }
}

/// A text column, with each distinct text read once.
struct Coded<T> {
    keys: UInt32Array,
    values: Vec<T>,
}

impl<T: Copy> Coded<T> {
    fn new(batch: &RecordBatch, field: Field, read: impl Fn(&str) -> T) -> Option<Self> {
        let column = resolve(batch, field)?;
        let Cells::Text(keys, values) = Cells::new(field, &column).ok()? else { return None };
        let text = |values: &StringArray, at: usize| {
            if values.is_null(at) { read("") } else { read(values.value(at)) }
        };
        Some(Self { keys: keys.clone(), values: (0..values.len()).map(|at| text(values, at)).collect() })
    }

    fn get(&self, row: usize) -> Option<T> {
        if self.keys.is_null(row) { None } else { self.values.get(self.keys.value(row) as usize).copied() }
    }
}

struct Columns {
    src: Addresses,
    dst: Addresses,
    time: TimestampNanosecondArray,
    start: Option<TimestampNanosecondArray>,
    end: Option<TimestampNanosecondArray>,
    src_port: Option<UInt16Array>,
    dst_port: Option<UInt16Array>,
    protocol: Option<UInt8Array>,
    flags: Option<UInt16Array>,
    icmp_type: Option<UInt8Array>,
    bytes: Option<UInt64Array>,
    packets: Option<UInt64Array>,
    sampling: Option<UInt32Array>,
    is_flow: Option<Coded<bool>>,
    locality: Option<Coded<Option<Way>>>,
    forward: Option<Coded<Option<bool>>>,
    dst_as: Option<UInt32Array>,
    dst_country: Option<Coded<[u8; 2]>>,
    src_role: Option<Coded<Role>>,
    dst_role: Option<Coded<Role>>,
}

fn typed<T: Array + Clone + 'static>(batch: &RecordBatch, field: Field) -> Option<T> {
    resolve(batch, field).and_then(|column: ArrayRef| column.as_any().downcast_ref::<T>().cloned())
}

macro_rules! cell {
    ($column:expr, $row:expr) => {
        $column.as_ref().filter(|column| column.is_valid($row)).map(|column| column.value($row))
    };
}

impl Columns {
    fn new(batch: &RecordBatch) -> Option<Self> {
        let way = |text: &str| {
            let (src_internal, dst_internal) = match text {
                "internal" => (true, true),
                "inbound" => (false, true),
                "outbound" => (true, false),
                "transit" => (false, false),
                _ => return None,
            };
            Some(Way { src_internal, dst_internal })
        };
        let side = |text: &str| match text {
            "forward" => Some(true),
            "reverse" => Some(false),
            _ => None,
        };
        let country = |text: &str| text.as_bytes().try_into().unwrap_or([0; 2]);
        let present = |field: Field| batch.column_by_name(field.name()).is_some();
        Some(Self {
            src: Addresses::new(batch, Field::SrcIp)?,
            dst: Addresses::new(batch, Field::DstIp)?,
            time: typed(batch, Field::Time)?,
            start: typed(batch, Field::Start),
            end: typed(batch, Field::End),
            src_port: typed(batch, Field::SrcPort),
            dst_port: typed(batch, Field::DstPort),
            protocol: typed(batch, Field::Protocol),
            flags: typed(batch, Field::TcpFlags),
            icmp_type: typed(batch, Field::IcmpType),
            bytes: typed(batch, Field::Bytes),
            packets: typed(batch, Field::Packets),
            sampling: typed(batch, Field::Sampling),
            is_flow: present(Field::Kind)
                .then(|| Coded::new(batch, Field::Kind, |text| text == FLOW))
                .flatten(),
            locality: Coded::new(batch, Field::Locality, way),
            forward: Coded::new(batch, Field::BiflowSide, side),
            dst_as: typed(batch, Field::DstAs),
            dst_country: Coded::new(batch, Field::DstCountry, country),
            src_role: Coded::new(batch, Field::SrcRole, Role::read),
            dst_role: Coded::new(batch, Field::DstRole, Role::read),
        })
    }

    fn flow(&self, row: usize) -> Option<Flow> {
        if self.is_flow.as_ref().is_some_and(|kinds| kinds.get(row) == Some(false)) {
            return None;
        }
        let ((src, src_private), (dst, dst_private)) = (self.src.get(row)?, self.dst.get(row)?);
        if self.time.is_null(row) {
            return None;
        }
        let time = self.time.value(row);
        // An exporter with a wrong clock gets `time` from the receiver: the length of the flow is kept.
        let end = cell!(self.end, row).unwrap_or(time);
        let length = cell!(self.start, row).map_or(0, |start| end.saturating_sub(start)).max(0);
        let dst_port = cell!(self.dst_port, row).unwrap_or(0);
        let protocol = cell!(self.protocol, row).unwrap_or(0);
        let icmp_type = cell!(self.icmp_type, row).or_else(|| {
            // NetFlow v5 and v9 put type and code in the destination port.
            matches!(protocol, proto::ICMP | proto::ICMP6).then_some((dst_port >> 8) as u8)
        });
        let way = self
            .locality
            .as_ref()
            .and_then(|locality| locality.get(row).flatten())
            .unwrap_or(Way { src_internal: src_private, dst_internal: dst_private });
        Some(Flow {
            src,
            dst,
            src_port: cell!(self.src_port, row).unwrap_or(0),
            dst_port,
            protocol,
            flags: cell!(self.flags, row).unwrap_or(0) & 0xff,
            icmp_type,
            bytes: cell!(self.bytes, row).unwrap_or(0),
            packets: cell!(self.packets, row).unwrap_or(0),
            start: time.saturating_sub(length),
            end: time,
            time,
            own_end: if end.abs_diff(time) > CLOCK_LIMIT { end } else { time },
            sampling: cell!(self.sampling, row).unwrap_or(1).max(1),
            way,
            src_role: self.src_role.as_ref().and_then(|roles| roles.get(row)).unwrap_or_default(),
            dst_role: self.dst_role.as_ref().and_then(|roles| roles.get(row)).unwrap_or_default(),
            forward: self.forward.as_ref().and_then(|sides| sides.get(row).flatten()),
            dst_as: cell!(self.dst_as, row).unwrap_or(0),
            dst_country: self.dst_country.as_ref().and_then(|places| places.get(row)).unwrap_or([0; 2]),
        })
    }
}
