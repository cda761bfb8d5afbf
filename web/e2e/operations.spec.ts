import { digits, expect, settled, test } from "./weir";

test("the Exporters page sorts, finds, opens one, and leads to its records", async ({ page }) => {
  await page.goto("/exporters?from=now-15m&to=now&v=1");
  await settled(page);
  const grid = page.getByRole("grid", { name: "Exporters" });
  const addresses = grid.locator('[role="gridcell"]:nth-child(2)');
  const all = await addresses.count();
  expect(all).toBeGreaterThan(2);
  await grid.getByRole("button", { name: "Records", exact: true }).click();
  await expect(page).toHaveURL(/sort=-records/);
  const records = async () =>
    (
      await grid
        .locator('[role="gridcell"]:nth-child(6) span')
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("title")))
    ).map(digits);
  const down = await records();
  expect(down).toEqual([...down].sort((a, b) => b - a));
  const wanted = (await addresses.first().textContent()) ?? "";
  await page.getByRole("searchbox", { name: /Find an exporter/ }).fill(wanted);
  await expect(page).toHaveURL(new RegExp(`q=${wanted.replaceAll(".", "\\.")}`));
  await expect.poll(() => addresses.count()).toBeLessThan(all);
  await grid
    .getByRole("row")
    .nth(1)
    .click({ position: { x: 8, y: 8 } });
  const detail = page.getByRole("complementary", { name: "Exporter" });
  await expect(detail.getByRole("heading", { level: 2 })).toHaveText(wanted);
  for (const section of ["Who", "Sent", "Missing", "Scale and clock", "Templates", "Could not be read"]) {
    await expect(detail.getByRole("region", { name: section })).toBeVisible();
  }
  // What is open is part of the link.
  await page.reload();
  await expect(detail.getByRole("heading", { level: 2 })).toHaveText(wanted);
  await expect(detail.getByRole("link", { name: /\d records/ })).toBeVisible();
  await detail.getByRole("link", { name: /\d records/ }).click();
  await expect(page).toHaveURL(/\/flows\?/);
  expect(new URL(page.url()).searchParams.get("f")).toContain(`exporter = ${wanted}`);
  await settled(page);
  expect(digits(await page.getByTestId("matched").textContent())).toBeGreaterThan(0);
});

test("an exporter shows what is in its templates", async ({ page }) => {
  await page.goto("/exporters?sort=-templates");
  await settled(page);
  await page
    .getByRole("grid", { name: "Exporters" })
    .getByRole("row")
    .nth(1)
    .click({ position: { x: 8, y: 8 } });
  const templates = page.getByRole("complementary", { name: "Exporter" }).getByRole("region", { name: "Templates" });
  await templates.locator("summary").first().click();
  await expect(templates.getByRole("columnheader", { name: "Element" }).first()).toBeVisible();
  await expect(templates.getByRole("rowheader", { name: /^[a-z]\w+[A-Z]/ }).first()).toBeVisible();
});

test("exporters are walked through by keys", async ({ page }) => {
  await page.goto("/exporters");
  await settled(page);
  const grid = page.getByRole("grid", { name: "Exporters" });
  await grid.focus();
  await page.keyboard.press("j");
  const first = new URL(page.url()).searchParams.get("sel");
  expect(first).not.toBeNull();
  await page.keyboard.press("j");
  await expect.poll(() => new URL(page.url()).searchParams.get("sel")).not.toBe(first);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/sel=/);
});

test("the ledgers on the Health page add up and are the server's", async ({ page, baseURL }) => {
  await page.goto("/health");
  await settled(page);
  for (const name of ["Datagrams", "Records", "Counters"]) {
    await expect(page.getByRole("table", { name: new RegExp(`^${name}`) })).toContainText("adds up");
  }
  const shown = await page
    .getByRole("table", { name: /^Records/ })
    .getByRole("row", { name: /^decoded/ })
    .textContent();
  const accounting = (await (await page.request.get(`${baseURL}/api/v1/accounting`)).json()) as {
    records: { decoded: number };
  };
  expect(digits(shown)).toBeGreaterThan(0);
  expect(digits(shown)).toBeLessThanOrEqual(accounting.records.decoded);
  await expect(page.getByRole("region", { name: "Sockets" }).getByRole("row").nth(1)).toBeVisible();
  await expect(page.getByRole("meter")).toBeVisible();
});
