import type { Page } from "@playwright/test";
import { digits, expect, expectLeadsToItsRecords, expectSound, panel, settled, settledRange, test } from "./weir";

async function flowsOf(page: Page, range: string, filter: string): Promise<number> {
  const asked = new URLSearchParams(range);
  const answer = await page.request.post(`${process.env.WEIR_E2E_URL}/api/v1/query`, {
    data: {
      from: asked.get("from"),
      to: asked.get("to"),
      filter: [`received < ${asked.get("to")}`, filter].join(" and "),
      measures: ["flows"],
    },
  });
  const { rows } = (await answer.json()) as { rows: { flows: number }[] };
  return rows[0]?.flows ?? 0;
}

test("countries are on the map, in the list, and lead to their flows", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  const known = (await flowsOf(page, range, "dst_country exists")) > 0;
  test.skip(!known && !process.env.CI, "no geo database: `make setup` brings one");
  // Both count what had arrived by the same moment.
  await page.goto(`/geo?${range}&asof=${new URLSearchParams(range).get("to")}`);
  await settled(page);
  const map = page.getByRole("group", { name: "Traffic to countries, as a map" });
  await map.focus();
  await page.keyboard.press("ArrowRight");
  const largest = (await map.locator("[aria-live]").textContent()) ?? "";
  const first = panel(page, /^Countries$/)
    .getByRole("row")
    .nth(1);
  expect(largest.split(":")[0]).toBe(await first.getByRole("button").textContent());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("Escape");
  // Everything is somewhere: in a country, private, or unknown.
  const elsewhere = page.locator("main dl").getByRole("link");
  const counts = await panel(page, /^Countries$/)
    .getByRole("link")
    .allTextContents();
  const away = await elsewhere.allTextContents();
  const all = [...counts, ...away].reduce((sum, text) => sum + digits(text), 0);
  expect(all).toBe(await flowsOf(page, range, "kind = flow"));
  await page.getByRole("group", { name: "Direction" }).getByRole("button", { name: "From" }).click();
  await expect(page).toHaveURL(/side=src/);
  await settled(page);
  await expect(page.getByRole("group", { name: "Traffic from countries, as a map" })).toBeVisible();
  const url = page.url();
  for (const link of [
    elsewhere.first(),
    panel(page, /^Countries$/)
      .getByRole("link")
      .first(),
  ]) {
    await page.goto(url);
    await settled(page);
    await expectLeadsToItsRecords(page, link);
  }
});

test("no AS has the number 0, and what is left out leads to its flows", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  await page.goto(`/as?${range}`);
  await settled(page);
  const list = page.getByRole("region", { name: "AS traffic" }).last();
  const numbers = await list.getByRole("rowheader").allTextContents();
  expect(numbers.length).toBeGreaterThan(3);
  expect(numbers.filter((text) => !/^[1-9]/.test(text.trim()))).toEqual([]);
  await expectLeadsToItsRecords(page, page.getByText("Of no known AS").getByRole("link").first());
});

test("interfaces are listed, found, and have a page", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  await page.goto(`/interfaces?${range}`);
  await settled(page);
  const list = page.getByRole("region", { name: "Interfaces" }).last();
  const rows = list.locator("tbody tr");
  expect(await rows.count()).toBeGreaterThan(5);
  await page.getByRole("searchbox", { name: "Find in interfaces" }).fill("127.0.1.4");
  await expect(page).toHaveURL(/q=127\.0\.1\.4/);
  await expect.poll(async () => (await list.getByText("127.0.1.4").count()) - (await rows.count())).toBe(0);
  // An sFlow agent tells the speed of its interfaces.
  await expect(rows.first()).toContainText("10.0\u2009Gbit/s");
  const url = page.url();
  await expectLeadsToItsRecords(page, rows.first().getByRole("link", { name: /flows into/ }));
  await page.goto(url);
  await settled(page);
  await rows.first().getByRole("link").first().click();
  await expect(page).toHaveURL(/\/interfaces\/127\.0\.1\.4\/\d+\?/);
  await settled(page);
  await expect(page.getByRole("region", { name: "Counters of the router" })).toContainText("Bytes of flows");
  await expect(page.getByText(/95th percentile of buckets/)).toBeVisible();
  await expectLeadsToItsRecords(page, page.locator("dl").getByRole("link").first());
});

test("the pages of networks are reached by keys", async ({ page, baseURL }) => {
  await page.goto(`/?${await settledRange(page, baseURL)}`);
  await settled(page);
  for (const [key, path] of [
    ["m", "geo"],
    ["i", "interfaces"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page).toHaveURL(new RegExp(`/${path}\\?`));
    await settled(page);
  }
});

for (const [scheme, width] of [
  ["light", 1440],
  ["dark", 900],
  ["light", 320],
] as const) {
  test(`no page of networks has violations or runs out, ${scheme}, ${width} px`, async ({ page, baseURL }) => {
    test.slow();
    const range = await settledRange(page, baseURL);
    await expectSound(page, scheme, width, [
      `/geo?${range}`,
      `/interfaces?${range}`,
      `/interfaces/127.0.1.4/3?${range}`,
    ]);
  });
}
