/** One host, service or autonomous system. */

import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { EntityPage } from "../../../components/EntityPage/EntityPage";
import { type Pair, pairTerm } from "../../../components/Pivot/pivot";
import { equals } from "../../../lib/filter";

const PLACE = ["src_net", "src_site", "src_role", "src_country", "src_as", "src_as_name"];

function useSides(src: string, dst: string, value: string | number): { src: Pair; dst: Pair } {
  return useMemo(() => ({ src: { field: src, value }, dst: { field: dst, value } }), [src, dst, value]);
}

export function Host() {
  const { ip } = useParams({ strict: false }) as { ip: string };
  const sides = useSides("src_ip", "dst_ip", ip);
  const [src, dst] = [pairTerm(sides.src), pairTerm(sides.dst)];
  return (
    <EntityPage
      kind="Host"
      name={ip}
      term={equals("ip", ip)}
      sides={sides}
      known={PLACE}
      tables={[
        { title: "Sends to", fields: ["dst_ip"], column: "Host", terms: [src] },
        { title: "Hears from", fields: ["src_ip"], column: "Host", terms: [dst] },
        { title: "Services", fields: ["service"], column: "Service" },
        { title: "Ports others reach", fields: ["protocol", "dst_port"], column: "Port", terms: [dst] },
        { title: "Ports it reaches", fields: ["protocol", "dst_port"], column: "Port", terms: [src] },
        { title: "TCP flags", fields: ["tcp_flags"], column: "Flags", terms: ["protocol = tcp"] },
        { title: "Countries it sends to", fields: ["dst_country"], column: "Country", terms: [src] },
        { title: "AS it sends to", fields: ["dst_as"], column: "AS", terms: [src, "dst_as > 0"] },
        { title: "Seen by", fields: ["exporter"], column: "Exporter" },
      ]}
    />
  );
}

export function Service() {
  const { service } = useParams({ strict: false }) as { service: string };
  return (
    <EntityPage
      kind="Service"
      name={service}
      term={equals("service", service)}
      known={[]}
      tables={[
        { title: "Sources", fields: ["src_ip"], column: "Host" },
        { title: "Destinations", fields: ["dst_ip"], column: "Host" },
        { title: "Pairs", fields: ["src_ip", "dst_ip"], column: "Source → destination" },
        { title: "Destination ports", fields: ["protocol", "dst_port"], column: "Port" },
        { title: "TCP flags", fields: ["tcp_flags"], column: "Flags" },
        { title: "Ways", fields: ["locality"], column: "Seen from inside" },
      ]}
    />
  );
}

export function System() {
  const { asn } = useParams({ strict: false }) as { asn: string };
  const sides = useSides("src_as", "dst_as", Number(asn));
  const [src, dst] = [pairTerm(sides.src), pairTerm(sides.dst)];
  return (
    <EntityPage
      kind="Autonomous system"
      name={`AS ${asn}`}
      term={`as = ${asn}`}
      sides={sides}
      known={["src_as_name", "src_country"]}
      tables={[
        { title: "Hosts that send", fields: ["src_ip"], column: "Host", terms: [src] },
        { title: "Hosts that receive", fields: ["dst_ip"], column: "Host", terms: [dst] },
        { title: "Services", fields: ["service"], column: "Service" },
        { title: "Comes in by", fields: ["exporter", "in_if"], column: "Exporter · interface", terms: [src] },
        { title: "Goes out by", fields: ["exporter", "out_if"], column: "Exporter · interface", terms: [dst] },
        { title: "Next hops", fields: ["next_hop"], column: "Router", terms: [dst] },
      ]}
    />
  );
}
