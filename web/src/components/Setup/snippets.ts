/** Configuration to paste into devices. `{host}` and `{port}` are filled in where they are shown. */

export interface Snippet {
  name: string;
  protocol: "netflow9" | "ipfix" | "sflow5";
  text: string;
}

export const SNIPPETS: readonly Snippet[] = [
  {
    name: "Cisco",
    protocol: "netflow9",
    text: `flow record WEIR
 match ipv4 protocol
 match ipv4 source address
 match ipv4 destination address
 match transport source-port
 match transport destination-port
 match interface input
 match ipv4 tos
 collect interface output
 collect transport tcp flags
 collect counter bytes long
 collect counter packets long
 collect timestamp sys-uptime first
 collect timestamp sys-uptime last
flow exporter WEIR
 destination {host}
 transport udp {port}
 export-protocol netflow-v9
 template data timeout 60
flow monitor WEIR
 record WEIR
 exporter WEIR
 cache timeout active 60
 cache timeout inactive 15
interface GigabitEthernet0/0/0
 ip flow monitor WEIR input
 ip flow monitor WEIR output`,
  },
  {
    name: "Juniper",
    protocol: "ipfix",
    text: `set services flow-monitoring version-ipfix template WEIR flow-active-timeout 60
set services flow-monitoring version-ipfix template WEIR flow-inactive-timeout 15
set services flow-monitoring version-ipfix template WEIR template-refresh-rate seconds 60
set services flow-monitoring version-ipfix template WEIR ipv4-template
set forwarding-options sampling instance WEIR input rate 1000
set forwarding-options sampling instance WEIR family inet output flow-server {host} port {port}
set forwarding-options sampling instance WEIR family inet output flow-server {host} version-ipfix template WEIR
set forwarding-options sampling instance WEIR family inet output inline-jflow source-address 192.0.2.1
set chassis fpc 0 sampling-instance WEIR
set interfaces ge-0/0/0 unit 0 family inet sampling input
set interfaces ge-0/0/0 unit 0 family inet sampling output`,
  },
  {
    name: "MikroTik",
    protocol: "ipfix",
    text: `/ip traffic-flow set enabled=yes interfaces=all active-flow-timeout=1m inactive-flow-timeout=15s
/ip traffic-flow target add dst-address={host} port={port} version=ipfix v9-template-timeout=60`,
  },
  {
    name: "OPNsense / pfSense",
    protocol: "netflow9",
    text: `OPNsense: Reporting > NetFlow
  Listening interfaces   all that carry traffic
  WAN interfaces         your uplinks
  Version                v9
  Destinations           {host}:{port}

pfSense: install the package softflowd, then Services > softflowd
  Interface              all that carry traffic
  Host                   {host}
  Port                   {port}
  NetFlow version        9
  Active timeout         60`,
  },
  {
    name: "softflowd",
    protocol: "ipfix",
    text: `softflowd -i eth0 -v 10 -t maxlife=60 -t expint=15 -n {host}:{port}`,
  },
  {
    name: "Open vSwitch",
    protocol: "ipfix",
    text: `ovs-vsctl -- set Bridge br0 ipfix=@i \\
  -- --id=@i create IPFIX targets=\\"{host}:{port}\\" sampling=64 cache_active_timeout=60

# or sFlow:
ovs-vsctl -- --id=@s create sFlow agent=eth0 target=\\"{host}:6343\\" sampling=64 polling=30 \\
  -- set Bridge br0 sflow=@s`,
  },
];
