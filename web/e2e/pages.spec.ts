import { digits, expect, settled, settledRange, test } from "./weir";

test("the Overview shows what is on the network", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  for (const tile of ["Throughput", "Packets", "Flows", "Active hosts", "Exporters"]) {
    const link = page.getByRole("link", { name: new RegExp(`^${tile}\\W*\\d`) });
    await expect(link).toBeVisible();
  }
  await expect(page.getByRole("link", { name: /Data quality/ })).toBeVisible();
  for (const panel of ["Traffic over time", "Top talkers", "Services", "Destinations", "Exporters"]) {
    await expect(page.getByRole("heading", { name: panel, exact: true })).toBeVisible();
  }
  await expect(page.getByRole("group", { name: "Traffic by Service over time" }).locator("canvas")).toBeVisible();
  const exporters = page.getByRole("region", { name: "Exporters" }).getByRole("row");
  expect(await exporters.count()).toBeGreaterThan(1);
});

test("the Flows page shows records and one of them in full", async ({ page, baseURL }) => {
  await page.goto(`/flows?${await settledRange(page, baseURL)}`);
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("row").nth(3)).toBeVisible();
  await grid
    .getByRole("row")
    .nth(2)
    .click({ position: { x: 12, y: 12 } });
  const drawer = page.getByRole("complementary", { name: "Record" });
  await expect(drawer.getByText("Source IP")).toBeVisible();
  await expect(drawer.getByRole("region", { name: "Counters" })).toBeVisible();
  await expect(drawer.getByText("Export protocol")).toBeVisible();

  // The open record is part of the link.
  const title = await drawer.getByRole("heading", { level: 2 }).textContent();
  await page.reload();
  await expect(drawer.getByRole("heading", { level: 2 })).toHaveText(title ?? "");

  const before = digits(await page.getByTestId("matched").textContent());
  await drawer.getByRole("link", { name: "Both directions" }).click();
  await expect(page.getByRole("complementary", { name: "Record" })).toHaveCount(0);
  await expect.poll(async () => digits(await page.getByTestId("matched").textContent())).toBeLessThan(before);
  expect(digits(await page.getByTestId("matched").textContent())).toBeGreaterThan(0);
});

test("more records come as the list is scrolled", async ({ page, baseURL }) => {
  await page.goto(`/flows?${await settledRange(page, baseURL)}`);
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("row").nth(3)).toBeVisible();
  const matched = digits(await page.getByTestId("matched").textContent());
  expect(Number(await grid.getAttribute("aria-rowcount"))).toBe(matched + 1);
  await expect
    .poll(async () => {
      await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      const last = await grid.getByRole("row").last().getAttribute("aria-rowindex");
      return Number(last);
    })
    .toBeGreaterThan(Math.min(matched, 500));
});

test("every number leads to exactly its records", async ({ page, baseURL }) => {
  // A record may still arrive for a time that has passed; then both numbers are read again.
  await expect(async () => {
    await page.goto(`/?${await settledRange(page, baseURL)}`);
    await settled(page);
    const tile = page.getByRole("link", { name: /^Flows \d/ });
    const flows = digits((await tile.getAttribute("title")) ?? "");
    expect(flows).toBeGreaterThan(0);
    await tile.click();
    await expect(page).toHaveURL(/\/flows\?/);
    await expect(page.getByTestId("matched")).toHaveText(/\d/);
    expect(digits(await page.getByTestId("matched").textContent())).toBe(flows);
  }).toPass({ timeout: 45_000 });

  await expect(async () => {
    await page.goto(`/?${await settledRange(page, baseURL)}`);
    await settled(page);
    for (const name of ["Services", "Top talkers", "Exporters"]) {
      const link = page
        .locator("section", { has: page.getByRole("heading", { name, exact: true }) })
        .getByRole("link")
        .first();
      const wanted = digits(await link.textContent());
      const href = await link.getAttribute("href");
      await page.goto(href ?? "");
      await expect(page.getByTestId("matched")).toHaveText(/\d/);
      expect(digits(await page.getByTestId("matched").textContent()), name).toBe(wanted);
      await page.goBack();
      await settled(page);
    }
  }).toPass({ timeout: 45_000 });
});

test("a range that ends now is frozen by the link to its records", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  const href = await page.getByRole("link", { name: /^Flows \d/ }).getAttribute("href");
  expect(href).toMatch(/^\/flows\?from=\d{4}-\d\d-\d\dT[\d:]+Z&to=\d{4}-\d\d-\d\dT[\d:]+Z/);
});
