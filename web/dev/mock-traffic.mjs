/** Seeded traffic for the mock server: a small site with clients, servers and four exporters. */

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const SERVICES = [
  // name, protocol, port, weight, mean bytes, mean packets
  ["https", 6, 443, 46, 90_000, 80],
  ["domain", 17, 53, 24, 240, 2],
  ["http", 6, 80, 6, 30_000, 30],
  ["smtp", 6, 25, 2, 25_000, 30],
  ["imaps", 6, 993, 3, 12_000, 20],
  ["ssh", 6, 22, 2, 40_000, 120],
  ["ntp", 17, 123, 4, 90, 1],
  ["rsync", 6, 873, 0.4, 9_000_000, 7000],
  ["microsoft-ds", 6, 445, 2, 220_000, 200],
  ["snmp", 17, 161, 3, 1200, 8],
  ["postgresql", 6, 5432, 2, 60_000, 60],
  ["tcp/8443", 6, 8443, 1.5, 20_000, 24],
  ["icmp", 1, 0, 2, 168, 2],
  ["syslog", 17, 514, 2, 800, 4],
];
const TOTAL_WEIGHT = SERVICES.reduce((sum, s) => sum + s[3], 0);
const EXPORTERS = [
  ["192.0.2.1", 0, "netflow5", 1],
  ["192.0.2.2", 256, "netflow9", 1],
  ["192.0.2.3", 1, "ipfix", 100],
  ["2001:db8:ffff::4", 0, "sflow5", 512],
];
const CLOUD = ["203.0.113.", "198.51.100.", "192.88.99."];

export function makeTraffic(seed = 7) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const clients = Array.from({ length: 140 }, (_, i) => `10.1.${(i % 4) + 1}.${10 + i}`);
  const servers = Array.from({ length: 12 }, (_, i) => `10.9.0.${10 + i}`);
  const remotes = Array.from({ length: 300 }, (_, i) =>
    i % 9 === 0 ? `2001:db8:${(i * 37).toString(16)}::${i.toString(16)}` : `${pick(CLOUD)}${i % 250}`,
  );
  const skewed = (list) => list[Math.floor(next() ** 2.6 * list.length)];

  function record(time) {
    let choice = next() * TOTAL_WEIGHT;
    const service = SERVICES.find((s) => (choice -= s[3]) < 0) ?? SERVICES[0];
    const [name, protocol, port, , meanBytes, meanPackets] = service;
    const internal = ["microsoft-ds", "postgresql", "snmp", "rsync", "syslog"].includes(name);
    const client = skewed(clients);
    const server = internal ? skewed(servers) : skewed(remotes);
    const reply = next() < 0.5;
    const factor = Math.exp((next() + next() + next() - 1.5) * 2.2);
    const packets = Math.max(1, Math.round(meanPackets * factor));
    const bytes = Math.max(packets * 40, Math.round(meanBytes * factor * (reply ? 1 : 0.12)));
    const clientPort = 32768 + Math.floor(next() * 28000);
    const [exporter, domain_id, flow_protocol, sampling] = EXPORTERS[Math.min(3, Math.floor(next() ** 1.5 * 4))];
    const ms = Math.round(Math.min(next() * 30_000, meanPackets * 40 * factor));
    const out = {
      time: new Date(time).toISOString(),
      ms: time,
      received: new Date(time + 400).toISOString(),
      start: new Date(time - ms).toISOString(),
      end: new Date(time).toISOString(),
      duration: ms * 1e6,
      exporter,
      exporter_port: 50_000,
      domain_id,
      flow_protocol,
      sequence: Math.floor(time / 10) % 4294967296,
      src_ip: reply ? server : client,
      dst_ip: reply ? client : server,
      protocol,
      service: name,
      bytes,
      packets,
      bytes_scaled: bytes * sampling,
      packets_scaled: packets * sampling,
      tos: next() < 0.1 ? 184 : 0,
      in_if: reply ? 1 : 2 + Math.floor(next() * 4),
      out_if: reply ? 2 + Math.floor(next() * 4) : 1,
    };
    if (protocol === 1) Object.assign(out, { icmp_type: reply ? 0 : 8, icmp_code: 0 });
    else Object.assign(out, { src_port: reply ? port : clientPort, dst_port: reply ? clientPort : port });
    if (protocol === 6) out.tcp_flags = pick([27, 27, 27, 27, 31, 26, 2, 20, 18]);
    if (sampling > 1)
      Object.assign(out, { sampling, sampling_origin: flow_protocol === "sflow5" ? "header" : "options" });
    if (!internal)
      Object.assign(out, {
        src_as: reply ? 64_496 + (server.length % 12) : 65_000,
        dst_as: reply ? 65_000 : 64_496 + (server.length % 12),
        next_hop: "192.0.2.254",
        src_mask: 24,
        dst_mask: 24,
      });
    if (flow_protocol === "ipfix") out.extra = { "9/45003": "13" };
    return out;
  }

  return {
    exporters: EXPORTERS,
    /** Records whose time is in the second that starts at `second`. */
    second(second, perSecond) {
      const curve = 0.75 + 0.25 * Math.sin((second / 3_600_000) * Math.PI * 2);
      const count = Math.round(perSecond * curve * (0.7 + next() * 0.6));
      return Array.from({ length: count }, () => record(second + Math.floor(next() * 1000))).sort(
        (a, b) => a.ms - b.ms,
      );
    },
  };
}
