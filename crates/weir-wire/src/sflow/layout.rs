//! The tables of records whose fields are read one by one, in the order of their formats.
//!
//! Sources, all at sflow.org: "sFlow Version 5" (1004 to 1012 and counters up to 1001), sflow_80211, sflow_nat,
//! sflow_tunnels, sflow_drops, sflow_transit, sflow_host, sflow_host_ip, sflow_http, sflow_openflow, sflow_lag,
//! sflow_application, sflow_memcache, sflow_jvm, sflow_optics, sflow_nvml, draft_sflow_infiniband_2, and the list's
//! discussions of queue lengths, VLAN stacks and navigation timing. Counters have the names of their MIB objects, or else
//! of their structure in camel case.

use super::fields::{Item, Kind};

/// A structure: its fields in order. Most are of enterprise 0, sflow.org.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: u32,
    pub(super) items: &'static [Item],
}

/// The layout of a flow record's format.
pub(super) fn of_flow_record(format: u32) -> Option<&'static Layout> {
    find(FLOW_RECORDS, format)
}

/// The layout of a counter record's format. Its length tells which of two drafts an InfiniBand port follows.
pub(super) fn of_counter_record(format: u32, length: usize) -> Option<&'static Layout> {
    if format == INFINIBAND_WITH_DATA.format && length == INFINIBAND_WITH_DATA_LEN {
        return Some(&INFINIBAND_WITH_DATA);
    }
    find(COUNTER_RECORDS, format)
}

fn find(table: &'static [Layout], format: u32) -> Option<&'static Layout> {
    table.get(table.binary_search_by_key(&format, |layout| layout.format).ok()?)
}

/// Name and type of each field.
macro_rules! items {
    ($($name:literal $kind:ident),+) => { &[$(Item { name: $name, kind: Kind::$kind }),+] };
}

/// One line per structure: format, then name and type of each field; behind `[`, the fields of each element of a list.
macro_rules! layouts {
    ($($format:literal => $($name:literal $kind:ident),* $([$($listed:literal $of:ident),+])?;)+) => {
        &[$(Layout {
            format: $format,
            items: &[
                $(Item { name: $name, kind: Kind::$kind },)*
                $(Item { name: "", kind: Kind::List(items!($($listed $of),+)) },)?
            ],
        },)+]
    };
}

const FLOW_RECORDS: &[Layout] = layouts! {
    // extended_user
    1004 => "sflow:srcUserCharset" U32, "sflow:srcUser" Text, "sflow:dstUserCharset" U32, "sflow:dstUser" Text;
    // extended_url
    1005 => "sflow:urlDirection" U32, "sflow:url" Text, "sflow:urlHost" Text;
    // extended_mpls
    1006 => "sflow:mplsNextHop" Address, "sflow:mplsInStack" Words, "sflow:mplsOutStack" Words;
    // extended_nat
    1007 => "sflow:natSrcAddress" Address, "sflow:natDstAddress" Address;
    // extended_mpls_tunnel
    1008 => "sflow:mplsTunnelName" Text, "sflow:mplsTunnelId" U32, "sflow:mplsTunnelCos" U32;
    // extended_mpls_vc
    1009 => "sflow:mplsVcName" Text, "sflow:mplsVcId" U32, "sflow:mplsVcCos" U32;
    // extended_mpls_FTN
    1010 => "sflow:mplsFtnDescription" Text, "sflow:mplsFtnMask" U32;
    // extended_mpls_LDP_FEC
    1011 => "sflow:mplsFecPrefixLength" U32;
    // extended_vlantunnel
    1012 => "sflow:vlanTunnelStack" Words;
    // extended_80211_payload
    1013 => "sflow:wlanCipherSuite" U32, "sflow:wlanPayload" Opaque;
    // extended_80211_rx
    1014 => "sflow:wlanRxSsid" Text, "sflow:wlanRxBssid" Mac, "sflow:wlanRxVersion" U32, "sflow:wlanRxChannel" U32,
        "sflow:wlanRxSpeed" U64, "sflow:wlanRxSignalToNoise" U32, "sflow:wlanRxChannelPower" U32,
        "sflow:wlanRxPacketMicroseconds" U32;
    // extended_80211_tx
    1015 => "sflow:wlanTxSsid" Text, "sflow:wlanTxBssid" Mac, "sflow:wlanTxVersion" U32, "sflow:wlanTxTransmissions"
        U32, "sflow:wlanTxPacketMicroseconds" U32, "sflow:wlanTxRetransmissionMicroseconds" U32, "sflow:wlanTxChannel"
        U32, "sflow:wlanTxSpeed" U64, "sflow:wlanTxPowerMilliwatts" U32;
    // extended_openflow_v1
    1017 => "sflow:openflowCookie" U64, "sflow:openflowMatch" U32, "sflow:openflowActions" U32;
    // extended_nat_port
    1020 => "sflow:natSrcPort" U32, "sflow:natDstPort" U32;
    // extended_L2_tunnel_egress
    1021 => "sflow:tunnelEgressLength" U32, "sflow:tunnelEgressSrcMac" Mac, "sflow:tunnelEgressDstMac" Mac,
        "sflow:tunnelEgressEtherType" U32;
    // extended_L2_tunnel_ingress
    1022 => "sflow:tunnelIngressLength" U32, "sflow:tunnelIngressSrcMac" Mac, "sflow:tunnelIngressDstMac" Mac,
        "sflow:tunnelIngressEtherType" U32;
    // extended_ipv4_tunnel_egress
    1023 => "sflow:tunnelEgressIpLength" U32, "sflow:tunnelEgressIpProtocol" U32, "sflow:tunnelEgressIpSrcAddress"
        V4, "sflow:tunnelEgressIpDstAddress" V4, "sflow:tunnelEgressIpSrcPort" U32, "sflow:tunnelEgressIpDstPort" U32,
        "sflow:tunnelEgressIpTcpFlags" U32, "sflow:tunnelEgressIpTos" U32;
    // extended_ipv4_tunnel_ingress
    1024 => "sflow:tunnelIngressIpLength" U32, "sflow:tunnelIngressIpProtocol" U32,
        "sflow:tunnelIngressIpSrcAddress" V4, "sflow:tunnelIngressIpDstAddress" V4, "sflow:tunnelIngressIpSrcPort" U32,
        "sflow:tunnelIngressIpDstPort" U32, "sflow:tunnelIngressIpTcpFlags" U32, "sflow:tunnelIngressIpTos" U32;
    // extended_ipv6_tunnel_egress
    1025 => "sflow:tunnelEgressIpLength" U32, "sflow:tunnelEgressIpProtocol" U32, "sflow:tunnelEgressIpSrcAddress"
        V6, "sflow:tunnelEgressIpDstAddress" V6, "sflow:tunnelEgressIpSrcPort" U32, "sflow:tunnelEgressIpDstPort" U32,
        "sflow:tunnelEgressIpTcpFlags" U32, "sflow:tunnelEgressIpTos" U32;
    // extended_ipv6_tunnel_ingress
    1026 => "sflow:tunnelIngressIpLength" U32, "sflow:tunnelIngressIpProtocol" U32,
        "sflow:tunnelIngressIpSrcAddress" V6, "sflow:tunnelIngressIpDstAddress" V6, "sflow:tunnelIngressIpSrcPort" U32,
        "sflow:tunnelIngressIpDstPort" U32, "sflow:tunnelIngressIpTcpFlags" U32, "sflow:tunnelIngressIpTos" U32;
    // extended_decapsulate_egress
    1027 => "sflow:decapsulateEgressOffset" U32;
    // extended_decapsulate_ingress
    1028 => "sflow:decapsulateIngressOffset" U32;
    // extended_vni_egress
    1029 => "sflow:vniEgress" U32;
    // extended_vni_ingress
    1030 => "sflow:vniIngress" U32;
    // extended_ib_lrh
    1031 => "sflow:ibSrcVl" U32, "sflow:ibSrcSl" U32, "sflow:ibSrcDlid" U32, "sflow:ibSrcSlid" U32, "sflow:ibSrcLnh"
        U32, "sflow:ibDstVl" U32, "sflow:ibDstSl" U32, "sflow:ibDstDlid" U32, "sflow:ibDstSlid" U32, "sflow:ibDstLnh"
        U32;
    // extended_ib_grh
    1032 => "sflow:ibFlowLabel" U32, "sflow:ibTrafficClass" U32, "sflow:ibSrcGid" V6, "sflow:ibDstGid" V6,
        "sflow:ibNextHeader" U32, "sflow:ibLength" U32;
    // extended_ib_bth
    1033 => "sflow:ibPartitionKey" U32, "sflow:ibDstQueuePair" U32, "sflow:ibOpcode" U32;
    // extended_vlanin
    1034 => "sflow:vlanInStack" Words;
    // extended_vlanout
    1035 => "sflow:vlanOutStack" Words;
    // extended_egress_queue
    1036 => "sflow:egressQueue" U32;
    // extended_acl
    1037 => "sflow:aclNumber" U32, "sflow:aclName" Text, "sflow:aclDirection" U32;
    // extended_function
    1038 => "sflow:function" Text;
    // extended_transit
    1039 => "sflow:transitDelayNanoseconds" U32;
    // extended_queue
    1040 => "sflow:queueDepthBytes" U32;
    // extended_hw_trap
    1041 => "sflow:hardwareTrapGroup" Text, "sflow:hardwareTrap" Text;
    // extended_linux_drop_reason
    1042 => "sflow:linuxDropReason" Text;
    // extended_socket_ipv4
    2100 => "sflow:socketProtocol" U32, "sflow:socketLocalAddress" V4, "sflow:socketRemoteAddress" V4,
        "sflow:socketLocalPort" U32, "sflow:socketRemotePort" U32;
    // extended_socket_ipv6
    2101 => "sflow:socketProtocol" U32, "sflow:socketLocalAddress" V6, "sflow:socketRemoteAddress" V6,
        "sflow:socketLocalPort" U32, "sflow:socketRemotePort" U32;
    // extended_proxy_socket_ipv4
    2102 => "sflow:proxySocketProtocol" U32, "sflow:proxySocketLocalAddress" V4, "sflow:proxySocketRemoteAddress"
        V4, "sflow:proxySocketLocalPort" U32, "sflow:proxySocketRemotePort" U32;
    // extended_proxy_socket_ipv6
    2103 => "sflow:proxySocketProtocol" U32, "sflow:proxySocketLocalAddress" V6, "sflow:proxySocketRemoteAddress"
        V6, "sflow:proxySocketLocalPort" U32, "sflow:proxySocketRemotePort" U32;
    // memcache_operation
    2200 => "sflow:memcacheProtocol" U32, "sflow:memcacheCommand" U32, "sflow:memcacheKey" Text, "sflow:memcacheKeys"
        U32, "sflow:memcacheValueBytes" U32, "sflow:memcacheMicroseconds" U32, "sflow:memcacheStatus" U32;
    // http_request, as it was before 2206
    2201 => "sflow:httpMethod" U32, "sflow:httpUri" Text, "sflow:httpHost" Text, "sflow:httpReferer" Text,
        "sflow:httpUserAgent" Text, "sflow:httpForwardedFor" Text, "sflow:httpAuthUser" Text, "sflow:httpMimeType" Text,
        "sflow:httpRequestBytes" U64, "sflow:httpResponseBytes" U64, "sflow:httpMicroseconds" U32, "sflow:httpStatus"
        U32;
    // app_operation
    2202 => "sflow:appApplication" Text, "sflow:appOperation" Text, "sflow:appAttributes" Text,
        "sflow:appStatusDescription" Text, "sflow:appRequestBytes" U64, "sflow:appResponseBytes" U64,
        "sflow:appMicroseconds" U32, "sflow:appStatus" U32;
    // app_parent_context
    2203 => "sflow:appParentApplication" Text, "sflow:appParentOperation" Text, "sflow:appParentAttributes" Text;
    // app_initiator
    2204 => "sflow:appInitiator" Text;
    // app_target
    2205 => "sflow:appTarget" Text;
    // http_request
    2206 => "sflow:httpMethod" U32, "sflow:httpVersion" U32, "sflow:httpUri" Text, "sflow:httpHost" Text,
        "sflow:httpReferer" Text, "sflow:httpUserAgent" Text, "sflow:httpForwardedFor" Text, "sflow:httpAuthUser" Text,
        "sflow:httpMimeType" Text, "sflow:httpRequestBytes" U64, "sflow:httpResponseBytes" U64, "sflow:httpMicroseconds"
        U32, "sflow:httpStatus" U32;
    // extended_proxy_request
    2207 => "sflow:proxyUri" Text, "sflow:proxyHost" Text;
    // extended_nav_timing
    2208 => "sflow:navigationType" U32, "sflow:navigationRedirectCount" U32, "sflow:navigationStart" U32,
        "sflow:navigationUnloadEventStart" U32, "sflow:navigationUnloadEventEnd" U32, "sflow:navigationRedirectStart" U32,
        "sflow:navigationRedirectEnd" U32, "sflow:navigationFetchStart" U32, "sflow:navigationDomainLookupStart" U32,
        "sflow:navigationDomainLookupEnd" U32, "sflow:navigationConnectStart" U32, "sflow:navigationConnectEnd" U32,
        "sflow:navigationSecureConnectionStart" U32, "sflow:navigationRequestStart" U32, "sflow:navigationResponseStart"
        U32, "sflow:navigationResponseEnd" U32, "sflow:navigationDomLoading" U32, "sflow:navigationDomInteractive" U32,
        "sflow:navigationDomContentLoadedEventStart" U32, "sflow:navigationDomContentLoadedEventEnd" U32,
        "sflow:navigationDomComplete" U32, "sflow:navigationLoadEventStart" U32, "sflow:navigationLoadEventEnd" U32;
    // extended_tcp_info
    2209 => "sflow:tcpDirection" U32, "sflow:tcpSndMss" U32, "sflow:tcpRcvMss" U32, "sflow:tcpUnacked" U32,
        "sflow:tcpLost" U32, "sflow:tcpRetransmits" U32, "sflow:tcpPathMtu" U32, "sflow:tcpRttMicroseconds" U32,
        "sflow:tcpRttVarMicroseconds" U32, "sflow:tcpSndCwnd" U32, "sflow:tcpReordering" U32,
        "sflow:tcpMinRttMicroseconds" U32;
    // extended_entities
    2210 => "sflow:srcEntityType" U32, "sflow:srcEntityIndex" U32, "sflow:dstEntityType" U32, "sflow:dstEntityIndex"
        U32;
};

const COUNTER_RECORDS: &[Layout] = layouts! {
    // if_counters
    1 => "ifIndex" U32, "ifType" U32, "ifSpeed" U64, "ifDirection" U32, "ifStatus" U32, "ifInOctets" Count64,
        "ifInUcastPkts" Count32, "ifInMulticastPkts" Count32, "ifInBroadcastPkts" Count32, "ifInDiscards" Count32,
        "ifInErrors" Count32, "ifInUnknownProtos" Count32, "ifOutOctets" Count64, "ifOutUcastPkts" Count32,
        "ifOutMulticastPkts" Count32, "ifOutBroadcastPkts" Count32, "ifOutDiscards" Count32, "ifOutErrors" Count32,
        "ifPromiscuousMode" U32;
    // ethernet_counters
    2 => "dot3StatsAlignmentErrors" Count32, "dot3StatsFCSErrors" Count32, "dot3StatsSingleCollisionFrames" Count32,
        "dot3StatsMultipleCollisionFrames" Count32, "dot3StatsSQETestErrors" Count32, "dot3StatsDeferredTransmissions"
        Count32, "dot3StatsLateCollisions" Count32, "dot3StatsExcessiveCollisions" Count32,
        "dot3StatsInternalMacTransmitErrors" Count32, "dot3StatsCarrierSenseErrors" Count32, "dot3StatsFrameTooLongs"
        Count32, "dot3StatsInternalMacReceiveErrors" Count32, "dot3StatsSymbolErrors" Count32;
    // tokenring_counters
    3 => "dot5StatsLineErrors" Count32, "dot5StatsBurstErrors" Count32, "dot5StatsACErrors" Count32,
        "dot5StatsAbortTransErrors" Count32, "dot5StatsInternalErrors" Count32, "dot5StatsLostFrameErrors" Count32,
        "dot5StatsReceiveCongestions" Count32, "dot5StatsFrameCopiedErrors" Count32, "dot5StatsTokenErrors" Count32,
        "dot5StatsSoftErrors" Count32, "dot5StatsHardErrors" Count32, "dot5StatsSignalLoss" Count32,
        "dot5StatsTransmitBeacons" Count32, "dot5StatsRecoverys" Count32, "dot5StatsLobeWires" Count32,
        "dot5StatsRemoves" Count32, "dot5StatsSingles" Count32, "dot5StatsFreqErrors" Count32;
    // vg_counters
    4 => "dot12InHighPriorityFrames" Count32, "dot12InHighPriorityOctets" Count64, "dot12InNormPriorityFrames"
        Count32, "dot12InNormPriorityOctets" Count64, "dot12InIPMErrors" Count32, "dot12InOversizeFrameErrors" Count32,
        "dot12InDataErrors" Count32, "dot12InNullAddressedFrames" Count32, "dot12OutHighPriorityFrames" Count32,
        "dot12OutHighPriorityOctets" Count64, "dot12TransitionIntoTrainings" Count32, "dot12HCInHighPriorityOctets"
        Count64, "dot12HCInNormPriorityOctets" Count64, "dot12HCOutHighPriorityOctets" Count64;
    // vlan_counters
    5 => "vlanId" U32, "vlanOctets" Count64, "vlanUcastPkts" Count32, "vlanMulticastPkts" Count32,
        "vlanBroadcastPkts" Count32, "vlanDiscards" Count32;
    // ieee80211_counters
    6 => "dot11TransmittedFragmentCount" Count32, "dot11MulticastTransmittedFrameCount" Count32, "dot11FailedCount"
        Count32, "dot11RetryCount" Count32, "dot11MultipleRetryCount" Count32, "dot11FrameDuplicateCount" Count32,
        "dot11RTSSuccessCount" Count32, "dot11RTSFailureCount" Count32, "dot11ACKFailureCount" Count32,
        "dot11ReceivedFragmentCount" Count32, "dot11MulticastReceivedFrameCount" Count32, "dot11FCSErrorCount" Count32,
        "dot11TransmittedFrameCount" Count32, "dot11WEPUndecryptableCount" Count32, "dot11QoSDiscardedFragmentCount"
        Count32, "dot11AssociatedStationCount" U32, "dot11QoSCFPollsReceivedCount" Count32, "dot11QoSCFPollsUnusedCount"
        Count32, "dot11QoSCFPollsUnusableCount" Count32, "dot11QoSCFPollsLostCount" Count32;
    // lag_port_stats
    7 => "dot3adAggPortActorSystemID" Mac, "dot3adAggPortPartnerOperSystemID" Mac, "dot3adAggPortAttachedAggID" U32,
        "dot3adAggPortState" U32, "dot3adAggPortStatsLACPDUsRx" Count32, "dot3adAggPortStatsMarkerPDUsRx" Count32,
        "dot3adAggPortStatsMarkerResponsePDUsRx" Count32, "dot3adAggPortStatsUnknownRx" Count32,
        "dot3adAggPortStatsIllegalRx" Count32, "dot3adAggPortStatsLACPDUsTx" Count32, "dot3adAggPortStatsMarkerPDUsTx"
        Count32, "dot3adAggPortStatsMarkerResponsePDUsTx" Count32;
    // slow_path_counts
    8 => "slowPathUnknown" Count32, "slowPathOther" Count32, "slowPathCamMiss" Count32, "slowPathCamFull" Count32,
        "slowPathNoHardwareSupport" Count32, "slowPathControl" Count32;
    // ib_counters
    9 => "ibPortXmitPkts" Count64, "ibPortRcvPkts" Count64, "ibSymbolErrorCounter" Count32,
        "ibLinkErrorRecoveryCounter" Count32, "ibLinkDownedCounter" Count32, "ibPortRcvErrors" Count32,
        "ibPortRcvRemotePhysicalErrors" Count32, "ibPortRcvSwitchRelayErrors" Count32, "ibPortXmitDiscards" Count32,
        "ibPortXmitConstraintErrors" Count32, "ibPortRcvConstraintErrors" Count32, "ibLocalLinkIntegrityErrors" Count32,
        "ibExcessiveBufferOverrunErrors" Count32, "ibVl15Dropped" Count32;
    // sfp
    10 => "sfpModuleId" U32, "sfpModuleLanes" U32, "sfpModuleSupplyMillivolts" U32, "sfpModuleTemperatureThousandths"
        U32 ["sfpLane" Key, "sfpLaneTxBiasMicroamperes" U32, "sfpLaneTxPowerMicrowatts" U32,
        "sfpLaneTxPowerMinMicrowatts" U32, "sfpLaneTxPowerMaxMicrowatts" U32, "sfpLaneTxWavelengthNanometres" U32,
        "sfpLaneRxPowerMicrowatts" U32, "sfpLaneRxPowerMinMicrowatts" U32, "sfpLaneRxPowerMaxMicrowatts" U32,
        "sfpLaneRxWavelengthNanometres" U32];
    // processor
    1001 => "processorCpu5s" U32, "processorCpu1m" U32, "processorCpu5m" U32, "processorTotalMemory" U64,
        "processorFreeMemory" U64;
    // radio_utilization
    1002 => "radioElapsedTime" Count32, "radioOnChannelTime" Count32, "radioOnChannelBusyTime" Count32;
    // queue_length
    1003 => "queueIndex" Key, "queueSegmentSize" U32, "queueSegments" U32, "queueLength0" Count32, "queueLength1"
        Count32, "queueLength2" Count32, "queueLength4" Count32, "queueLength8" Count32, "queueLength32" Count32,
        "queueLength128" Count32, "queueLength1024" Count32, "queueLengthMore" Count32, "queueDropped" Count32;
    // of_port
    1004 => "openflowDatapathId" U64, "openflowPortNo" U32;
    // port_name
    1005 => "portName" Text;
    // host_descr
    2000 => "hostName" Text, "hostUuid" Uuid, "hostMachineType" U32, "hostOsName" U32, "hostOsRelease" Text;
    // host_adapters
    2001 => ["hostAdapterIfIndex" U32, "hostAdapterMacAddresses" Macs];
    // host_parent
    2002 => "hostParentClass" U32, "hostParentIndex" U32;
    // host_cpu
    2003 => "hostLoadOneThousandths" Float, "hostLoadFiveThousandths" Float, "hostLoadFifteenThousandths" Float,
        "hostProcRun" U32, "hostProcTotal" U32, "hostCpuNum" U32, "hostCpuSpeed" U32, "hostUptime" U32, "hostCpuUser"
        Count32, "hostCpuNice" Count32, "hostCpuSystem" Count32, "hostCpuIdle" Count32, "hostCpuWio" Count32,
        "hostCpuIntr" Count32, "hostCpuSintr" Count32, "hostInterrupts" Count32, "hostContexts" Count32, "hostCpuSteal"
        Count32, "hostCpuGuest" Count32, "hostCpuGuestNice" Count32;
    // host_memory
    2004 => "hostMemTotal" U64, "hostMemFree" U64, "hostMemShared" U64, "hostMemBuffers" U64, "hostMemCached" U64,
        "hostSwapTotal" U64, "hostSwapFree" U64, "hostPageIn" Count32, "hostPageOut" Count32, "hostSwapIn" Count32,
        "hostSwapOut" Count32;
    // host_disk_io
    2005 => "hostDiskTotal" U64, "hostDiskFree" U64, "hostDiskPartMaxUsed" U32, "hostDiskReads" Count32,
        "hostDiskBytesRead" Count64, "hostDiskReadTime" Count32, "hostDiskWrites" Count32, "hostDiskBytesWritten"
        Count64, "hostDiskWriteTime" Count32;
    // host_net_io
    2006 => "hostNetBytesIn" Count64, "hostNetPktsIn" Count32, "hostNetErrsIn" Count32, "hostNetDropsIn" Count32,
        "hostNetBytesOut" Count64, "hostNetPktsOut" Count32, "hostNetErrsOut" Count32, "hostNetDropsOut" Count32;
    // mib2_ip_group
    2007 => "ipForwarding" U32, "ipDefaultTTL" U32, "ipInReceives" Count32, "ipInHdrErrors" Count32,
        "ipInAddrErrors" Count32, "ipForwDatagrams" Count32, "ipInUnknownProtos" Count32, "ipInDiscards" Count32,
        "ipInDelivers" Count32, "ipOutRequests" Count32, "ipOutDiscards" Count32, "ipOutNoRoutes" Count32,
        "ipReasmTimeout" U32, "ipReasmReqds" Count32, "ipReasmOKs" Count32, "ipReasmFails" Count32, "ipFragOKs" Count32,
        "ipFragFails" Count32, "ipFragCreates" Count32;
    // mib2_icmp_group
    2008 => "icmpInMsgs" Count32, "icmpInErrors" Count32, "icmpInDestUnreachs" Count32, "icmpInTimeExcds" Count32,
        "icmpInParamProbs" Count32, "icmpInSrcQuenchs" Count32, "icmpInRedirects" Count32, "icmpInEchos" Count32,
        "icmpInEchoReps" Count32, "icmpInTimestamps" Count32, "icmpInAddrMasks" Count32, "icmpInAddrMaskReps" Count32,
        "icmpOutMsgs" Count32, "icmpOutErrors" Count32, "icmpOutDestUnreachs" Count32, "icmpOutTimeExcds" Count32,
        "icmpOutParamProbs" Count32, "icmpOutSrcQuenchs" Count32, "icmpOutRedirects" Count32, "icmpOutEchos" Count32,
        "icmpOutEchoReps" Count32, "icmpOutTimestamps" Count32, "icmpOutTimestampReps" Count32, "icmpOutAddrMasks"
        Count32, "icmpOutAddrMaskReps" Count32;
    // mib2_tcp_group
    2009 => "tcpRtoAlgorithm" U32, "tcpRtoMin" U32, "tcpRtoMax" U32, "tcpMaxConn" U32, "tcpActiveOpens" Count32,
        "tcpPassiveOpens" Count32, "tcpAttemptFails" Count32, "tcpEstabResets" Count32, "tcpCurrEstab" U32, "tcpInSegs"
        Count32, "tcpOutSegs" Count32, "tcpRetransSegs" Count32, "tcpInErrs" Count32, "tcpOutRsts" Count32,
        "tcpInCsumErrors" Count32;
    // mib2_udp_group
    2010 => "udpInDatagrams" Count32, "udpNoPorts" Count32, "udpInErrors" Count32, "udpOutDatagrams" Count32,
        "udpRcvbufErrors" Count32, "udpSndbufErrors" Count32, "udpInCsumErrors" Count32;
    // virt_node
    2100 => "virtNodeMhz" U32, "virtNodeCpus" U32, "virtNodeMemory" U64, "virtNodeMemoryFree" U64, "virtNodeDomains"
        U32;
    // virt_cpu
    2101 => "virtCpuState" U32, "virtCpuTime" Count32, "virtCpuCount" U32;
    // virt_memory
    2102 => "virtMemory" U64, "virtMaxMemory" U64;
    // virt_disk_io
    2103 => "virtDiskCapacity" U64, "virtDiskAllocation" U64, "virtDiskAvailable" U64, "virtDiskReadRequests"
        Count32, "virtDiskBytesRead" Count64, "virtDiskWriteRequests" Count32, "virtDiskBytesWritten" Count64,
        "virtDiskErrors" Count32;
    // virt_net_io
    2104 => "virtNetBytesIn" Count64, "virtNetPktsIn" Count32, "virtNetErrsIn" Count32, "virtNetDropsIn" Count32,
        "virtNetBytesOut" Count64, "virtNetPktsOut" Count32, "virtNetErrsOut" Count32, "virtNetDropsOut" Count32;
    // jvm_runtime
    2105 => "jvmName" Text, "jvmVendor" Text, "jvmVersion" Text;
    // jvm_statistics
    2106 => "jvmHeapInitial" U64, "jvmHeapUsed" U64, "jvmHeapCommitted" U64, "jvmHeapMax" U64, "jvmNonHeapInitial" U64,
        "jvmNonHeapUsed" U64, "jvmNonHeapCommitted" U64, "jvmNonHeapMax" U64, "jvmGcCount" Count32, "jvmGcTime" Count32,
        "jvmClassesLoaded" U32, "jvmClassesTotal" Count32, "jvmClassesUnloaded" Count32, "jvmCompilationTime" Count32,
        "jvmThreadsLive" U32, "jvmThreadsDaemon" U32, "jvmThreadsStarted" Count32, "jvmFdOpen" U32, "jvmFdMax" U32;
    // memcache_counters, as they were before 2204
    2200 => "memcacheUptime" U32, "memcacheUserTime" Count32, "memcacheSystemTime" Count32, "memcacheConnections" U32,
        "memcacheConnectionsTotal" Count32, "memcacheConnectionStructures" U32, "memcacheGets" Count32, "memcacheSets"
        Count32, "memcacheFlushes" Count32, "memcacheGetHits" Count32, "memcacheGetMisses" Count32,
        "memcacheDeleteMisses" Count32, "memcacheDeleteHits" Count32, "memcacheIncrMisses" Count32, "memcacheIncrHits"
        Count32, "memcacheDecrMisses" Count32, "memcacheDecrHits" Count32, "memcacheCasMisses" Count32,
        "memcacheCasHits" Count32, "memcacheCasBadval" Count32, "memcacheAuths" Count32, "memcacheAuthErrors" Count32,
        "memcacheBytesRead" Count64, "memcacheBytesWritten" Count64, "memcacheMaxBytes" U32,
        "memcacheAcceptingConnections" U32, "memcacheListenDisabled" Count32, "memcacheThreads" U32,
        "memcacheConnectionYields" Count32, "memcacheBytes" U64, "memcacheItems" U32, "memcacheItemsTotal" Count32,
        "memcacheEvictions" Count32;
    // http_counters
    2201 => "httpMethodOption" Count32, "httpMethodGet" Count32, "httpMethodHead" Count32, "httpMethodPost" Count32,
        "httpMethodPut" Count32, "httpMethodDelete" Count32, "httpMethodTrace" Count32, "httpMethodConnect" Count32,
        "httpMethodOther" Count32, "httpStatus1xx" Count32, "httpStatus2xx" Count32, "httpStatus3xx" Count32,
        "httpStatus4xx" Count32, "httpStatus5xx" Count32, "httpStatusOther" Count32;
    // app_operations
    2202 => "appName" Text, "appSuccess" Count32, "appOther" Count32, "appTimeout" Count32, "appInternalError" Count32,
        "appBadRequest" Count32, "appForbidden" Count32, "appTooLarge" Count32, "appNotImplemented" Count32,
        "appNotFound" Count32, "appUnavailable" Count32, "appUnauthorized" Count32;
    // app_resources
    2203 => "appUserTime" Count32, "appSystemTime" Count32, "appMemUsed" U64, "appMemMax" U64, "appFdOpen" U32,
        "appFdMax" U32, "appConnOpen" U32, "appConnMax" U32;
    // memcache_counters
    2204 => "memcacheSets" Count32, "memcacheTouches" Count32, "memcacheFlushes" Count32, "memcacheGetHits" Count32,
        "memcacheGetMisses" Count32, "memcacheDeleteHits" Count32, "memcacheDeleteMisses" Count32, "memcacheIncrHits"
        Count32, "memcacheIncrMisses" Count32, "memcacheDecrHits" Count32, "memcacheDecrMisses" Count32,
        "memcacheCasHits" Count32, "memcacheCasMisses" Count32, "memcacheCasBadval" Count32, "memcacheAuths" Count32,
        "memcacheAuthErrors" Count32, "memcacheThreads" U32, "memcacheConnectionYields" Count32,
        "memcacheListenDisabled" Count32, "memcacheConnections" U32, "memcacheConnectionsRejected" Count32,
        "memcacheConnectionsTotal" Count32, "memcacheConnectionStructures" U32, "memcacheEvictions" Count32,
        "memcacheReclaimed" Count32, "memcacheItems" U32, "memcacheItemsTotal" Count32, "memcacheBytesRead" Count64,
        "memcacheBytesWritten" Count64, "memcacheBytes" U64, "memcacheMaxBytes" U64;
    // app_workers
    2206 => "appWorkersActive" U32, "appWorkersIdle" U32, "appWorkersMax" U32, "appRequestsDelayed" Count32,
        "appRequestsDropped" Count32;
    // ovs_dp_stats
    2207 => "ovsDpHits" Count32, "ovsDpMisses" Count32, "ovsDpLost" Count32, "ovsDpMaskHits" Count32, "ovsDpFlows"
        U32, "ovsDpMasks" U32;
    // nvidia_gpu: enterprise 5703, format 1
    23_359_489 => "gpuDevices" U32, "gpuProcesses" U32, "gpuTime" Count32, "gpuMemoryTime" Count32, "gpuMemoryTotal" U64,
        "gpuMemoryFree" U64, "gpuEccErrors" Count32, "gpuEnergyMillijoules" Count32, "gpuTemperature" U32, "gpuFanSpeed"
        U32;
};

/// An InfiniBand port that counts data too.
const INFINIBAND_WITH_DATA: Layout = Layout {
    format: 9,
    items: items!("ibPortXmitData" Count64, "ibPortRcvData" Count64, "ibPortXmitPkts" Count64, "ibPortRcvPkts" Count64,
        "ibSymbolErrorCounter" Count32, "ibLinkErrorRecoveryCounter" Count32, "ibLinkDownedCounter" Count32,
        "ibPortRcvErrors" Count32, "ibPortRcvRemotePhysicalErrors" Count32, "ibPortRcvSwitchRelayErrors" Count32,
        "ibPortXmitDiscards" Count32, "ibPortXmitConstraintErrors" Count32, "ibPortRcvConstraintErrors" Count32,
        "ibLocalLinkIntegrityErrors" Count32, "ibExcessiveBufferOverrunErrors" Count32, "ibVl15Dropped" Count32),
};
const INFINIBAND_WITH_DATA_LEN: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_ascend_so_that_they_are_found() {
        for table in [FLOW_RECORDS, COUNTER_RECORDS] {
            assert!(table.windows(2).all(|pair| pair[0].format < pair[1].format));
            for layout in table {
                assert_eq!(find(table, layout.format), Some(layout));
            }
        }
    }

    #[test]
    fn a_list_is_the_last_item_and_has_none_within_it() {
        for layout in FLOW_RECORDS.iter().chain(COUNTER_RECORDS) {
            for (at, item) in layout.items.iter().enumerate() {
                let Kind::List(items) = item.kind else { continue };
                assert_eq!(at + 1, layout.items.len(), "{layout:?}");
                assert!(!items.is_empty() && items.iter().all(|item| !matches!(item.kind, Kind::List(_))));
            }
        }
    }
}
