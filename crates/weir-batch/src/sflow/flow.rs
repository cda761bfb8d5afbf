//! A sampled packet as a row.

use weir_schema::Field;
use weir_wire::packet::{Headers, MAX_TUNNELS, Tunnel};
use weir_wire::sflow::{
    Ethernet, FlowSample, Gateway, Interface, Ip, RawHeader, Record, Records, Router, Switch,
};

use super::{SampleRows, mac};
use crate::builder::BatchBuilder;
use crate::format::Format;
use crate::plan::RowKind;

/// What the records of a sample say together.
#[derive(Default)]
pub(super) struct Sampled<'a> {
    raw: Option<RawHeader<'a>>,
    ethernet: Option<Ethernet>,
    ip: Option<Ip>,
    switch: Option<Switch>,
    router: Option<Router>,
    gateway: Option<Gateway<'a>>,
    /// There are records that are read field by field.
    pub(super) has_more: bool,
}

/// Bytes of a row's cells, roughly.
const ROW_BYTES: usize = 120;
/// A priority that the device does not know.
const UNKNOWN: u32 = u32::MAX;
/// RFC 7270, section 4.12: dropped, for a reason that is not known.
const DROPPED_UNKNOWN: u8 = 128;

impl SampleRows<'_, '_> {
    /// Appends a flow sample as one row. Tells what was wrong with its records; those before still count.
    pub fn flow(&mut self, sample: &FlowSample<'_>) -> Option<&'static str> {
        let mut sampled = Sampled::default();
        let problem = sampled.read(sample.records());
        let batch = &mut *self.batch;
        batch.put(Field::ObservationPoint, sample.source.id());
        batch.put(Field::Packets, 1_u64);
        batch.cell(Field::Bytes, sampled.length().map(u64::from));
        batch.cell(Field::InIf, sample.input.index());
        batch.cell(Field::OutIf, sample.output.index());
        batch.append_usual_numbers(sample.pool, &sampled);
        if sample.drops != 0 {
            batch.extra_number("sflow:drops", sample.drops);
        }
        if sample.input.format != 0 {
            batch.append_many(sample.input, "sflow:inputFormat", "sflow:inputInterfaces");
        }
        if let Some(reason) = sample.output.drop_reason() {
            batch.put(Field::ForwardingStatus, DROPPED_UNKNOWN);
            batch.append_drop_reason(reason);
        } else if sample.output.format != 0 {
            batch.append_many(sample.output, "sflow:outputFormat", "sflow:outputInterfaces");
        }
        batch.append_sampled(&sampled);
        if sampled.has_more {
            batch.append_more(sample.records());
        }
        batch.end_extra();
        batch.cell_bytes += ROW_BYTES;
        let sampling = self.origin.sampling;
        self.end_row(RowKind::Flow, if sampling.forced { sampling.rate } else { sample.rate });
        problem
    }
}

impl BatchBuilder {
    /// Why a packet was dropped.
    pub(super) fn append_drop_reason(&mut self, reason: u32) {
        match u16::try_from(reason) {
            Ok(reason) => self.put(Field::DropReason, reason),
            Err(_) => self.extra_number("sflow:dropReason", reason),
        }
    }

    /// Numbers without a column that most samples have, in one go. How many bytes of the packet were copied says nothing
    /// about the packet and is left out.
    #[inline]
    fn append_usual_numbers(&mut self, pool: u32, sampled: &Sampled<'_>) {
        let Some(extra) = self.extra() else { return };
        let pool = ("sflow:samplePool", pool);
        let Some(gateway) = &sampled.gateway else { return extra.numbers([pool]) };
        let own_as = ("sflow:gatewayAs", gateway.own_as);
        match gateway.local_pref {
            None => extra.numbers([pool, own_as]),
            Some(local_pref) => extra.numbers([pool, own_as, ("sflow:localPref", local_pref)]),
        }
    }

    /// A header that Weir cannot read.
    #[cold]
    fn append_unread(&mut self, header: &[u8]) {
        if let Some(extra) = self.extra() {
            extra.entry("sflow:header", |out| Format::Hex.write(out, header));
        }
    }

    /// What stands for an interface when there is not one.
    #[cold]
    fn append_many(&mut self, interface: Interface, format: &'static str, count: &'static str) {
        self.extra_number(format, interface.format);
        self.extra_number(count, interface.value);
    }

    /// What the known records of a sample say, but for the length of the packet.
    pub(super) fn append_sampled(&mut self, sampled: &Sampled<'_>) {
        let headers = &sampled.raw.as_ref().map_or_else(Headers::default, RawHeader::headers);
        self.append_headers(headers, sampled.switch.is_some());
        for Tunnel { kind, id } in headers.tunnels.iter().flatten() {
            // The segments of overlays have a column.
            if let (Some(id), false) = (id, kind.has_segment()) {
                self.extra_number("sflow:tunnelKey", *id);
            }
        }
        if let Some(raw) = &sampled.raw {
            // Ethernet goes without saying.
            if raw.protocol != 1 {
                self.extra_number("sflow:headerProtocol", raw.protocol);
            }
            if headers.network.is_none() && headers.ethertype.is_none() {
                self.append_unread(raw.header);
            }
        }
        if let Some(ethernet) = &sampled.ethernet {
            self.append_ethernet(ethernet, headers);
        }
        if let Some(ip) = &sampled.ip {
            self.append_decoded_ip(ip, sampled.raw.is_some(), headers.network.is_some());
        }
        if let Some(switch) = &sampled.switch {
            self.append_switch(switch, headers);
        }
        if let Some(router) = &sampled.router {
            self.address(Field::NextHop, router.next_hop);
            self.cell(Field::SrcMask, u8::try_from(router.src_mask).ok());
            self.cell(Field::DstMask, u8::try_from(router.dst_mask).ok());
        }
        if let Some(gateway) = sampled.gateway {
            self.append_gateway(gateway);
        }
    }

    /// The headers of a packet: cells only. With a switch record, the VLAN is told there.
    #[inline]
    pub(crate) fn append_headers(&mut self, headers: &Headers<'_>, has_switch: bool) {
        self.cell(Field::SrcMac, headers.src_mac.map(mac));
        self.cell(Field::DstMac, headers.dst_mac.map(mac));
        if !has_switch {
            self.cell(Field::Vlan, headers.vlan);
            self.cell(Field::VlanPriority, headers.vlan_priority);
        }
        self.cell(Field::InnerVlan, headers.inner_vlan);
        self.cell(Field::Ethertype, headers.ethertype);
        if headers.labels[0].is_some() {
            for (field, label) in
                [Field::MplsLabel1, Field::MplsLabel2, Field::MplsLabel3].into_iter().zip(headers.labels)
            {
                self.cell(field, label);
            }
        }
        let Some(network) = headers.network else { return };
        let (src, dst) = self.addresses.codes(network.src, network.dst);
        self.put(Field::SrcIp, src);
        self.put(Field::DstIp, dst);
        self.put(Field::Protocol, network.protocol);
        self.put(Field::IpVersion, network.version);
        self.put(Field::Tos, network.tos);
        self.put(Field::Ttl, network.ttl);
        if network.version == 6 {
            self.put(Field::Ipv6FlowLabel, network.flow_label);
        }
        self.cell(Field::FragmentId, network.identification);
        if let Some(fragment) = network.fragment {
            self.put(Field::FragmentOffset, fragment.offset);
            // Bit 2 of IANA's fragmentFlags: more fragments.
            self.put(Field::FragmentFlags, u8::from(fragment.more) << 5);
        }
        self.cell(Field::SrcPort, headers.src_port);
        self.cell(Field::DstPort, headers.dst_port);
        self.cell(Field::TcpFlags, headers.tcp_flags);
        self.cell(Field::TcpWindow, headers.tcp_window);
        if let Some((kind, code)) = headers.icmp {
            self.put(Field::IcmpType, kind);
            self.put(Field::IcmpCode, code);
        }
        self.cell(Field::IgmpType, headers.igmp_type);
        if headers.tunnel().is_some() {
            self.append_tunnels(headers);
        }
    }

    #[inline(never)]
    fn append_tunnels(&mut self, headers: &Headers<'_>) {
        let mut names = std::mem::take(&mut self.scratch);
        names.clear();
        let mut segment = None;
        for Tunnel { kind, id } in headers.tunnels.iter().flatten() {
            if !names.is_empty() {
                names.push(' ');
            }
            names.push_str(kind.name());
            if kind.has_segment() {
                segment = id.map(u64::from);
            }
        }
        self.fill_text(Field::Tunnel, &names);
        self.scratch = names;
        self.cell(Field::Layer2Segment, segment);
        if let Some(inner) = headers.inner {
            self.address(Field::InnerSrcIp, Some(inner.src));
            self.address(Field::InnerDstIp, Some(inner.dst));
            self.put(Field::InnerProtocol, inner.protocol);
            self.cell(Field::InnerSrcPort, inner.src_port);
            self.cell(Field::InnerDstPort, inner.dst_port);
        }
        self.cell_bytes += 16 + 8 * MAX_TUNNELS;
    }

    /// The device's own reading of the Ethernet header: fills what the header does not tell.
    fn append_ethernet(&mut self, ethernet: &Ethernet, headers: &Headers<'_>) {
        if headers.src_mac.is_none() {
            self.put(Field::SrcMac, mac(ethernet.src_mac));
        }
        if headers.dst_mac.is_none() {
            self.put(Field::DstMac, mac(ethernet.dst_mac));
        }
        if headers.ethertype.is_none() {
            self.cell(Field::Ethertype, u16::try_from(ethernet.ethertype).ok());
        }
        self.extra_number("sflow:ethernetLength", ethernet.length);
    }

    /// The device's own reading of the IP header.
    fn append_decoded_ip(&mut self, ip: &Ip, has_raw: bool, has_network: bool) {
        if has_raw {
            self.extra_number("sflow:ipLength", ip.length);
        }
        if has_network {
            return;
        }
        self.address(Field::SrcIp, Some(ip.src));
        self.address(Field::DstIp, Some(ip.dst));
        self.put(Field::IpVersion, if ip.src.is_ipv4() { 4_u8 } else { 6 });
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

    /// The header's own tag goes before what the switch says; where they differ, both are kept.
    #[inline]
    fn append_switch(&mut self, switch: &Switch, headers: &Headers<'_>) {
        let src_vlan = u16::try_from(switch.src_vlan).ok();
        self.cell(Field::Vlan, headers.vlan.or(src_vlan));
        self.cell(Field::PostVlan, u16::try_from(switch.dst_vlan).ok());
        let src_priority = u8::try_from(switch.src_priority).ok();
        self.cell(Field::VlanPriority, headers.vlan_priority.or(src_priority));
        if headers.vlan.is_some() && headers.vlan != src_vlan {
            self.extra_number("sflow:srcVlan", switch.src_vlan);
        }
        if headers.vlan_priority.is_some_and(|priority| Some(priority) != src_priority)
            && switch.src_priority != UNKNOWN
        {
            self.extra_number("sflow:srcPriority", switch.src_priority);
        }
        if !matches!(switch.dst_priority, 0 | UNKNOWN) {
            self.extra_number("sflow:dstPriority", switch.dst_priority);
        }
    }
}

impl<'a> Sampled<'a> {
    /// Takes the records; tells what was wrong with them.
    #[inline]
    pub(super) fn read(&mut self, records: Records<'a>) -> Option<&'static str> {
        let mut problem = None;
        for record in records {
            match record {
                Ok(record) => self.note(record),
                Err(malformed) => problem = Some(malformed.reason),
            }
        }
        problem
    }

    #[inline]
    fn note(&mut self, record: Record<'a>) {
        match record {
            Record::Header(raw) => self.raw = Some(raw),
            Record::Ethernet(ethernet) => self.ethernet = Some(ethernet),
            Record::Ip(ip) => self.ip = Some(ip),
            Record::Switch(switch) => self.switch = Some(switch),
            Record::Router(router) => self.router = Some(router),
            Record::Gateway(gateway) => self.gateway = Some(gateway),
            Record::Extended(_) | Record::Other { .. } => self.has_more = true,
        }
    }

    /// Length of the packet.
    pub(super) fn length(&self) -> Option<u32> {
        let raw = self.raw.map(|raw| raw.frame_length);
        let ethernet = || self.ethernet.map(|ethernet| ethernet.length);
        raw.or_else(ethernet).or_else(|| self.ip.map(|ip| ip.length))
    }
}
