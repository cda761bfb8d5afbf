/** How a panel got its numbers: the question, the call that repeats it, and what it cost. */

import { Popover } from "@mantine/core";
import { useState } from "react";
import type { Meta } from "../../api/client";
import { formatCount } from "../../lib/units";
import { announce } from "../Announcer/Announcer";
import { Button } from "../Button/Button";
import styles from "./Panel.module.css";

export interface Request {
  key: readonly unknown[];
  path: string;
  body: object;
}

/** A shell command that asks the same; single quotes inside are closed, escaped and opened again. */
export function curlCommand(origin: string, request: Request): string {
  const json = JSON.stringify(request.body).replaceAll("'", "'\\''");
  return `curl -s ${origin}${request.path} -H 'content-type: application/json' -d '${json}'`;
}

export function QueryCard({ title, request, meta }: { title: string; request: Request; meta: Meta | undefined }) {
  const [open, setOpen] = useState(false);
  const command = curlCommand(location.origin, request);
  const filter = "filter" in request.body && typeof request.body.filter === "string" ? request.body.filter : "";
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width={440}
      trapFocus
      transitionProps={{ duration: 0 }}
      withinPortal
    >
      <Popover.Target>
        <Button
          look="plain"
          icon="dots"
          aria-label={`Query behind ${title}`}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className={styles.cardButton}
        />
      </Popover.Target>
      <Popover.Dropdown className={styles.card} aria-label={`Query behind ${title}`}>
        <h3 className={styles.cardTitle}>Query behind this panel</h3>
        <dl className={styles.facts}>
          <dt>Filter</dt>
          <dd>
            <code>{filter || "none"}</code>
          </dd>
          {meta ? (
            <>
              <dt>Range</dt>
              <dd className="number">
                {meta.from} → {meta.to}
              </dd>
              <dt>Rows scanned</dt>
              <dd className="number">
                {formatCount(meta.rows_scanned)} of {formatCount(meta.rows_total)}, {formatCount(meta.rows_matched)}{" "}
                matched
              </dd>
              <dt>Time</dt>
              <dd className="number">{formatCount(meta.elapsed_ms)} ms</dd>
              <dt>Answer</dt>
              <dd>
                {meta.exact ? "exact" : "approximate"}, from{" "}
                {meta.resolution === "raw" ? "raw records" : meta.resolution}
                {meta.sampled ? ", includes sampled records" : ""}
              </dd>
              <dt>Query id</dt>
              <dd>
                <code>{meta.query_id}</code>
              </dd>
            </>
          ) : null}
        </dl>
        <pre className={styles.command}>{command}</pre>
        <span className={styles.row}>
          <Button
            icon="copy"
            onClick={() => void navigator.clipboard?.writeText(command).then(() => announce("Command copied"))}
          >
            Copy as curl
          </Button>
          <Button look="plain" onClick={() => setOpen(false)}>
            Close
          </Button>
        </span>
      </Popover.Dropdown>
    </Popover>
  );
}
