#!/usr/bin/env bash
# Records testdata/exporters/*.pcap: what real exporters send about a little traffic between two network namespaces.
#
# The captures are committed; run this again only to add an exporter or a version. Needs root, and from Debian:
# openvswitch-switch, softflowd, pmacct, fprobe, tcpdump, iputils-ping, ethtool, curl,
# python3. Everything happens in namespaces that this
# script makes and removes; Open vSwitch runs in user space (datapath netdev) with a database of its own.
#
#   client 10.9.0.2 ── veth ── [switch: Open vSwitch br0, and the exporters] ── veth ── server 10.9.0.3
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/testdata/exporters
work=$(mktemp -d)
mkdir -p "$out"
[ "$(id -u)" = 0 ] || { echo "error: needs root" >&2; exit 1; }

started=()
clean() {
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    for file in "$work"/*.pid; do [ -e "$file" ] && kill "$(cat "$file")" 2>/dev/null || true; done
    for name in client switch server; do ip netns del "weir-$name" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean EXIT
at() { ip netns exec "weir-$1" "${@:2}"; }
background() { "$@" >"$work/log" 2>&1 & started+=($!); }
wait_for() { for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "error: gave up on: $*" >&2; exit 1; }

for name in client switch server; do
    ip netns add "weir-$name"
    at "$name" ip link set lo up
done
for name in client server; do
    ip link add eth0 netns "weir-$name" type veth peer name "$name" netns weir-switch
    at switch ip link set "$name" up
    # Otherwise packets are left with checksums that the card would have filled in, and several segments long.
    at "$name" ethtool -K eth0 tx off gso off tso off gro off >/dev/null 2>&1 || true
done
at client ip addr add 10.9.0.2/24 dev eth0
at server ip addr add 10.9.0.3/24 dev eth0
at client ip -6 addr add fd00:9::2/64 dev eth0 nodad
at server ip -6 addr add fd00:9::3/64 dev eth0 nodad
for name in client server; do at "$name" ip link set eth0 up; done

# --- Open vSwitch ------------------------------------------------------------------------------------------------
export OVS_RUNDIR=$work OVS_DBDIR=$work OVS_LOGDIR=$work
ovsdb-tool create "$work/conf.db" /usr/share/openvswitch/vswitch.ovsschema
at switch ovsdb-server "$work/conf.db" --remote=punix:"$work/db.sock" --pidfile="$work/ovsdb.pid" --detach --no-chdir --log-file="$work/db.log"
db=unix:$work/db.sock
at switch ovs-vswitchd "$db" --pidfile="$work/vswitchd.pid" --detach --no-chdir --disable-system --log-file="$work/vs.log"
vsctl() { at switch ovs-vsctl --db="$db" "$@"; }
vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=standalone
vsctl add-port br0 client
vsctl add-port br0 server
wait_for at client ping -c 1 -W 1 10.9.0.3
wait_for at client ping -6 -c 1 -W 1 fd00:9::3

head -c 200000 /dev/zero >"$work/page"
background at server python3 -m http.server --directory "$work" --bind :: 80
wait_for at client curl -s -o /dev/null http://10.9.0.3/page

traffic() {
    at client ping -q -c 3 -i 0.2 10.9.0.3 >/dev/null
    at client ping -6 -q -c 2 -i 0.2 fd00:9::3 >/dev/null
    at client curl -s -o /dev/null http://10.9.0.3/page
    at client curl -s -o /dev/null 'http://[fd00:9::3]/page'
    at client bash -c 'for i in 1 2 3; do echo hello >/dev/udp/10.9.0.3/53; done' || true
    # Nobody listens: a port that is closed.
    at client bash -c 'echo >/dev/tcp/10.9.0.3/81' 2>/dev/null || true
}

# record NAME PORT SECONDS: what arrives at the port while `traffic` runs and for so long after.
record() {
    local name=$1 port=$2 seconds=$3
    at switch tcpdump -q -n -i lo -U -w "$out/$name.pcap" "udp dst port $port" >"$work/tcpdump.log" 2>&1 &
    local dump=$!
    wait_for grep -q listening "$work/tcpdump.log"
    traffic
    sleep "$seconds"
}
done_recording() {
    sleep 1
    pkill -INT -P $$ tcpdump || true
    wait_for sh -c "! pgrep -P $$ tcpdump"
    ls -la "$out/$1.pcap"
}

vsctl -- --id=@n create netflow targets='"127.0.0.1:2101"' active-timeout=1 -- set bridge br0 netflow=@n >/dev/null
record openvswitch-netflow5 2101 4
done_recording openvswitch-netflow5
vsctl clear bridge br0 netflow

vsctl -- --id=@i create ipfix targets='"127.0.0.1:2102"' sampling=4 obs_domain_id=9 obs_point_id=4 cache_active_timeout=1 cache_max_flows=64 -- set bridge br0 ipfix=@i >/dev/null
record openvswitch-ipfix 2102 4
done_recording openvswitch-ipfix
vsctl clear bridge br0 ipfix

vsctl -- --id=@s create sflow agent=lo target='"127.0.0.1:2103"' header=128 sampling=8 polling=1 -- set bridge br0 sflow=@s >/dev/null
record openvswitch-sflow 2103 3
done_recording openvswitch-sflow
vsctl clear bridge br0 sflow

for version in 1 5 7; do
    background at switch fprobe -i client -n "$version" -s 1 -d 1 -e 2 -l 0:"$version" -u root 127.0.0.1:211"$version"
    record "fprobe-netflow$version" "211$version" 5
    done_recording "fprobe-netflow$version"
    pkill -f "fprobe -i client -n $version" || true
done

for version in 5 9 10; do
    background at switch softflowd -d -i client -v "$version" -n 127.0.0.1:212"${version:0:1}" -t general=1 -t maxlife=2 -t expint=1 -p "$work/softflowd$version.pid" -c "$work/softflowd$version.ctl"
    record "softflowd-v$version" "212${version:0:1}" 3
    at switch softflowctl -c "$work/softflowd$version.ctl" shutdown >/dev/null 2>&1 || true
    done_recording "softflowd-v$version"
done

for version in 9 10; do
    cat >"$work/pmacct$version.conf" <<CONF
daemonize: false
pcap_interface: client
plugins: nfprobe
aggregate: src_host, dst_host, src_port, dst_port, proto, tos, tcpflags, src_mac, dst_mac, vlan
nfprobe_receiver: 127.0.0.1:213${version:0:1}
nfprobe_version: $version
nfprobe_timeouts: general=1:maxlife=2:expint=1
plugin_buffer_size: 1024
plugin_pipe_size: 1024000
CONF
    background at switch pmacctd -f "$work/pmacct$version.conf"
    pmacct=$!
    sleep 2
    record "pmacct-v$version" "213${version:0:1}" 50
    pkill -INT -P "$pmacct" 2>/dev/null || true
    kill -INT "$pmacct" 2>/dev/null || true
    done_recording "pmacct-v$version"
done
echo "recorded into $out"
