/** Starts what the browser tests talk to, waits until it shows traffic, and ends it afterwards. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const READY_MS = 90_000;
/** Enough for charts with more than a few buckets. */
const WANTED_RECORDS = 2000;
const WANTED_SECONDS = 12;

async function until<T>(what: string, probe: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const found = await probe().catch(() => null);
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${READY_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Playwright loads global set-up by its default export. */
// biome-ignore lint/style/noDefaultExport: see above
export default async function start(): Promise<() => Promise<void>> {
  let process_: ChildProcess | null = null;
  let data: string | null = null;
  let log = "";
  let url = process.env.WEIR_URL ?? null;
  const run = (command: string, args: string[]) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    process_ = child;
  };
  const binary = process.env.WEIR_BIN;
  if (url === null && binary) {
    const folder = mkdtempSync(join(tmpdir(), "weir-e2e-"));
    data = folder;
    // Countries and operators come from databases that setting up puts beside the release.
    const databases = join(dirname(binary), "../release/geo");
    if (existsSync(databases)) symlinkSync(databases, join(folder, "geo"));
    run(binary, ["serve", "--demo", "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--data", folder]);
    const file = join(folder, "run.json");
    try {
      url = await until("run.json", async () => {
        if (!existsSync(file)) return null;
        const found: unknown = JSON.parse(readFileSync(file, "utf8"));
        if (typeof found !== "object" || found === null) return null;
        const http: unknown = Reflect.get(found, "http");
        return typeof http === "string" ? (http.startsWith("http") ? http : `http://${http}`) : null;
      });
    } catch (error) {
      throw new Error(`${String(error)}\n${log}`);
    }
  } else if (url === null) {
    run("node", [new URL("../dev/mock-server.mjs", import.meta.url).pathname, "--port", "0", "--hours", "2.5"]);
    url = await until("the mock server", async () => /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0] ?? null);
  }
  const base = url.replace(/\/$/, "");
  await until("traffic", async () => {
    const answer = await fetch(`${base}/api/v1/query`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ from: "now-1h", to: "now", measures: ["flows"] }),
    });
    const body = (await answer.json()) as { rows?: { flows?: number }[] };
    const health = (await (await fetch(`${base}/api/v1/health`)).json()) as { store: { oldest: string | null } };
    const age = health.store.oldest ? Date.now() - Date.parse(health.store.oldest) : 0;
    return (body.rows?.[0]?.flows ?? 0) >= WANTED_RECORDS && age >= WANTED_SECONDS * 1000 ? true : null;
  });
  process.env.WEIR_E2E_URL = base;
  return async () => {
    if (process_) {
      const ended = new Promise((resolve) => process_?.once("exit", resolve));
      process_.kill("SIGTERM");
      await ended;
    }
    if (data) rmSync(data, { recursive: true, force: true });
  };
}
