/** The pages there are, in the order of the rail, and the second key of their shortcut (`g o`). */

import type { IconName } from "../Icon/Icon";

export const PAGES = [
  { to: "/", label: "Overview", icon: "overview", key: "o", group: "Traffic" },
  { to: "/explore", label: "Explore", icon: "target", key: "e", group: "Traffic" },
  { to: "/flows", label: "Flows", icon: "flows", key: "f", group: "Traffic" },
  { to: "/hosts", label: "Hosts", icon: "rail", key: "h", group: "Traffic" },
  { to: "/conversations", label: "Conversations", icon: "swap", key: "c", group: "Traffic" },
  { to: "/services", label: "Services", icon: "columns", key: "s", group: "Traffic" },
  { to: "/geo", label: "Geo", icon: "globe", key: "m", group: "Traffic" },
  { to: "/as", label: "AS traffic", icon: "expand", key: "n", group: "Traffic" },
  { to: "/attributes", label: "Attributes", icon: "table", key: "b", group: "Traffic" },
  { to: "/alerts", label: "Alerts", icon: "alerts", key: "a", group: "Security" },
  { to: "/attack", label: "ATT&CK", icon: "matrix", key: "k", group: "Security" },
  { to: "/rules", label: "Rules", icon: "rules", key: "r", group: "Security" },
  { to: "/tail", label: "Live tail", icon: "tail", key: "t", group: "Operations" },
  { to: "/exporters", label: "Exporters", icon: "exporters", key: "x", group: "Operations" },
  { to: "/interfaces", label: "Interfaces", icon: "ports", key: "i", group: "Operations" },
  { to: "/health", label: "Health", icon: "health", key: "y", group: "Operations" },
] as const satisfies readonly { to: string; label: string; icon: IconName; key: string; group: string }[];

export type PagePath = (typeof PAGES)[number]["to"];
