/** Sigma text as it is typed: checked by the server, mistakes marked at their place, and told in words what it finds. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { checkRule } from "../../../api/client";
import { useRule, useRules } from "../../../api/queries";
import { announce } from "../../../components/Announcer/Announcer";
import { Button } from "../../../components/Button/Button";
import { download } from "../../../components/Chart/export";
import { Icon } from "../../../components/Icon/Icon";
import { Panel, Skeleton } from "../../../components/Panel/Panel";
import panel from "../../../components/Panel/Panel.module.css";
import { Severity } from "../../../components/Severity/Severity";
import { writeScope } from "../../../lib/scope";
import { useScope } from "../../../state/scope";
import { Backtest } from "./Backtest";
import { Explanation } from "./Explanation";
import { Problems } from "./Problems";
import styles from "./Rules.module.css";

const CodeArea = lazy(async () => ({ default: (await import("./CodeArea")).CodeArea }));

/** Longer than a pause between two letters. */
const SETTLED_MS = 300;
/** Kept while the tab is open, so that a look at another page loses nothing. */
const KEPT = "weir-rule";

const START = `title: Telnet from outside
id: ${crypto.randomUUID?.() ?? ""}
status: experimental
description: A host outside talks to a Telnet service inside.
tags:
    - attack.initial-access
    - attack.t1133
logsource:
    category: network
    service: connection
detection:
    selection:
        network.direction: inbound
        network.transport: tcp
        destination.port: 23
    condition: selection
falsepositives:
    - None known
level: medium
`;

export function Editor() {
  const scope = useScope();
  const like = useRule(scope.selected);
  const source = like.data?.rule.source ?? null;
  const [text, setText] = useState(() => (scope.selected === "" ? (sessionStorage.getItem(KEPT) ?? START) : null));
  // The text of the rule that this one begins as; what is typed afterwards is the reader's own.
  if (text === null && source !== null) setText(source);
  const shown = text ?? "";
  const settled = useSettled(shown);
  useEffect(() => {
    if (shown !== "") sessionStorage.setItem(KEPT, shown);
  }, [shown]);
  const query = useQuery({
    queryKey: ["rule check", settled],
    queryFn: ({ signal }) => checkRule(settled, signal),
    enabled: settled.trim() !== "",
    retry: false,
    placeholderData: (before) => before,
  });
  const { data: list } = useRules();
  const [place, setPlace] = useState<{ line: number; column: number } | null>(null);
  const problems = query.data?.problems ?? [];
  return (
    <div className={styles.page}>
      <title>Write a rule · Weir</title>
      <h1 className="visually-hidden">Write a rule</h1>
      <div className={styles.bar}>
        <Link to="/rules" search={writeScope({ ...scope, selected: "" })} className={styles.back}>
          <Icon name="left" size={14} /> Rules
        </Link>
        <span className={styles.space} />
        <Button onClick={() => void navigator.clipboard?.writeText(shown).then(() => announce("Rule copied"))}>
          Copy
        </Button>
        <Button onClick={() => download("rule.yml", new Blob([shown], { type: "application/yaml" }))}>
          Save as a file
        </Button>
      </div>
      <div className={styles.columns}>
        <section className={panel.panel} aria-labelledby="rule-text">
          <header className={panel.header}>
            <h2 id="rule-text" className={panel.title}>
              Sigma rule
            </h2>
            <span className={panel.note}>
              {list ? `put the file into ${list.folder}: Weir takes it at once` : "checked as it is typed"}
            </span>
          </header>
          {text === null ? (
            <Skeleton height={420} />
          ) : (
            <Suspense fallback={<Skeleton height={420} />}>
              <CodeArea text={text} onChange={setText} problems={problems} place={place} />
            </Suspense>
          )}
        </section>
        <Panel
          title="What it comes to"
          note={query.data ? (query.data.usable ? "it can be used" : "not usable as it is") : undefined}
          query={query}
          height={420}
        >
          {({ rules }) => (
            <div className={styles.body}>
              {problems.length > 0 ? (
                <Problems problems={problems} onGo={(line, column) => setPlace({ line, column })} />
              ) : null}
              {rules.map((rule) => (
                <section key={`${rule.line} ${rule.id}`} className={styles.checked} aria-label={rule.explanation.title}>
                  <h3>{rule.explanation.title}</h3>
                  <p>
                    <Severity level={rule.level} />
                    {rule.reports ? "" : ", says nothing by itself"}
                    {rule.known ? ", its id is that of a rule in force" : ""}
                  </p>
                  <Explanation part={rule.explanation} />
                  {rule.needs.some(({ seen }) => !seen) ? (
                    <p className={styles.needs}>
                      No flow has had{" "}
                      {rule.needs
                        .filter(({ seen }) => !seen)
                        .map(({ field }) => field)
                        .join(", ")}{" "}
                      yet: until one has, it finds nothing.
                    </p>
                  ) : null}
                </section>
              ))}
            </div>
          )}
        </Panel>
      </div>
      <Backtest what={{ text: settled }} disabled={query.data?.usable !== true} />
    </div>
  );
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
