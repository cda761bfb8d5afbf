/** Values that have a page of their own: hosts, services, autonomous systems. */

import { fieldInfo, sidesOf } from "./fields";

interface Named {
  pairs: readonly { field: string; value: string | number | null }[];
  except?: readonly unknown[];
}

/** The page of a single value; null for a value, or several of them, without one. */
export function entityPage(target: Named): { path: string; what: string } | null {
  const [pair, ...rest] = target.pairs;
  if (!pair || rest.length > 0 || target.except || pair.value === null) return null;
  const value = encodeURIComponent(String(pair.value)).replaceAll("%3A", ":");
  if (pair.field === "service") return { path: `/services/${value}`, what: "service" };
  // Filters know `ip` as either side; it is no field of a record.
  if (pair.field === "ip") return { path: `/hosts/${value}`, what: "host" };
  const either = sidesOf(pair.field)?.either;
  if (either === "as" && pair.value !== 0) return { path: `/as/${value}`, what: "AS" };
  if (either === "ip" && fieldInfo(pair.field)?.kind === "ip") return { path: `/hosts/${value}`, what: "host" };
  return null;
}
