/** Pictures for a look while working: `node dev/shots.mjs URL FOLDER [PATH…]` takes each path in both themes and two widths. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";

const [base, folder, ...paths] = process.argv.slice(2);
const browser = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "shots-")), {
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage();
page.on(
  "console",
  (message) => ["error", "warning"].includes(message.type()) && console.log(`console: ${message.text()}`),
);
page.on("pageerror", (error) => console.log(`page error: ${error.stack}`));
for (const [index, path] of (paths.length > 0 ? paths : ["/", "/flows"]).entries()) {
  for (const width of (process.env.WIDTHS ?? "1440,700").split(",").map(Number)) {
    for (const scheme of (process.env.SCHEMES ?? "light,dark").split(",")) {
      await page.setViewportSize({ width, height: Number(process.env.HEIGHT ?? 900) });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(base + path);
      await page.waitForTimeout(Number(process.env.WAIT ?? 1500));
      if (process.env.DO) await new Function("page", `return (async () => { ${process.env.DO} })()`)(page);
      await page.screenshot({ path: join(folder, `${index}-${width}-${scheme}.png`) });
    }
  }
}
await browser.close();
