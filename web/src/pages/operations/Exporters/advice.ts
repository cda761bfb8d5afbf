/** What the numbers of an exporter say that a person may want to change. */

import type { ExporterStatus } from "../../../api/client";
import { lossOf, stateOf } from "../../../components/ExporterState/state";
import { formatAge } from "../../../lib/time";
import { formatCount, formatShare } from "../../../lib/units";

const MINUTE_MS = 60_000;

export function advice(exporter: ExporterStatus, now: number): string[] {
  const found: string[] = [];
  const { gaps, sampling, sampling_origin, clock_skew_ms, delay_ms } = exporter;
  if (stateOf(exporter, now) === "silent") {
    found.push(
      `It sent last ${formatAge(now - Date.parse(exporter.last_seen))}. Look whether it still exports to this machine, and at any firewall between them.`,
    );
  }
  if (lossOf(exporter) > 0.01) {
    found.push(
      `${formatShare(lossOf(exporter))} of its records are missing. Drops in this machine's kernel are on the page Health; what is not there was lost before it came here.`,
    );
  }
  if (exporter.held_sets > 0) {
    found.push(
      `${formatCount(exporter.held_sets)} sets wait for a template. Exporters send them every few minutes; a shorter interval (a minute, or every 20 datagrams) ends the wait sooner.`,
    );
  }
  if (
    Object.keys(exporter.rejected).length > 0 &&
    exporter.templates === 0 &&
    /netflow9|ipfix/.test(exporter.protocol)
  ) {
    found.push("No template of it is known. Without one, none of its records can be read.");
  }
  if (sampling === null) {
    found.push(
      "It does not say whether it samples. If it does, set the rate under [[exporters.sampling]], or volumes are too small.",
    );
  } else if (sampling > 1 && sampling_origin === "assumed") {
    found.push("Its sampling rate is assumed, not told by the device.");
  }
  if (clock_skew_ms !== null && Math.abs(clock_skew_ms) > 5000) {
    found.push(
      `Its clock is ${Math.round(Math.abs(clock_skew_ms) / 1000)} s ${clock_skew_ms > 0 ? "ahead" : "behind"}. Set NTP on the device.`,
    );
  }
  if (delay_ms !== null && delay_ms > 5 * MINUTE_MS) {
    found.push(
      "Flows arrive more than five minutes after they end. A shorter active timeout (a minute) makes charts of now complete sooner.",
    );
  }
  if (gaps.duplicates > 0) {
    found.push("Some datagrams came twice. Look for a second export to the same address, or a mirrored port.");
  }
  return found;
}
