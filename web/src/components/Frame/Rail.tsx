/** The left rail: the pages there are, and the switches that belong to the person. */

import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import { useHealth } from "../../api/queries";
import { writeScope } from "../../lib/scope";
import { setPreferences, usePreferences } from "../../state/preferences";
import { useScope } from "../../state/scope";
import { Icon } from "../Icon/Icon";
import styles from "./Frame.module.css";
import { PAGES } from "./pages";
import { useShortcuts } from "./Shortcuts";

export function Rail({ open }: { open: boolean }) {
  const scope = useScope();
  const { pathname } = useLocation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const { showHelp, showPalette } = useShortcuts();
  const { compact } = usePreferences();
  const health = useHealth();
  const search = writeScope({ ...scope, selected: "", find: "", sort: "", tab: "triage" });
  const toggle = open ? "Collapse navigation" : "Expand navigation";
  const dark = scheme === "dark";
  return (
    <nav className={styles.rail} aria-label="Pages">
      <Link to="/" search={search} className={styles.brand}>
        <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="var(--accent)" />
          <path
            d="M6 10c3 0 3 3 6.500 3S16 10 19.500 10 23 13 26 13M6 16.500c3 0 3 3 6.500 3s3.500-3 7-3 3.500 3 6.500 3M6 23c3 0 3 2 6.500 2s3.500-2 7-2 3.500 2 6.500 2"
            fill="none"
            stroke="var(--on-accent)"
            strokeWidth="2.400"
            strokeLinecap="round"
          />
        </svg>
        <span className={styles.word}>Weir</span>
        {health.data?.demo ? <span className={styles.demo}>demo</span> : null}
      </Link>
      <ul className={styles.pages}>
        {PAGES.map(({ to, label, icon, group }, index) => (
          <li key={to} className={index > 0 && PAGES[index - 1]?.group !== group ? styles.section : undefined}>
            <Link
              to={to}
              search={search}
              className={styles.link}
              aria-current={pathname === to ? "page" : to !== "/" && pathname.startsWith(`${to}/`) ? "true" : undefined}
              title={open ? undefined : label}
            >
              <Icon name={icon} />
              <span className={styles.word}>{label}</span>
            </Link>
          </li>
        ))}
      </ul>
      <div className={styles.foot}>
        <button
          type="button"
          className={styles.link}
          onClick={() => setColorScheme(dark ? "light" : "dark")}
          title={open ? undefined : "Change theme"}
        >
          <Icon name={dark ? "sun" : "moon"} />
          <span className={styles.word}>{dark ? "Light theme" : "Dark theme"}</span>
        </button>
        <button
          type="button"
          className={styles.link}
          onClick={showPalette}
          title={open ? "Ctrl K" : "Commands (Ctrl K)"}
        >
          <Icon name="search" />
          <span className={styles.word}>Commands</span>
        </button>
        <button
          type="button"
          className={`${styles.link} ${styles.wide}`}
          aria-pressed={compact}
          onClick={() => setPreferences({ compact: !compact })}
          title={open ? undefined : "Compact rows"}
        >
          <Icon name="rows" />
          <span className={styles.word}>Compact rows</span>
        </button>
        <button
          type="button"
          className={`${styles.link} ${styles.wide}`}
          onClick={showHelp}
          title={open ? undefined : "Keyboard shortcuts"}
        >
          <Icon name="keyboard" />
          <span className={styles.word}>Shortcuts</span>
        </button>
        <button
          type="button"
          className={styles.link}
          aria-expanded={open}
          aria-label={toggle}
          title={toggle}
          onClick={() => setPreferences({ railOpen: !open })}
        >
          <Icon name="rail" />
          <span className={styles.word}>Collapse</span>
        </button>
        {health.data ? <span className={styles.version}>{health.data.version}</span> : null}
      </div>
    </nav>
  );
}
