/** The frame of every panel: title, badges, query card, and the states a panel can be in. */

import { type UseQueryResult, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { ApiError, type Meta } from "../../api/client";
import { useScope, useSetScope } from "../../state/scope";
import { announce } from "../Announcer/Announcer";
import { Button } from "../Button/Button";
import { NoMatch } from "./NoMatch";
import styles from "./Panel.module.css";
import { QueryCard, type Request } from "./QueryCard";
import { useDelayed } from "./useDelayed";

interface Props<T> {
  title: string;
  /** Unit or explanation beside the title. */
  note?: ReactNode;
  query: UseQueryResult<T, Error>;
  /** What the panel asked; its key lets the reader cancel it. */
  request?: Request;
  meta?: (data: T) => Meta;
  isEmpty?: (data: T) => boolean;
  /** True for a small panel beside one that already says what to do about an empty answer. */
  terse?: boolean;
  /** True when the numbers are counters of traffic, which sampling can be taken into account for. */
  counters?: boolean;
  /** Height that the content will have, so that nothing jumps when it comes. */
  height?: number;
  actions?: ReactNode;
  id?: string;
  children: (data: T) => ReactNode;
}

export function Panel<T>({
  title,
  note,
  query,
  request,
  meta,
  isEmpty,
  height = 200,
  terse = false,
  counters = false,
  actions,
  id,
  children,
}: Props<T>) {
  const heading = useId();
  const client = useQueryClient();
  const waiting = useDelayed(query.isPending, 150);
  const slow = useDelayed(query.isFetching, 1000);
  const dimmed = useDelayed(query.isFetching && query.isPlaceholderData, 300);
  const answer = query.data === undefined ? undefined : meta?.(query.data);
  const empty = query.data !== undefined && isEmpty?.(query.data) === true;

  return (
    <section className={styles.panel} aria-labelledby={heading} aria-busy={query.isFetching} id={id}>
      <header className={styles.header}>
        <h2 id={heading} className={styles.title}>
          {title}
        </h2>
        {note ? <span className={styles.note}>{note}</span> : null}
        <span className={styles.space} />
        {answer ? <Badges meta={answer} counters={counters} /> : null}
        {actions}
        {slow && request ? (
          <Button look="plain" onClick={() => void client.cancelQueries({ queryKey: request.key })}>
            Cancel
          </Button>
        ) : null}
        {request ? <QueryCard title={title} request={request} meta={answer} /> : null}
      </header>
      {query.isFetching ? <div className={styles.progress} aria-hidden="true" /> : null}
      <div className={styles.body} style={{ minHeight: height }}>
        {query.isError && query.data === undefined ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data === undefined ? (
          waiting ? (
            query.fetchStatus === "idle" ? (
              <Cancelled onRetry={() => void query.refetch()} />
            ) : (
              <Skeleton height={height} />
            )
          ) : null
        ) : empty ? (
          <NoMatch terse={terse} />
        ) : (
          <div className={dimmed ? styles.dimmed : styles.content}>{children(query.data)}</div>
        )}
        {query.isError && query.data !== undefined ? (
          <div className={styles.stale}>
            <Failure error={query.error} onRetry={() => void query.refetch()} compact />
          </div>
        ) : null}
      </div>
    </section>
  );
}

/** `counters`: the numbers follow the sampling switch. `paged`: a list that goes on by itself is not cut short. */
export function Badges({ meta, counters, paged = false }: { meta: Meta; counters: boolean; paged?: boolean }) {
  const { raw } = useScope();
  const setScope = useSetScope();
  return (
    <span className={styles.badges}>
      {meta.sampled && counters ? (
        <button
          type="button"
          role="switch"
          className={styles.switch}
          aria-checked={!raw}
          title={
            raw
              ? "Counters as exported. Click to multiply those of sampled records by their sampling rate"
              : "Counters of sampled records are multiplied by their sampling rate. Click for the counters as exported"
          }
          onClick={() => setScope({ raw: !raw })}
        >
          <span className={styles.knob} aria-hidden="true" />≈ adjusted
        </button>
      ) : null}
      {meta.exact ? null : (
        <span className={styles.badge} title="The answer is an approximation">
          approximate
        </span>
      )}
      {meta.truncated && !paged ? (
        <span className={styles.badge} title="Not everything that matched is shown">
          limited
        </span>
      ) : null}
      {meta.warnings.length > 0 ? (
        <span className={styles.badge} title={meta.warnings.join("\n")}>
          {meta.warnings.length === 1 ? "1 warning" : `${meta.warnings.length} warnings`}
        </span>
      ) : null}
      {meta.resolution === "raw" ? null : (
        <span className={styles.badge} title="The numbers come from a roll-up of the records">
          {meta.resolution}
        </span>
      )}
    </span>
  );
}

export function Skeleton({ height }: { height: number }) {
  return (
    <div className={styles.skeleton} style={{ height }} role="status">
      <span className="visually-hidden">Loading</span>
    </div>
  );
}

function Cancelled({ onRetry }: { onRetry: () => void }) {
  return (
    <div className={styles.message}>
      <p>Cancelled.</p>
      <Button onClick={onRetry}>Run again</Button>
    </div>
  );
}

export function Failure({ error, onRetry, compact = false }: { error: Error; onRetry: () => void; compact?: boolean }) {
  const api = error instanceof ApiError ? error : null;
  const details = JSON.stringify(
    {
      message: error.message,
      status: api?.status,
      code: api?.code,
      query: api?.queryId,
      at: new Date().toISOString(),
      page: location.href,
    },
    null,
    2,
  );
  return (
    <div className={compact ? styles.compact : styles.message} role="alert">
      <p>
        <strong>{compact ? "Not refreshed: " : "No answer: "}</strong>
        {error.message}
      </p>
      {api?.help ? <p className={styles.help}>{api.help}</p> : null}
      {api?.queryId && !compact ? (
        <p className={styles.help}>
          Query <code>{api.queryId}</code>
        </p>
      ) : null}
      <span className={styles.row}>
        <Button onClick={onRetry}>Retry</Button>
        <Button
          look="plain"
          onClick={() => void navigator.clipboard?.writeText(details).then(() => announce("Details copied"))}
        >
          Copy details
        </Button>
      </span>
    </div>
  );
}
