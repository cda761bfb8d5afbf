/** Shown while there is no record at all: is anything arriving, and how to make a device send. */

import { useId, useState } from "react";
import type { Health } from "../../api/client";
import { useAccounting } from "../../api/queries";
import { exportProtocolLabel } from "../../lib/fields";
import { formatBytes, formatCount } from "../../lib/units";
import { announce } from "../Announcer/Announcer";
import { Button } from "../Button/Button";
import { Icon } from "../Icon/Icon";
import styles from "./SetupCard.module.css";
import { SNIPPETS } from "./snippets";

export function SetupCard({ health }: { health: Health }) {
  const accounting = useAccounting();
  const [chosen, setChosen] = useState(0);
  const base = useId();
  const datagrams = accounting.data?.datagrams;
  const rejected = Object.entries(datagrams?.rejected ?? {}).filter(([, count]) => count > 0);
  const snippet = SNIPPETS[chosen] ?? SNIPPETS[0];
  const port = portOf(health, snippet?.protocol ?? "ipfix");
  const host = location.hostname === "localhost" || location.hostname === "127.0.0.1" ? "COLLECTOR" : location.hostname;
  const local = health.listeners.length > 0 && health.listeners.every(({ address }) => isLoopback(address));
  const text = snippet?.text.replaceAll("{host}", host).replaceAll("{port}", String(port)) ?? "";
  return (
    <section className={styles.card} aria-labelledby={`${base}-title`}>
      <h1 id={`${base}-title`} className={styles.title}>
        Waiting for the first flows
      </h1>
      <p className={styles.lead}>
        {local
          ? "Weir is listening, for programs on this machine only. Any protocol works on any port, and this page fills by itself."
          : "Weir is listening. Point a router, firewall or probe at one of these sockets; any protocol works on any port, and this page fills by itself."}
      </p>
      <table className={styles.table}>
        <caption className="visually-hidden">Listening sockets</caption>
        <thead>
          <tr>
            <th scope="col">Socket</th>
            <th scope="col">Takes</th>
            <th scope="col" className={styles.right}>
              Receive buffer
            </th>
            <th scope="col" className={styles.right}>
              Datagrams
            </th>
          </tr>
        </thead>
        <tbody>
          {health.listeners.map((listener) => (
            <tr key={`${listener.transport} ${listener.address}`}>
              <td>
                {listener.transport.toUpperCase()} <code>{listener.address}</code>
              </td>
              <td>{listener.protocols.map(exportProtocolLabel).join(", ")}</td>
              <td className={styles.right}>
                {listener.receive_buffer_bytes > 0 ? formatBytes(listener.receive_buffer_bytes) : "–"}
              </td>
              <td className={styles.right}>{formatCount(listener.datagrams)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {local ? (
        <p className={styles.local} role="note">
          <Icon name="warn" />
          <span>
            Routers and other machines cannot reach a loopback address. To let them in, start Weir with{" "}
            <code>--listen 0.0.0.0:{port}</code> (or this machine's own address), and allow UDP {port} in its firewall.
          </span>
        </p>
      ) : null}
      <p className={styles.state} role="status">
        {datagrams === undefined
          ? "Asking what has arrived …"
          : datagrams.received === 0
            ? `No datagram has arrived yet.${local ? "" : " Check the device's export address and any firewall between it and this machine."}`
            : `${formatCount(datagrams.received)} datagrams arrived, ${formatCount(datagrams.decoded)} decoded.${datagrams.kernel_dropped > 0 ? ` The kernel dropped ${formatCount(datagrams.kernel_dropped)} before Weir saw them.` : ""}`}
      </p>
      {rejected.length > 0 ? (
        <ul className={styles.errors}>
          {rejected.map(([reason, count]) => (
            <li key={reason}>
              {formatCount(count)} rejected: <code>{reason}</code>
            </li>
          ))}
        </ul>
      ) : null}
      <div className={styles.tabs} role="tablist" aria-label="Device">
        {SNIPPETS.map((one, index) => (
          <button
            key={one.name}
            type="button"
            role="tab"
            id={`${base}-tab-${index}`}
            aria-selected={index === chosen}
            aria-controls={`${base}-panel`}
            tabIndex={index === chosen ? 0 : -1}
            className={styles.tab}
            onClick={() => setChosen(index)}
            onKeyDown={(event) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              if (step === 0) return;
              const next = (chosen + step + SNIPPETS.length) % SNIPPETS.length;
              setChosen(next);
              document.getElementById(`${base}-tab-${next}`)?.focus();
            }}
          >
            {one.name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-tab-${chosen}`} className={styles.panel}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the text may scroll sideways */}
        <pre className={styles.code} tabIndex={0}>
          {text}
        </pre>
        <Button
          icon="copy"
          className={styles.copy}
          onClick={() => void navigator.clipboard?.writeText(text).then(() => announce("Copied"))}
        >
          Copy
        </Button>
      </div>
      <p className={styles.note}>
        {host === "COLLECTOR" ? (
          <>
            Replace <code>COLLECTOR</code> with this machine's address{local ? ", once Weir listens there" : ""}.{" "}
          </>
        ) : null}
        To try Weir without a device: <code>weir generate -t 127.0.0.1 -p {port}</code>
      </p>
    </section>
  );
}

/** True for a socket that only programs on the same machine can send to. */
export function isLoopback(address: string): boolean {
  return /^(127\.|\[::1\]|\[::ffff:127\.|localhost:)/.test(address);
}

/** The usual port of a protocol if Weir listens there, else the first socket's. */
function portOf(health: Health, protocol: string): number {
  const usual = { netflow9: 2055, ipfix: 4739, sflow5: 6343 }[protocol] ?? 2055;
  const ports = health.listeners
    .filter((listener) => listener.transport === "udp")
    .map((listener) => Number(listener.address.split(":").at(-1)));
  return ports.includes(usual) ? usual : (ports[0] ?? usual);
}
