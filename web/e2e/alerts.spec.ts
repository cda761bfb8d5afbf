import type { Page } from "@playwright/test";
import { digits, expect, expectAccessible, filterText, settled, test } from "./weir";

/** Detectors look at windows of minutes: the first alert of a server that was just started takes its time. */
const FIRST_ALERT_MS = 240_000;

interface Alert {
  id: number;
  title: string;
  evidence: { filter: string; from: string; to: string };
}

async function listed(page: Page, state: string): Promise<Alert[]> {
  const answer = await page.request.get(`${process.env.WEIR_E2E_URL}/api/v1/alerts?state=${state}`);
  return ((await answer.json()) as { alerts: Alert[] }).alerts;
}

/** The alerts that wait for a decision, once there are any. */
async function toTriage(page: Page): Promise<Alert[]> {
  await expect
    .poll(async () => (await listed(page, "open")).length, { timeout: FIRST_ALERT_MS, intervals: [1000] })
    .toBeGreaterThan(0);
  return listed(page, "open");
}

const tab = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Alerts by state" }).getByRole("link", { name: new RegExp(`^${name}`) });
const rows = (page: Page) => page.getByRole("region", { name: "Alerts" }).locator("tbody tr");

test.beforeEach(() => test.setTimeout(FIRST_ALERT_MS + 60_000));

test("an alert tells why it fired and leads to its flows", async ({ page }) => {
  await toTriage(page);
  await page.goto("/alerts");
  await settled(page);
  await expectAccessible(page, "the list of alerts");
  await rows(page).first().getByRole("link").first().click();
  await expect(page).toHaveURL(/\/alerts\/\d+/);
  await settled(page);
  await expect(page.getByRole("region", { name: "History and notes" })).toContainText("Noticed for the first time");
  await expectAccessible(page, "an alert");
  const id = Number(/\/alerts\/(\d+)/.exec(page.url())?.[1]);
  const link = page.getByRole("link", { name: "Show the flows" });
  const target = new URL((await link.getAttribute("href")) ?? "", page.url()).searchParams;
  const { alert } = (await (await page.request.get(`/api/v1/alerts/${id}`)).json()) as { alert: Alert };
  expect(target.get("f")).toBe(alert.evidence.filter);
  expect(Date.parse(target.get("from") ?? "")).toBe(Date.parse(alert.evidence.from));
  await link.click();
  await expect(page).toHaveURL(/\/flows\?/);
  await settled(page);
  expect(digits(await page.getByTestId("matched").textContent())).toBeGreaterThan(0);
  expect(await filterText(page)).toBe(target.get("f"));
});

test("an alert is acknowledged, moves to the other tab, and is taken back", async ({ page }) => {
  await toTriage(page);
  await page.goto("/alerts");
  await settled(page);
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/sel=\d+/);
  const id = new URL(page.url()).searchParams.get("sel") ?? "";
  const link = page.locator(`main a[href^="/alerts/${id}?"]`);
  await page.keyboard.press("a");
  await expect(link).toHaveCount(0);
  await tab(page, "Acknowledged").click();
  await expect(link).toHaveCount(1);
  expect((await listed(page, "acknowledged")).map((alert) => String(alert.id))).toContain(id);
  await page.keyboard.press("z");
  await expect(link).toHaveCount(0);
  expect((await listed(page, "open")).map((alert) => String(alert.id))).toContain(id);
});

test("an alert is closed with a verdict, gets a note, and is opened again", async ({ page }) => {
  const [first] = await toTriage(page);
  await page.goto(`/alerts/${first?.id}`);
  await settled(page);
  await page.keyboard.press("c");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Close the alert" })).toBeDisabled();
  await expectAccessible(page, "the dialog to close an alert", "dialog[open]");
  await dialog.getByRole("radio", { name: /^Benign/ }).check();
  await dialog.getByRole("textbox").fill("our own scanner");
  await dialog.getByRole("button", { name: "Close the alert" }).click();
  await expect(dialog).toHaveCount(0);
  const history = page.getByRole("region", { name: "History and notes" });
  await expect(history).toContainText("Closed as benign: our own scanner");
  await page.keyboard.press("n");
  await dialog.getByRole("textbox").fill("seen before");
  await dialog.getByRole("button", { name: "Write" }).click();
  await expect(history).toContainText("Note: seen before");
  await page.getByRole("button", { name: "Open again" }).click();
  await expect(page.getByRole("region", { name: "Alert", exact: true })).toContainText("open");
});

test("an alert is suppressed after a look at what that hides, and comes back when the exception ends", async ({
  page,
}) => {
  const [first] = await toTriage(page);
  await page.goto(`/alerts/${first?.id}`);
  await settled(page);
  await page.keyboard.press("u");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(/would have hidden \d+ of \d+ alerts/);
  await expect(dialog.getByRole("button", { name: "Suppress" })).toBeDisabled();
  await dialog.getByRole("textbox").fill("known and wanted");
  await expectAccessible(page, "the dialog to suppress an alert", "dialog[open]");
  await dialog.getByRole("button", { name: "Suppress" }).click();
  await expect(dialog).toHaveCount(0);
  expect((await listed(page, "suppressed")).map(({ id }) => id)).toContain(first?.id);
  await page.goto("/rules");
  await settled(page);
  const exceptions = page.getByRole("region", { name: "Exceptions" }).last();
  await expect(exceptions).toContainText("known and wanted");
  await exceptions.getByRole("button", { name: "End it" }).first().click();
  await expect(exceptions).toContainText("ended");
  expect((await listed(page, "suppressed")).map(({ id }) => id)).not.toContain(first?.id);
});

test("alerts are marked on the time axis and listed on the Overview", async ({ page }) => {
  await toTriage(page);
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  const marks = page.getByRole("list", { name: "Alerts", exact: true });
  await expect(marks.getByRole("listitem").first()).toBeVisible();
  const overview = page.getByRole("region", { name: "Alerts to triage" }).last();
  // Alerts go on coming: what is first is asked for again until both agree.
  await expect(async () => {
    const [first] = await listed(page, "open");
    await expect(overview.getByRole("rowheader").first()).toHaveText(first?.title ?? "", { timeout: 1000 });
  }).toPass({ timeout: 30_000 });
  await expectAccessible(page, "the Overview with alerts", "main");
  const several = marks.getByRole("button").first();
  if ((await several.count()) > 0) {
    await several.click();
    await page.getByRole("menuitem").first().click();
  } else await marks.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/alerts\/\d+/);
});

test("a tab is part of the link, and an alert that is not there says so", async ({ page }) => {
  await page.goto("/alerts?tab=closed&q=no+such+alert&v=1");
  await settled(page);
  await expect(tab(page, "Closed")).toHaveAttribute("aria-current", "page");
  await expect(page.getByText("No alert here has “no such alert”")).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`alerts have no violations in a narrow window, ${scheme}`, async ({ page }) => {
    const [first] = await toTriage(page);
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 700, height: 900 });
    await page.goto("/alerts");
    await settled(page);
    await page.keyboard.press("j");
    await expect(page).toHaveURL(/sel=/);
    await expectAccessible(page, "the list of alerts");
    await page.goto(`/alerts/${first?.id}`);
    await settled(page);
    await expectAccessible(page, "an alert");
    await page.setViewportSize({ width: 320, height: 700 });
    for (const path of ["/alerts", `/alerts/${first?.id}`]) {
      await page.goto(path);
      await settled(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
    }
  });
}
