/** The test every spec uses: a page that must stay quiet, and the words for what is on it. */

import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

interface Options {
  /** Console errors that the test brings about on purpose. */
  tolerated: RegExp | null;
}

export const test = base.extend<Options>({
  tolerated: [null, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
  baseURL: async ({}, use) => {
    await use(process.env.WEIR_E2E_URL);
  },
  page: async ({ page, baseURL, tolerated }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !tolerated?.test(message.text())) complaints.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(baseURL ?? "") && !url.startsWith("data:") && !url.startsWith("blob:"))
        complaints.push(`request to another origin: ${url}`);
    });
    await use(page);
    expect(complaints, "errors on the console and requests to elsewhere").toEqual([]);
  },
});

export { expect };

/** Digits of a text such as `54 190 records`. */
export function digits(text: string | null): number {
  return Number((text ?? "").replace(/[^\d]/g, ""));
}

/** A range of the recent past that no longer grows, as the link's parameters. */
export async function settledRange(page: Page, baseURL: string | undefined): Promise<string> {
  const health = (await (await page.request.get(`${baseURL}/api/v1/health`)).json()) as { store: { oldest: string } };
  const to = Math.floor(Date.now() / 1000) * 1000 - 4000;
  const from = Math.max(to - 1_800_000, Math.floor(Date.parse(health.store.oldest) / 1000) * 1000);
  return `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&v=1`;
}

/** Waits until every panel has its answer. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator("main")).toBeVisible();
  await expect(page.locator('section[aria-busy="false"]').first()).toBeVisible();
  await expect(page.locator('section[aria-busy="true"]')).toHaveCount(0);
}

/** No violation of WCAG 2.2 A and AA that a program can find, on the page or in one part of it. */
export async function expectAccessible(page: Page, what: string, part = "html"): Promise<void> {
  // The other way opens a page of its own, which takes the focus away from what is looked at.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .include(part)
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  const found = violations.map(({ id, nodes }) => ({
    id,
    nodes: nodes.slice(0, 4).map((node) => `${String(node.target)}: ${node.failureSummary ?? ""}`),
  }));
  expect(found, what).toEqual([]);
}

/**
 * No violation below the bar, which has its own test, and nothing that runs out of the window, on pages in a theme and a
 * width.
 */
export async function expectSound(
  page: Page,
  scheme: "light" | "dark",
  width: number,
  paths: readonly string[],
): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 900 });
  for (const path of paths) {
    await page.goto(path);
    await settled(page);
    await expectAccessible(page, path, "main");
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
  }
}

/** The text in the filter field: that of the editor, or of the plain field that stands in until it is loaded. */
export async function filterText(page: Page): Promise<string> {
  return page.getByRole("textbox", { name: "Filter" }).evaluate((field) => {
    if (field instanceof HTMLInputElement) return field.value;
    const lines = [...field.querySelectorAll(".cm-line")];
    return lines.map((line) => (line.querySelector(".cm-placeholder") ? "" : (line.textContent ?? ""))).join("\n");
  });
}

/** The panel with this title. */
export const panel = (page: Page, name: string | RegExp) =>
  page.locator("section", { has: page.getByRole("heading", { name, level: 2 }) });

/** Follows a link with a count and finds as many records behind it. */
export async function expectLeadsToItsRecords(page: Page, link: ReturnType<Page["getByRole"]>): Promise<void> {
  const count = digits(await link.textContent());
  const href = (await link.getAttribute("href")) ?? "";
  expect(count).toBeGreaterThan(0);
  await page.goto(href);
  await expect.poll(async () => digits(await page.getByTestId("matched").textContent()), href).toBe(count);
}
