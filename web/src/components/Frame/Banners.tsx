/** What the whole screen should know: no connection, clocks apart, an unreadable range. */

import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Health } from "../../api/client";
import { useHealth } from "../../api/queries";
import { formatTime } from "../../lib/time";
import { zoneName } from "../../lib/zone";
import { useRange } from "../../state/range";
import { useScope } from "../../state/scope";
import { Button } from "../Button/Button";
import { Icon } from "../Icon/Icon";
import styles from "./Frame.module.css";
import { remedyFor } from "./trouble";

const MOST_SKEW_MS = 5000;

export function Banners() {
  const health = useHealth();
  const client = useQueryClient();
  const scope = useScope();
  const range = useRange();
  const fetching = useIsFetching({ queryKey: ["health"] }) > 0;
  const wasOffline = useRef(false);
  const offline = health.isError;
  useEffect(() => {
    // Back again: what failed meanwhile is asked anew.
    if (wasOffline.current && !offline)
      void client.refetchQueries({ predicate: (query) => query.state.status === "error" });
    wasOffline.current = offline;
  }, [offline, client]);

  const skew = health.data?.skew_ms ?? 0;
  return (
    <div className={styles.banners}>
      {offline ? (
        <div className={styles.banner} role="alert">
          <Icon name="warn" />
          <span>
            <strong>The server cannot be reached.</strong>{" "}
            {health.dataUpdatedAt > 0
              ? `Last contact ${formatTime(health.dataUpdatedAt, scope.tz)}; what you see may be old. `
              : ""}
            Trying again by itself.
          </span>
          <Button onClick={() => void health.refetch()} disabled={fetching}>
            Try now
          </Button>
        </div>
      ) : null}
      {health.data && !offline && health.data.status !== "ok" ? <State health={health.data} /> : null}
      {Math.abs(skew) > MOST_SKEW_MS ? (
        <div className={styles.banner} role="status">
          <Icon name="clock" />
          <span>
            The server's clock is {Math.round(Math.abs(skew) / 1000)} s {skew > 0 ? "ahead of" : "behind"} this
            browser's. Ranges that end now may miss the newest records.
          </span>
        </div>
      ) : null}
      {range.valid ? null : (
        <div className={styles.banner} role="alert">
          <Icon name="warn" />
          <span>
            The time range{" "}
            <code>
              {scope.from} to {scope.to}
            </code>{" "}
            cannot be read. The last hour is shown.
          </span>
        </div>
      )}
    </div>
  );
}

/** What keeps Weir from storing what comes, since when as far as this page has seen, and what to do. */
function State({ health }: { health: Health }) {
  const { tz } = useScope();
  const { status, trouble } = health;
  const [seen, setSeen] = useState({ trouble, at: Date.parse(health.now) });
  // The same words go on; other words are another trouble.
  if (seen.trouble !== trouble) setSeen({ trouble, at: Date.parse(health.now) });
  if (status === "starting" || status === "stopping") {
    return (
      <div className={styles.banner} role="status">
        <Icon name="clock" />
        <span>{status === "starting" ? "Weir is starting." : "Weir is finishing its work and will stop."}</span>
      </div>
    );
  }
  return (
    <div className={`${styles.banner} ${styles.failing}`} role="alert">
      <Icon name="warn" />
      <span>
        <strong>Weir does not store all that comes: {trouble ?? "no reason was given"}.</strong> Since{" "}
        {formatTime(seen.at, tz)} {zoneName(tz)} or before. {remedyFor(trouble)}
      </span>
    </div>
  );
}
