//! sFlow: a sampled packet becomes a row. Fields differ from sample to sample, so rows are written cell by cell.

use std::fmt::Write;
use std::net::IpAddr;

use weir_schema::Field;
use weir_wire::packet::{self, Headers};
use weir_wire::sflow::{FlowSample, Gateway, RawHeader, Record};

use crate::builder::BatchBuilder;
use crate::column::Cell;
use crate::origin::{Origin, SamplingOrigin};

/// What the records of a sample say together.
#[derive(Default)]
struct Sampled<'a> {
    headers: Headers<'a>,
    length: Option<u32>,
    ip: Option<weir_wire::sflow::Ip>,
    switch: Option<weir_wire::sflow::Switch>,
    router: Option<weir_wire::sflow::Router>,
    gateway: Option<Gateway<'a>>,
}

/// RFC 7270, section 4.12: dropped, for a reason that is not known.
const DROPPED_UNKNOWN: u8 = 128;

impl BatchBuilder {
    /// Appends a flow sample as one row. Tells what was wrong with its records; those before still count.
    pub fn append_flow_sample(
        &mut self,
        origin: &Origin<'_>,
        sample: &FlowSample<'_>,
    ) -> Option<&'static str> {
        let mut sampled = Sampled::default();
        let mut problem = None;
        for record in sample.records() {
            match record {
                Ok(record) => sampled.note(record),
                Err(malformed) => problem = Some(malformed.reason),
            }
        }
        self.append_origin(origin, 1);
        self.cell(Field::ObservationPoint, Some(sample.source.id()));
        self.cell(Field::InIf, sample.input.index());
        self.cell(Field::OutIf, sample.output.index());
        if sample.output.drop_reason().is_some() {
            self.cell(Field::ForwardingStatus, Some(DROPPED_UNKNOWN));
        }
        self.cell(Field::Packets, Some(1_u64));
        self.cell(Field::Bytes, sampled.length.map(u64::from));
        self.append_headers(&sampled.headers, sampled.switch.is_some());
        if let (None, Some(ip)) = (sampled.headers.network, sampled.ip) {
            self.append_decoded_ip(&ip);
        }
        if let Some(switch) = sampled.switch {
            let (vlan, priority) = (sampled.headers.vlan, sampled.headers.vlan_priority);
            self.cell(Field::Vlan, vlan.or(u16::try_from(switch.src_vlan).ok()));
            self.cell(Field::VlanPriority, priority.or(u8::try_from(switch.src_priority).ok()));
            self.cell(Field::PostVlan, u16::try_from(switch.dst_vlan).ok());
        }
        if let Some(router) = sampled.router {
            self.address(Field::NextHop, router.next_hop);
            self.cell(Field::SrcMask, u8::try_from(router.src_mask).ok());
            self.cell(Field::DstMask, u8::try_from(router.dst_mask).ok());
        }
        if let Some(gateway) = sampled.gateway {
            self.append_gateway(gateway);
        }
        if sample.rate != 0 {
            self.append_rate(sample.rate, SamplingOrigin::Record, self.rows, 1);
        }
        self.append_time(origin, 1);
        self.rows += 1;
        problem
    }

    pub(crate) fn append_headers(&mut self, headers: &Headers<'_>, has_switch: bool) {
        self.cell(Field::SrcMac, headers.src_mac.map(mac));
        self.cell(Field::DstMac, headers.dst_mac.map(mac));
        if !has_switch {
            self.cell(Field::Vlan, headers.vlan);
            self.cell(Field::VlanPriority, headers.vlan_priority);
        }
        self.cell(Field::InnerVlan, headers.inner_vlan);
        self.cell(Field::Ethertype, headers.ethertype);
        for (field, label) in
            [Field::MplsLabel1, Field::MplsLabel2, Field::MplsLabel3].into_iter().zip(headers.labels)
        {
            self.cell(field, label);
        }
        let Some(network) = headers.network else { return };
        self.address(Field::SrcIp, Some(network.src));
        self.address(Field::DstIp, Some(network.dst));
        self.cell(Field::Protocol, Some(network.protocol));
        self.cell(Field::IpVersion, Some(network.version));
        self.cell(Field::Tos, Some(network.tos));
        self.cell(Field::Ttl, Some(network.ttl));
        if network.version == 6 {
            self.cell(Field::Ipv6FlowLabel, Some(network.flow_label));
        }
        self.cell(Field::FragmentId, network.identification);
        if let Some(fragment) = network.fragment {
            self.cell(Field::FragmentOffset, Some(fragment.offset));
            // Bit 2 of IANA's fragmentFlags: more fragments.
            self.cell(Field::FragmentFlags, Some(u8::from(fragment.more) << 5));
        }
        self.cell(Field::SrcPort, headers.src_port);
        self.cell(Field::DstPort, headers.dst_port);
        self.cell(Field::TcpFlags, headers.tcp_flags);
        self.cell(Field::TcpWindow, headers.tcp_window);
        self.cell(Field::IcmpType, headers.icmp.map(|(kind, _)| kind));
        self.cell(Field::IcmpCode, headers.icmp.map(|(_, code)| code));
        self.cell(Field::IgmpType, headers.igmp_type);
    }

    fn append_decoded_ip(&mut self, ip: &weir_wire::sflow::Ip) {
        self.address(Field::SrcIp, Some(ip.src));
        self.address(Field::DstIp, Some(ip.dst));
        self.cell(Field::IpVersion, Some(if ip.src.is_ipv4() { 4_u8 } else { 6 }));
        self.cell(Field::Protocol, u8::try_from(ip.protocol).ok());
        self.cell(Field::Tos, u8::try_from(ip.tos).ok());
        // The record has these words for every protocol.
        if matches!(ip.protocol, 6 | 17 | 33 | 132 | 136) {
            self.cell(Field::SrcPort, u16::try_from(ip.src_port).ok());
            self.cell(Field::DstPort, u16::try_from(ip.dst_port).ok());
        }
        if ip.protocol == 6 {
            self.cell(Field::TcpFlags, u16::try_from(ip.tcp_flags).ok());
        }
    }

    fn append_gateway(&mut self, gateway: Gateway<'_>) {
        self.address(Field::BgpNextHop, gateway.next_hop);
        // A source AS of 0 and an empty path both mean the device's own AS.
        let src_as = if gateway.src_as == 0 { gateway.own_as } else { gateway.src_as };
        self.cell(Field::SrcAs, Some(src_as));
        self.cell(Field::DstAs, Some(gateway.path().last().unwrap_or(gateway.own_as)));
        self.cell(Field::PrevAs, Some(gateway.src_peer_as));
        self.cell(Field::NextAs, gateway.path().next());
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        for number in gateway.path() {
            let _ = write!(text, "{}{number}", if text.is_empty() { "" } else { " " });
        }
        self.text(Field::AsPath, &text);
        text.clear();
        for community in gateway.communities() {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{}:{}", community >> 16, community & 0xffff);
        }
        self.text(Field::Communities, &text);
        self.scratch = text;
    }

    /// Writes a cell of the row in hand.
    pub(crate) fn cell<T: Cell>(&mut self, field: Field, value: Option<T>) {
        let (row, expected) = (self.rows, self.expected);
        let Some(value) = value else { return };
        if let Some(typed) = self.typed(field) {
            typed.push(value, row, expected);
            self.cell_bytes += size_of::<T>();
        }
    }

    fn address(&mut self, field: Field, value: Option<IpAddr>) {
        let code = value.map(|address| self.addresses.code(address));
        self.cell(field, code);
    }

    fn text(&mut self, field: Field, value: &str) {
        if !value.is_empty() {
            self.repeat_text(field, value, self.rows, 1);
            self.cell_bytes += 4;
        }
    }
}

impl<'a> Sampled<'a> {
    fn note(&mut self, record: Record<'a>) {
        match record {
            Record::Header(header) => {
                self.length = Some(header.frame_length);
                self.headers = read_header(header);
            }
            Record::Ethernet(ethernet) => {
                self.length.get_or_insert(ethernet.length);
                self.headers.src_mac.get_or_insert(ethernet.src_mac);
                self.headers.dst_mac.get_or_insert(ethernet.dst_mac);
                self.headers.ethertype = self.headers.ethertype.or(u16::try_from(ethernet.ethertype).ok());
            }
            Record::Ip(ip) => {
                self.length.get_or_insert(ip.length);
                self.ip = Some(ip);
            }
            Record::Switch(switch) => self.switch = Some(switch),
            Record::Router(router) => self.router = Some(router),
            Record::Gateway(gateway) => self.gateway = Some(gateway),
            Record::Extended(_) | Record::Other { .. } => {}
        }
    }
}

fn read_header(header: RawHeader<'_>) -> Headers<'_> {
    match header.protocol {
        1 => packet::ethernet(header.header),
        11 | 12 => packet::ip(header.header),
        13 => packet::mpls(header.header),
        _ => Headers::default(),
    }
}

fn mac(octets: [u8; 6]) -> u64 {
    octets.iter().fold(0, |value, octet| value << 8 | u64::from(*octet))
}
