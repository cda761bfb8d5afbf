/** Alerts over a time axis: a sign where one began, and the way to it; several close together are one sign. */

import { Menu } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Marker } from "../../api/client";
import { useMarkers } from "../../api/queries";
import { writeScope } from "../../lib/scope";
import { formatTime, type Instants, isoTime } from "../../lib/time";
import { formatCount } from "../../lib/units";
import { useBase } from "../../state/base";
import { useScope } from "../../state/scope";
import pivot from "../Pivot/Pivot.module.css";
import { Severity, SHAPES } from "../Severity/Severity";
import styles from "./AlertMarks.module.css";
import { grouped } from "./grouped";

/** The most alerts that a menu lists. */
const LISTED = 12;
/** The widest sign, a shape and a number, in CSS pixels. */
const SIGN = 44;
/** What the axis leaves free on both sides, as the style sheet has it. */
const BESIDE = 76 + 28;

export function AlertMarks({ instants }: { instants: Instants }) {
  const base = useBase();
  const { data } = useMarkers({ from: isoTime(instants.from), to: isoTime(instants.to) });
  // A page about one host or service does not show the alerts of all others.
  if (base.length > 0 || !data) return null;
  return <Signs markers={data.markers} instants={instants} />;
}

function Signs({ markers: all, instants }: { markers: readonly Marker[]; instants: Instants }) {
  const scope = useScope();
  const navigate = useNavigate();
  const { ref, width } = useElementSize<HTMLUListElement>();
  const search = writeScope({ ...scope, selected: "", find: "", sort: "", tab: "triage" });
  const near = SIGN / Math.max(SIGN, width - BESIDE);
  return (
    <ul ref={ref} className={styles.marks} aria-label="Alerts">
      {grouped(all, instants, near).map(({ share, markers, level }) => {
        const [first] = markers;
        const at = formatTime(Date.parse(first?.first_seen ?? ""), scope.tz);
        const style = { left: `calc(var(--axis) + (100% - var(--axis) - var(--margin)) * ${share})` };
        if (markers.length === 1 && first)
          return (
            <li key={first.id} style={style}>
              <Link
                to="/alerts/$id"
                params={{ id: String(first.id) }}
                search={search}
                className={styles[level]}
                aria-label={`Alert, ${level}: ${first.title}, ${at}`}
                title={`${first.title}, ${at}`}
              >
                {SHAPES[level]}
              </Link>
            </li>
          );
        return (
          <li key={first?.id} style={style}>
            <Menu position="bottom-start" transitionProps={{ duration: 0 }} withinPortal width={300}>
              <Menu.Target>
                <button
                  type="button"
                  className={styles[level]}
                  aria-label={`${markers.length} alerts from ${at} on, the highest ${level}`}
                  title={`${markers.length} alerts from ${at} on`}
                >
                  {SHAPES[level]}
                  <small>{formatCount(markers.length)}</small>
                </button>
              </Menu.Target>
              <Menu.Dropdown className={pivot.menu}>
                {markers.slice(0, LISTED).map((marker) => (
                  <Menu.Item
                    key={marker.id}
                    className={pivot.item}
                    onClick={() => void navigate({ to: "/alerts/$id", params: { id: String(marker.id) }, search })}
                  >
                    <span className={pivot.label}>{marker.title}</span>
                    <span className={pivot.hint}>
                      <Severity level={marker.level} />
                    </span>
                  </Menu.Item>
                ))}
                {markers.length > LISTED ? (
                  <Menu.Item className={pivot.item} onClick={() => void navigate({ to: "/alerts", search })}>
                    {formatCount(markers.length - LISTED)} more in Alerts
                  </Menu.Item>
                ) : null}
              </Menu.Dropdown>
            </Menu>
          </li>
        );
      })}
    </ul>
  );
}
