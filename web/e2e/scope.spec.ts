import { digits, expect, filterText, settled, settledRange, test } from "./weir";

test("a click on a mark filters everything, and the link brings it back", async ({ page, baseURL }) => {
  await page.goto(`/?${await settledRange(page, baseURL)}`);
  await settled(page);
  const flows = page.getByRole("link", { name: /^Flows \d/ });
  const all = digits(await flows.getAttribute("title"));

  // A bar of the chart: the pointer goes where the first series is drawn.
  const chart = page.getByRole("group", { name: "Traffic by Service over time" });
  const box = await chart.locator(".u-over").boundingBox();
  if (!box) throw new Error("the chart has no size");
  const menu = page.getByRole("menu");
  const filterTo = menu.getByRole("menuitem", { name: /Filter to it/ });
  for (let at = 0.9; at > 0.1; at -= 0.1) {
    await page.mouse.click(box.x + box.width * at, box.y + box.height - 2);
    await expect(menu).toBeVisible();
    if ((await filterTo.count()) > 0) break;
    // Nothing was received in this bucket: its menu is about the time only.
    await page.keyboard.press("Escape");
    await expect(menu).toHaveCount(0);
  }
  await filterTo.click();

  const chips = page.getByRole("list", { name: "Filter terms" });
  await expect(chips.getByRole("listitem")).toHaveCount(1);
  await expect.poll(() => filterText(page)).toMatch(/^service = /);
  await expect.poll(async () => digits(await flows.getAttribute("title"))).toBeLessThan(all);
  await settled(page);

  const seen = async () => ({
    url: page.url(),
    flows: digits(await flows.getAttribute("title")),
    filter: await filterText(page),
    top: await page
      .locator("section", { has: page.getByRole("heading", { name: "Top talkers" }) })
      .getByRole("rowheader")
      .allTextContents(),
  });
  const before = await seen();
  await page.reload();
  await settled(page);
  expect(await seen()).toEqual(before);

  await page.goBack();
  await settled(page);
  await expect(chips).toHaveCount(0);
  await expect.poll(async () => digits(await flows.getAttribute("title"))).toBe(all);
});

test("the legend opens the same menu, and a chip negates and removes its term", async ({ page, baseURL }) => {
  await page.goto(`/?${await settledRange(page, baseURL)}`);
  await settled(page);
  const legend = page.locator("section", { has: page.getByRole("heading", { name: "Traffic over time" }) });
  await legend.getByRole("rowheader").first().getByRole("button").click();
  await page.keyboard.press("f");
  const chips = page.getByRole("list", { name: "Filter terms" });
  await expect(chips.getByRole("listitem")).toHaveCount(1);
  await chips.getByRole("button", { name: /^Negate/ }).click();
  await expect.poll(() => filterText(page)).toMatch(/^not service = /);
  await chips.getByRole("button", { name: /^Remove/ }).click();
  await expect(chips).toHaveCount(0);
});

test("a brush over the chart zooms in", async ({ page, baseURL }) => {
  await page.goto(`/?${await settledRange(page, baseURL)}`);
  await settled(page);
  const before = new URL(page.url()).searchParams;
  const box = await page.getByRole("group", { name: "Traffic by Service over time" }).locator(".u-over").boundingBox();
  if (!box) throw new Error("the chart has no size");
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 60, { steps: 8 });
  await page.mouse.up();
  await expect.poll(() => new URL(page.url()).searchParams.get("from")).not.toBe(before.get("from"));
  const after = new URL(page.url()).searchParams;
  expect(Date.parse(after.get("from") ?? "")).toBeGreaterThan(Date.parse(before.get("from") ?? ""));
  expect(Date.parse(after.get("to") ?? "")).toBeLessThan(Date.parse(before.get("to") ?? ""));
});

test("a wrong filter is shown where it is wrong, and not applied", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  const filter = page.getByRole("textbox", { name: "Filter" });
  await filter.fill("servce = https");
  await filter.press("Enter");
  await expect(page.getByRole("alert")).toContainText("servce");
  expect(new URL(page.url()).searchParams.get("f")).toBeNull();
  await expect(filter).toHaveAttribute("aria-invalid", "true");
});

test("completion leads from a field to a value", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  const filter = page.getByRole("textbox", { name: "Filter" });
  await filter.click();
  await filter.pressSequentially("serv");
  await page.getByRole("option", { name: /^service/ }).click();
  await page.getByRole("option", { name: /^=/ }).click();
  await page
    .getByRole("option", { name: /records$/ })
    .first()
    .click();
  await expect.poll(() => filterText(page)).toMatch(/^service = \S+ $/);
  await page.keyboard.press("Escape");
  await filter.press("Enter");
  await expect.poll(() => new URL(page.url()).searchParams.get("f")).toMatch(/^service = /);
});

test("time range, unit and grouping are in the link and follow to the other page", async ({ page }) => {
  await page.goto("/");
  await settled(page);
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByRole("button", { name: "30 minutes" }).click();
  await page.getByRole("combobox", { name: "Unit" }).selectOption("pps");
  await page.getByRole("combobox", { name: "by" }).selectOption("protocol");
  await expect(page).toHaveURL(/from=now-30m&to=now.*by=protocol.*m=pps/);
  await page.getByRole("link", { name: "Flows", exact: true }).click();
  await expect(page).toHaveURL(/\/flows\?from=now-30m&to=now.*by=protocol.*m=pps/);
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByLabel("Type a range").fill("yesterday");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\dT00:00:00Z&to=\d{4}-\d\d-\d\dT00:00:00Z/);
});
