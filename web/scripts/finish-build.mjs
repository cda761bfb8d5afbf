/**
 * Runs after `vite build`: fails when the pages have grown past their limits, then compresses what the server embeds.
 * "Initial" is what the first visit to the Overview loads: the entry and that page, scripts and styles.
 */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const INITIAL_LIMIT = 320_000;
const PAGE_LIMIT = 150_000;
const TOTAL_LIMIT = 1_500_000;

const dist = new URL("../dist/", import.meta.url).pathname;
const manifestFolder = join(dist, ".vite");
const manifest = JSON.parse(readFileSync(join(manifestFolder, "manifest.json"), "utf8"));

/** The files of a chunk and of everything it imports at once. */
function filesOf(name, seen = new Set()) {
  const chunk = manifest[name];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const imported of chunk.imports ?? []) filesOf(imported, seen);
  return seen;
}

const gzipSize = (files) =>
  [...files]
    .filter((file) => /\.(js|css)$/.test(file))
    .reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0);

const entry = filesOf("index.html");
const problems = [];
const report = (what, size, limit) => {
  console.log(`${what.padEnd(36)} ${(size / 1000).toFixed(1).padStart(7)} kB of ${limit / 1000} kB`);
  if (size > limit) problems.push(what);
};

report(
  "initial JS + CSS (gzip)",
  gzipSize(filesOf("src/pages/traffic/Overview/Overview.tsx", new Set(entry))),
  INITIAL_LIMIT,
);
for (const [name, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue;
  const own = [...filesOf(name)].filter((file) => !entry.has(file));
  report(`page ${name.split("/").at(-1)} (gzip)`, gzipSize(own), PAGE_LIMIT);
}

rmSync(manifestFolder, { recursive: true });
let total = 0;
for (const found of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!found.isFile()) continue;
  const path = join(found.parentPath, found.name);
  const bytes = readFileSync(path);
  // The page itself gets a nonce with every answer and stays as it is; fonts are compressed already.
  if (![".js", ".css", ".svg"].includes(extname(path))) {
    total += bytes.length;
    continue;
  }
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  total += brotli.length;
}
report("everything (brotli, fonts)", total, TOTAL_LIMIT);

if (problems.length > 0) {
  console.error(`too large: ${problems.join(", ")}`);
  process.exit(1);
}
