/** What the whole screen should know: no connection, clocks apart, an unreadable range. */

import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useHealth } from "../../api/queries";
import { formatTime } from "../../lib/time";
import { useRange } from "../../state/range";
import { useScope } from "../../state/scope";
import { Button } from "../Button/Button";
import { Icon } from "../Icon/Icon";
import styles from "./Frame.module.css";

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
      {health.data && !offline && health.data.status !== "ok" ? (
        <div className={styles.banner} role="status">
          <Icon name="clock" />
          <span>Weir is {health.data.status}.</span>
        </div>
      ) : null}
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
