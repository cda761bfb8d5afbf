/** What surrounds every page: rail, scope bar, banners, the pivot menu and the shortcuts. */

import { Outlet, useLocation } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { useHealth, useOldest } from "../../api/queries";
import { usePreferences } from "../../state/preferences";
import { RangeProvider, SETTLING_MS, useRange } from "../../state/range";
import { useSetScope } from "../../state/scope";
import { Announcer } from "../Announcer/Announcer";
import { PivotProvider } from "../Pivot/PivotProvider";
import { ScopeBar } from "../ScopeBar/ScopeBar";
import { SetupCard } from "../Setup/SetupCard";
import { Banners } from "./Banners";
import styles from "./Frame.module.css";
import { Rail } from "./Rail";
import { ShortcutsProvider } from "./Shortcuts";

export function Frame() {
  const { railOpen, compact } = usePreferences();
  useEffect(() => {
    document.documentElement.dataset.density = compact ? "compact" : "normal";
  }, [compact]);
  return (
    <RangeProvider>
      <PivotProvider>
        <ShortcutsProvider>
          <a href="#main" className={styles.skip}>
            Skip to content
          </a>
          <div className={railOpen ? styles.frame : `${styles.frame} ${styles.narrow}`}>
            <Rail open={railOpen} />
            <div className={styles.page}>
              <ScopeBar />
              <Banners />
              <main id="main" className={styles.main} tabIndex={-1}>
                <Suspense>
                  <Content />
                </Suspense>
              </main>
            </div>
          </div>
          <Announcer />
        </ShortcutsProvider>
      </PivotProvider>
    </RangeProvider>
  );
}

const YOUNG_MS = 15 * 60_000;

/** Right after the start an hour would be an empty picture: the plain address then shows the last minutes, live. */
function useFreshStart(oldest: number | null) {
  const setScope = useSetScope();
  const { pathname, searchStr } = useLocation();
  const decided = useRef(false);
  useEffect(() => {
    if (oldest === null || decided.current) return;
    decided.current = true;
    const plain = pathname === "/" && searchStr === "";
    if (plain && Date.now() - oldest < YOUNG_MS)
      setScope({ from: "now-15m", to: "now", refresh: "5s" }, { replace: true });
  }, [oldest, pathname, searchStr, setScope]);
}

/** True while nothing is stored, and until the first records that come then are old enough to be counted. */
function useWaiting(empty: boolean): boolean {
  const { refresh } = useRange();
  const [waiting, setWaiting] = useState(false);
  const latest = useRef(refresh);
  latest.current = refresh;
  if (empty && !waiting) setWaiting(true);
  useEffect(() => {
    if (!waiting || empty) return;
    const timer = setTimeout(() => {
      latest.current();
      setWaiting(false);
    }, SETTLING_MS + 1000);
    return () => clearTimeout(timer);
  }, [waiting, empty]);
  return waiting;
}

/** The page, or the way to get data while there is none at all. */
function Content() {
  const health = useHealth();
  const { pathname } = useLocation();
  useFreshStart(useOldest());
  const data = health.data;
  const waiting = useWaiting(data !== undefined && data.store.rows + data.store.hot_rows === 0);
  if (data && waiting && (pathname === "/" || pathname === "/flows")) return <SetupCard health={data} />;
  return <Outlet />;
}
