/** Pictures of every page, in both themes, for the README and the tour of the book: `npm run screenshots`. */

import { writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { settled, test } from "./weir";

const FOLDER = new URL("../../docs/src/images/", import.meta.url).pathname;
const RANGE = `from=now-${process.env.WEIR_SCREENSHOTS}&to=now&v=1`;
/** Pictures are small: they are looked at in a book. */
const SIZE = { width: 1280, height: 800 };
const QUALITY = 0.72;

interface Picture {
  name: string;
  path: string | ((page: Page) => Promise<string>);
  /** Brings the page into the state that is shown. */
  before?: (page: Page) => Promise<void>;
}

async function first(page: Page, path: string, pick: (answer: never) => string): Promise<string> {
  return pick((await (await page.request.get(`${process.env.WEIR_E2E_URL}${path}`)).json()) as never);
}

const PICTURES: readonly Picture[] = [
  { name: "overview", path: `/?${RANGE}` },
  { name: "explore", path: `/explore?${RANGE}&by=exporter,service,locality&top=30&chart=sankey` },
  { name: "explore-heat", path: `/explore?${RANGE}&chart=heat` },
  {
    name: "flows",
    path: `/flows?${RANGE}`,
    before: async (page) => {
      for (const key of ["j", "j", "Enter"]) await page.keyboard.press(key);
      await page.getByRole("complementary", { name: "Record" }).getByText("Export protocol").waitFor();
    },
  },
  { name: "hosts", path: `/hosts?${RANGE}` },
  { name: "host", path: `/hosts/10.1.1.70?${RANGE}` },
  { name: "conversations", path: `/conversations?${RANGE}` },
  { name: "services", path: `/services?${RANGE}` },
  { name: "geo", path: `/geo?${RANGE}` },
  { name: "as", path: `/as?${RANGE}` },
  { name: "attributes", path: `/attributes/tcp?${RANGE}` },
  { name: "alerts", path: `/alerts?${RANGE}` },
  {
    name: "alert",
    path: (page) =>
      first(page, "/api/v1/alerts", ({ alerts }: { alerts: { id: number }[] }) => `/alerts/${alerts[0]?.id}?${RANGE}`),
  },
  { name: "attack", path: `/attack?${RANGE}` },
  { name: "rules", path: `/rules?${RANGE}` },
  {
    name: "rule",
    path: `/rules/weir-ping-sweep?${RANGE}`,
    before: async (page) => {
      await page.getByRole("button", { name: "Run" }).click();
      await page.getByText(/It matches/).waitFor();
    },
  },
  { name: "rule-editor", path: "/rules/editor?v=1" },
  { name: "tail", path: "/tail?v=1" },
  { name: "exporters", path: "/exporters" },
  { name: "interfaces", path: `/interfaces?${RANGE}` },
  { name: "interface", path: `/interfaces/127.0.1.4/3?${RANGE}` },
  { name: "health", path: "/health" },
];

/** A picture as WebP, which the browser itself can write. */
async function webp(page: Page, png: Buffer): Promise<Buffer> {
  const blank = await page.context().newPage();
  const url = await blank.evaluate(
    async ({ png, quality }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${png}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", quality);
    },
    { png: png.toString("base64"), quality: QUALITY },
  );
  await blank.close();
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

for (const scheme of ["light", "dark"] as const) {
  test(`pictures, ${scheme}`, async ({ page }) => {
    test.setTimeout(300_000);
    await page.setViewportSize(SIZE);
    await page.emulateMedia({ colorScheme: scheme });
    for (const { name, path, before } of PICTURES) {
      await page.goto(typeof path === "string" ? path : await path(page));
      await settled(page);
      await page.evaluate(() => document.fonts.ready);
      await before?.(page);
      const png = await page.screenshot({ animations: "disabled" });
      writeFileSync(`${FOLDER}${name}-${scheme}.webp`, await webp(page, png));
    }
  });
}
