/** The panel around the record table: how many match, columns, density, and the states of the list. */

import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { FlowsAnswer, FlowsBody, Row } from "../../../api/client";
import { Button } from "../../../components/Button/Button";
import { NoMatch } from "../../../components/Panel/NoMatch";
import { Badges, Failure, Skeleton } from "../../../components/Panel/Panel";
import panel from "../../../components/Panel/Panel.module.css";
import { QueryCard } from "../../../components/Panel/QueryCard";
import { useDelayed } from "../../../components/Panel/useDelayed";
import { isAdjustable } from "../../../lib/columns";
import { formatClock } from "../../../lib/time";
import { formatCount } from "../../../lib/units";
import { setPreferences, usePreferences } from "../../../state/preferences";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import { ColumnChooser } from "./ColumnChooser";
import styles from "./Flows.module.css";
import { RecordTable } from "./RecordTable";

interface Props {
  query: UseInfiniteQueryResult<InfiniteData<FlowsAnswer>, Error>;
  body: FlowsBody;
  rows: readonly Row[];
  columns: readonly string[];
  /** True when the list is held at an older time than the rest of the screen. */
  behind: boolean;
  onScrolled: (scrolled: boolean) => void;
}

export function Records({ query, body, rows, columns, behind, onScrolled }: Props) {
  const scope = useScope();
  const setScope = useSetScope();
  const range = useRange();
  const { compact } = usePreferences();
  const waiting = useDelayed(query.isPending, 150);
  const dimmed = useDelayed(query.isFetching && query.isPlaceholderData, 300);
  const meta = query.data?.pages[0]?.meta;
  return (
    <section
      className={`${panel.panel} ${styles.records}`}
      aria-labelledby="records-title"
      aria-busy={query.isFetching}
    >
      <header className={panel.header}>
        <h2 id="records-title" className={panel.title} data-testid="matched">
          {meta ? `${formatCount(meta.rows_matched)} ${meta.rows_matched === 1 ? "record" : "records"}` : "Records"}
        </h2>
        <span className={panel.note}>newest first</span>
        {behind && meta ? (
          <Button
            look="plain"
            icon="refresh"
            onClick={() => {
              onScrolled(false);
              setScope({ selected: "" }, { replace: true });
              range.refresh();
            }}
          >
            as of {formatClock(Date.parse(meta.to), scope.tz)}, show newest
          </Button>
        ) : null}
        <span className={panel.space} />
        {meta ? <Badges meta={meta} counters={columns.some(isAdjustable)} paged /> : null}
        <ColumnChooser columns={columns} />
        <Button
          look="plain"
          icon="rows"
          aria-label="Compact rows"
          aria-pressed={compact}
          onClick={() => setPreferences({ compact: !compact })}
        />
        <QueryCard title="records" request={{ key: ["flows", body], path: "/api/v1/flows", body }} meta={meta} />
      </header>
      {query.isFetching ? <div className={panel.progress} aria-hidden="true" /> : null}
      <div className={dimmed ? `${styles.tableSpace} ${panel.dimmed}` : styles.tableSpace}>
        {query.isError && rows.length === 0 ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data === undefined ? (
          waiting ? (
            <Skeleton height={320} />
          ) : null
        ) : rows.length === 0 ? (
          <NoMatch />
        ) : (
          <RecordTable
            rows={rows}
            matched={meta?.rows_matched ?? rows.length}
            columns={columns}
            compact={compact}
            onScrolled={onScrolled}
            more={
              query.hasNextPage && !query.isFetchingNextPage && !query.isPlaceholderData && !query.isError
                ? () => void query.fetchNextPage()
                : null
            }
          />
        )}
        {query.isError && rows.length > 0 ? (
          <Failure
            error={query.error}
            compact
            onRetry={() => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch())}
          />
        ) : null}
      </div>
    </section>
  );
}
