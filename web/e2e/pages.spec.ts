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
  // A record with two ends and ports, whichever exporter it is of.
  await page.goto(`/flows?${await settledRange(page, baseURL)}&f=protocol+=+6`);
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("row").nth(3)).toBeVisible();
  await grid
    .getByRole("row")
    .nth(2)
    .click({ position: { x: 12, y: 12 } });
  const drawer = page.getByRole("complementary", { name: "Record" });
  // Records with translated addresses have a "NAT source IP" as well.
  await expect(drawer.getByText("Source IP", { exact: true })).toBeVisible();
  await expect(drawer.getByRole("region", { name: "Counters" })).toBeVisible();
  await expect(drawer.getByText("Export protocol", { exact: true })).toBeVisible();

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

test("every number leads to exactly its records, while more arrive", async ({ page, baseURL }) => {
  const matched = page.getByTestId("matched");
  const panel = (name: string) => page.locator("section", { has: page.getByRole("heading", { name, exact: true }) });
  for (const range of ["from=now-15m&to=now&v=1", await settledRange(page, baseURL)]) {
    await page.goto(`/?${range}`);
    await settled(page);
    const tile = page.getByRole("link", { name: /^Flows \d/ });
    const links = [
      { name: "tile", link: tile, count: digits(await tile.getAttribute("title")) },
      ...(await Promise.all(
        ["Services", "Top talkers", "Exporters"].map(async (name) => {
          const link = panel(name).getByRole("link").first();
          return { name, link, count: digits(await link.textContent()) };
        }),
      )),
    ];
    const targets = await Promise.all(
      links.map(async ({ name, link, count }) => ({ name, count, href: (await link.getAttribute("href")) ?? "" })),
    );
    const services = await panel("Services").getByRole("link").allTextContents();
    expect(services.reduce((sum, text) => sum + digits(text), 0)).toBe(targets[0]?.count);
    // Records of the range come on arriving before the first link is followed.
    await expect
      .poll(async () => {
        const health = (await (await page.request.get(`${baseURL}/api/v1/health`)).json()) as {
          store: { newest: string };
        };
        return Date.parse(health.store.newest);
      })
      .toBeGreaterThan(Date.now() - 1000);
    await page.waitForTimeout(3000);
    for (const { name, count, href } of targets) {
      await page.goto(href);
      await settled(page);
      await expect(matched, `${name}: ${href}`).toHaveText(/\d/);
      expect(digits(await matched.textContent()), `${name}: ${href}`).toBe(count);
    }
    expect(targets[0]?.count).toBeGreaterThan(0);
  }
  // Who wants to know the rest drops the moment.
  await page.getByRole("button", { name: "Count what has arrived since" }).click();
  await expect(page).not.toHaveURL(/asof=/);
});

test("a range that ends now is frozen by the link to its records", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  const href = await page.getByRole("link", { name: /^Flows \d/ }).getAttribute("href");
  expect(href).toMatch(/^\/flows\?from=\d{4}-\d\d-\d\dT[\d:]+Z&to=(\d{4}-\d\d-\d\dT[\d:]+Z)&asof=\1/);
});

test("tile, legend and table show the same rate, also where most of the range has no data", async ({ page }) => {
  const panel = (name: string) => page.locator("section", { has: page.getByRole("heading", { name, exact: true }) });
  for (const from of ["now-15m", "now-90d"]) {
    await page.goto(`/?from=${from}&to=now&v=1`);
    await settled(page);
    const legend = panel("Traffic over time").getByRole("row", { name: /^https / });
    const table = panel("Services").getByRole("row", { name: /^https / });
    const rate = (await table.getByRole("cell").first().textContent()) ?? "";
    expect(rate).toMatch(/bit\/s$/);
    await expect(legend.getByRole("cell").first()).toHaveText(rate);
    expect(await legend.getByRole("cell").last().textContent()).toBe(
      await table.getByRole("cell").nth(1).textContent(),
    );
    if (from === "now-90d") await expect(page.getByRole("link", { name: /^Throughput/ })).toContainText(/avg of \d/);
  }
});

test("the record table follows the sampling switch", async ({ page, baseURL }) => {
  await page.goto(`/flows?${await settledRange(page, baseURL)}&f=sampling+>+1`);
  await settled(page);
  const row = page.getByRole("grid").getByRole("row").nth(1);
  const bytes = row.locator('[data-value="bytes"]');
  const adjusted = digits(await bytes.textContent());
  await expect(bytes).toHaveText(/^≈/);
  const exported = digits(await bytes.getAttribute("title"));
  expect(adjusted).toBeGreaterThan(exported);
  const toggle = page.getByRole("switch", { name: "≈ adjusted" });
  await expect(toggle).toHaveCount(1);
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  await expect.poll(async () => digits(await bytes.textContent())).toBe(exported);
});

test("a value has one colour on both pages", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  const colourOf = async (entry: ReturnType<typeof page.locator>) =>
    entry.locator('[class*="swatch"]').evaluate((element) => getComputedStyle(element).backgroundColor);
  await page.goto(`/?${range}`);
  await settled(page);
  const legend = page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "max" }) });
  const overview = await colourOf(legend.getByRole("row", { name: /^https / }));
  const other = await colourOf(legend.getByRole("row", { name: /^Other/ }));
  expect(overview).not.toBe(other);
  await page.goto(`/flows?${range}`);
  await settled(page);
  const item = (name: string) =>
    page.getByRole("list", { name: "Series" }).getByRole("listitem").filter({ hasText: name });
  expect(await colourOf(item("https").first())).toBe(overview);
  expect(await colourOf(item("Other"))).toBe(other);
});

test("the Overview shows exporters without scrolling", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  await expect(page.getByRole("region", { name: "Exporters" }).getByRole("row").nth(2)).toBeInViewport({ ratio: 1 });
});
