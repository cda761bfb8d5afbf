import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectSound, panel, settled, settledRange, test } from "./weir";

interface Rule {
  id: string;
  title: string;
  kind: string;
  source: string | null;
  enabled: boolean;
}

async function rulesOf(page: Page): Promise<Rule[]> {
  return ((await (await page.request.get(`${process.env.WEIR_E2E_URL}/api/v1/rules`)).json()) as { rules: Rule[] })
    .rules;
}

test("rules are listed, found, put in order, and walked by keys", async ({ page }) => {
  const all = await rulesOf(page);
  await page.goto("/rules");
  await settled(page);
  const rows = page.getByRole("region", { name: "Rules" }).last().locator("tbody tr");
  await expect(rows).toHaveCount(all.length);
  await page.getByRole("button", { name: "Severity" }).click();
  await expect(page).toHaveURL(/sort=level/);
  await expect(rows.first()).toContainText(/critical|high/);
  await page.getByRole("searchbox", { name: "Find in rules" }).fill("telnet");
  await expect(page).toHaveURL(/q=telnet/);
  const wanted = all.filter(({ title }) => title.toLowerCase().includes("telnet"));
  expect(wanted.length).toBeGreaterThan(0);
  await expect.poll(() => rows.count()).toBeLessThan(all.length);
  await page.keyboard.press("Tab");
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/sel=/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/rules\/[^?]+\?/);
  await settled(page);
  await expect(page.getByRole("region", { name: "Source" })).toContainText("title:");
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/rules\?/);
});

test("a rule tells what it looks for, and leads to the flows that it matches", async ({ page }) => {
  const telnet = (await rulesOf(page)).find(({ title }) => title === "Telnet session from the Internet");
  await page.goto(`/rules/${telnet?.id}`);
  await settled(page);
  const looks = panel(page, "What it looks for");
  const filter = (await looks.locator("pre").first().textContent()) ?? "";
  expect(filter).toContain("dst_port = 23");
  await looks.getByRole("link", { name: /Flows of the range/ }).click();
  await expect(page).toHaveURL(/\/flows\?/);
  expect(new URL(page.url()).searchParams.get("f")).toBe(filter);
});

test("a rule is tried on the flows that are stored", async ({ page, baseURL }) => {
  const noisy = (await rulesOf(page)).find(({ title }) => title === "Ping sweep");
  await page.goto(`/rules/${noisy?.id}?${await settledRange(page, baseURL)}`);
  await settled(page);
  const backtest = panel(page, "Back-test");
  await backtest.getByRole("button", { name: "Run" }).click();
  await expect(backtest.getByRole("button", { name: "Run again" })).toBeEnabled();
  await expect(backtest).toContainText(/\d+ alerts? in \d+ windows?\. It matches/);
  await expectAccessible(page, "a rule that was tried", "main");
});

test("a rule is switched off with a reason, and on again", async ({ page }) => {
  const rule = (await rulesOf(page)).find(({ kind, enabled }) => kind === "rule" && enabled);
  await page.goto(`/rules/${rule?.id}`);
  await settled(page);
  await page.getByRole("button", { name: "Switch off" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Switch off" })).toBeDisabled();
  await dialog.getByRole("textbox").fill("being rewritten");
  await expectAccessible(page, "the dialog to switch a rule off", "dialog[open]");
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await expect(panel(page, "Switched")).toContainText("off by local: being rewritten");
  expect((await rulesOf(page)).find(({ id }) => id === rule?.id)?.enabled).toBe(false);
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByRole("button", { name: "Switch off" })).toBeVisible();
  expect((await rulesOf(page)).find(({ id }) => id === rule?.id)?.enabled).toBe(true);
});

test("the editor names a mistake with its place, and says what sound text finds", async ({ page }) => {
  await page.goto("/rules/editor");
  const comes = panel(page, "What it comes to");
  await expect(comes).toContainText("it can be used");
  await expect(comes).toContainText("dst_port = 23");
  const text = page.getByRole("textbox", { name: "Sigma rule" });
  await text.getByText("destination.port: 23").click();
  await page.keyboard.press("End");
  await page.keyboard.type("x");
  await expect(comes).toContainText("not usable as it is");
  const place = comes.getByRole("button", { name: /^line \d+, column \d+$/ }).first();
  await expect(place).toBeVisible();
  await expect(text.locator('[class*="mistake"]').first()).toBeVisible();
  await place.click();
  await expect(text).toBeFocused();
  await expectAccessible(page, "a rule with a mistake", "main");
  // What was typed is there after a look elsewhere.
  await page.goto("/rules");
  await page.goto("/rules/editor");
  await expect(comes).toContainText("not usable as it is");
});

test("a rule is begun as a copy of another", async ({ page }) => {
  const correlation = (await rulesOf(page)).find(({ kind, source }) => kind === "correlation" && source !== null);
  await page.goto(`/rules/${correlation?.id}`);
  await page.getByRole("link", { name: "Make one like it" }).click();
  await expect(page.getByRole("textbox", { name: "Sigma rule" })).toContainText(`id: ${correlation?.id}`);
  await expect(panel(page, "What it comes to")).toContainText("its id is that of a rule in force");
});

test("the matrix shows what is covered, and leads to rules", async ({ page, baseURL }) => {
  const matrix = (await (await page.request.get(`${baseURL}/api/v1/attack`)).json()) as {
    version: string;
    tactics: { name: string; techniques: { id: string; rules: unknown[] }[] }[];
  };
  await page.goto("/attack");
  await settled(page);
  await expect(page.getByText(`version ${matrix.version}`)).toBeVisible();
  const cells = page.getByRole("region", { name: "Techniques by tactic" }).getByRole("link");
  await expect(cells).toHaveCount(matrix.tactics.reduce((sum, { techniques }) => sum + techniques.length, 0));
  await cells.first().focus();
  await page.keyboard.press("ArrowDown");
  await expect(cells.nth(1)).toBeFocused();
  const drawer = page.getByRole("complementary", { name: "Technique" });
  const covered = matrix.tactics.flatMap(({ techniques }) => techniques).find(({ rules }) => rules.length > 1);
  await cells
    .filter({ hasText: covered?.id ?? "" })
    .first()
    .click();
  await expect(drawer.getByRole("heading", { name: "Rules" })).toBeVisible();
  await expect(drawer.getByRole("listitem")).toHaveCount(covered?.rules.length ?? 0);
  await expectAccessible(page, "the matrix with a technique", "main");
  await page.reload();
  await drawer.getByRole("listitem").first().getByRole("link").click();
  await expect(page).toHaveURL(/\/rules\/[^?]+/);
});

for (const [scheme, width] of [
  ["dark", 1440],
  ["light", 900],
  ["dark", 320],
] as const) {
  test(`no page of rules has violations or runs out, ${scheme}, ${width} px`, async ({ page, baseURL }) => {
    test.slow();
    const range = await settledRange(page, baseURL);
    const rules = await rulesOf(page);
    const correlation = rules.find(({ kind }) => kind === "correlation");
    await expectSound(page, scheme, width, [
      "/rules",
      `/rules/${correlation?.id}?${range}`,
      "/rules/editor",
      `/attack?${range}`,
      "/tail",
    ]);
  });
}
