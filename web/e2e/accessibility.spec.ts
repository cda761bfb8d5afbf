import { expect, expectAccessible, settled, settledRange, test } from "./weir";

for (const scheme of ["light", "dark"] as const) {
  for (const width of [1440, 700]) {
    test(`no page has violations, ${scheme}, ${width} px`, async ({ page, baseURL }) => {
      // A look at a whole page by rules takes seconds, and there are nine.
      test.slow();
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      const range = await settledRange(page, baseURL);
      await page.goto(`/?${range}&f=protocol+=+6+and+not+src_port+=+22`);
      await settled(page);
      await expectAccessible(page, "Overview");
      await page.getByRole("rowheader").first().getByRole("button").click();
      await expect(page.getByRole("menu")).toBeVisible();
      await expectAccessible(page, "the pivot menu", '[role="menu"]');
      await page.goto(`/flows?${range}`);
      await settled(page);
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("complementary", { name: "Record" }).getByText("Export protocol")).toBeVisible();
      await expectAccessible(page, "Flows with a record");
      await page.keyboard.press("t");
      await expect(page.getByLabel("Type a range")).toBeVisible();
      await expectAccessible(page, "the time picker", '[role="dialog"]');
      await page.goto(`/?${range}`);
      await page.getByRole("textbox", { name: "Filter" }).click();
      await expect(page.locator(".cm-editor")).toBeVisible();
      await page.keyboard.type("protocol = ");
      await expect(page.getByRole("option").first()).toBeVisible();
      await expectAccessible(page, "the completions", "header");
      await page.keyboard.type("nothing and bytes > x");
      await page.keyboard.press("Control+Enter");
      await expect(page.getByRole("alert")).toBeVisible();
      await expectAccessible(page, "mistakes in the filter", "header");
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("combobox", { name: "Command" })).toBeFocused();
      await expectAccessible(page, "the command palette", "dialog[open]");
      await page.goto("/exporters");
      await settled(page);
      await page.getByRole("grid", { name: "Exporters" }).press("j");
      await expect(page.getByRole("complementary", { name: "Exporter" }).getByText("First seen")).toBeVisible();
      await expectAccessible(page, "Exporters with one of them");
      await page.goto("/health");
      await settled(page);
      await expectAccessible(page, "Health");
    });
  }
}

test("the setup page has no violations", async ({ page }) => {
  await page.route("**/api/v1/health", async (route) => {
    const answer = await route.fetch();
    const health: unknown = await answer.json();
    await route.fulfill({
      json: {
        ...(health as object),
        store: { segments: 0, rows: 0, bytes: 0, hot_rows: 0, oldest: null, newest: null },
      },
    });
  });
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Waiting for the first flows" })).toBeVisible();
  await expectAccessible(page, "setup");
});

test("nothing runs out of a window of 320 px", async ({ page, baseURL }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  for (const path of ["/", "/flows", "/exporters", "/health"]) {
    await page.goto(`${path}?${await settledRange(page, baseURL)}`);
    await settled(page);
    const wide = await page.evaluate(() => {
      const scrolls = (element: Element): boolean =>
        element.parentElement !== null &&
        (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(element.parentElement).overflowX) ||
          scrolls(element.parentElement));
      const out = [...document.body.querySelectorAll("*")].filter(
        (element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element),
      );
      return out.map((element) => `${element.tagName} ${element.className}`).slice(0, 6);
    });
    expect(wide, path).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
  }
});
