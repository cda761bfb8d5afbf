import { defineConfig } from "@playwright/test";

/** Browser tests against `WEIR_URL`, else a server of our own from `WEIR_BIN`, else the mock server over `dist/`. */
export default defineConfig({
  testDir: "e2e",
  testMatch: process.env.WEIR_SCREENSHOTS ? "screenshots.ts" : "*.spec.ts",
  globalSetup: "./e2e/server.ts",
  fullyParallel: false,
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
