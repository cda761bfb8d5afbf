import { expect, filterText, settled, settledRange, test } from "./weir";

const filterOf = (url: string) => new URL(url).searchParams.get("f");

test("the editor is loaded, and offers values by how frequent they are", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  const filter = page.getByRole("textbox", { name: "Filter" });
  await filter.click();
  await expect(page.locator(".cm-editor")).toBeVisible();
  await page.keyboard.type("protocol = ");
  const options = page.getByRole("option");
  await expect(options.first()).toContainText("records");
  const counts = await options.filter({ hasText: "records" }).allTextContents();
  const numbers = counts.map((text) => Number(/([\d\u2009]+) records/.exec(text)?.[1]?.replace(/\D/g, "")));
  expect(numbers.length).toBeGreaterThan(1);
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => filterText(page)).toMatch(/^protocol = (tcp|udp) $/);
  await page.keyboard.press("Control+Enter");
  await expect.poll(() => filterOf(page.url())).toMatch(/^protocol = /);
  // The style sheet of the editor came with the page's nonce: nothing was blocked, or the test would have failed.
  expect(
    await page.locator(".cm-content").evaluate((element) => getComputedStyle(element).whiteSpaceCollapse),
  ).not.toBe("collapse");
});

test("every mistake is underlined and named with its place, and can be mended", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await page.getByRole("textbox", { name: "Filter" }).click();
  await expect(page.locator(".cm-editor")).toBeVisible();
  await page.keyboard.type("protcol = tcp and dst_port = 99999");
  await page.keyboard.press("Control+Enter");
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("column 1");
  await expect(alert).toContainText("column 30");
  await expect(page.locator('.cm-content [class*="mistake"]')).toHaveText(["protcol", "99999"]);
  expect(filterOf(page.url())).toBeNull();
  await alert.getByRole("button", { name: "Use protocol" }).click();
  await expect.poll(() => filterText(page)).toBe("protocol = tcp and dst_port = 99999");
});

test("a pasted list of addresses becomes a set, and a field explains itself", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await page.getByRole("textbox", { name: "Filter" }).click();
  const content = page.locator(".cm-content");
  await expect(content).toBeVisible();
  await page.keyboard.type("src_ip in ");
  await content.evaluate((element) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "10.0.0.1\n10.0.0.2\n10.0.0.1\n");
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await expect.poll(() => filterText(page)).toBe("src_ip in (10.0.0.1, 10.0.0.2)");
  await content.getByText("src_ip").hover();
  await expect(page.getByText("Address that the flow was sent from.")).toBeVisible();
});

test("nfdump's syntax is read, and written in Weir's words", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await page.getByRole("textbox", { name: "Filter" }).fill("proto tcp and dst port 443");
  await expect(page.getByRole("status").filter({ hasText: "protocol = tcp and dst_port = 443" })).toBeVisible();
  await page.getByRole("textbox", { name: "Filter" }).press("Enter");
  await expect.poll(() => filterOf(page.url())).toBe("protocol = tcp and dst_port = 443");
  await expect(page.getByRole("list", { name: "Filter terms" }).getByRole("listitem")).toHaveCount(3);
});

test("the command palette knows pages, entities, times and filters", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  const run = async (text: string, option: RegExp) => {
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "Command" });
    await expect(field).toBeFocused();
    await field.fill(text);
    await page.getByRole("option", { name: option }).first().click();
    await expect(field).toHaveCount(0);
  };
  await run("10.0.0.0/8", /Filter to ip in 10\.0\.0\.0\/8/);
  await expect.poll(() => filterOf(page.url())).toBe("ip in 10.0.0.0/8");
  await run("dst port 53", /Flows of dst_port = 53/);
  await expect(page).toHaveURL(/\/flows\?/);
  expect(filterOf(page.url())).toBe("dst_port = 53");
  await run("3 hours", /Last 3 hours/);
  await expect(page).toHaveURL(/from=now-3h/);
  await run("overv", /Overview/);
  await expect(page).toHaveURL(/\/\?/);
  await run("week before", /Compare with a week before/);
  await expect(page).toHaveURL(/cmp=7d/);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("a comparison is part of the link, drawn, and ends with a click", async ({ page, baseURL }) => {
  // The second half of what there is, so that there is a period before it.
  const whole = new URLSearchParams(await settledRange(page, baseURL));
  const [from, to] = [Date.parse(whole.get("from") ?? ""), Date.parse(whole.get("to") ?? "")];
  const half = new Date(Math.ceil((from + to) / 2000) * 1000).toISOString();
  await page.goto(`/?from=${half}&to=${new Date(to).toISOString()}&v=1`);
  await settled(page);
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/cmp=prev/);
  await settled(page);
  await expect(page.getByText("dashed: the period before")).toBeVisible();
  const talkers = page.locator("section", { has: page.getByRole("heading", { name: "Top talkers" }) });
  await expect(talkers.getByRole("columnheader", { name: "change" })).toBeVisible();
  await page.getByRole("button", { name: "Compare with nothing" }).click();
  await expect(page).not.toHaveURL(/cmp=/);
  await expect(talkers.getByRole("columnheader", { name: "change" })).toHaveCount(0);
});

test("any zone can be named, and every time follows it", async ({ page }) => {
  await page.goto("/flows?from=now-15m&to=now&v=1");
  await settled(page);
  const cell = page.getByRole("grid").getByRole("row").nth(1).getByRole("gridcell").first();
  await page.keyboard.press("t");
  await page.getByLabel("Name of a time zone").fill("Asia/Kolkata");
  await expect(page).toHaveURL(/tz=Asia\/Kolkata/);
  await page.keyboard.press("Escape");
  await settled(page);
  await expect(page.getByRole("columnheader", { name: /Asia\/Kolkata/ })).toBeVisible();
  const minutes = (text: string | null) => Number(/:(\d\d):/.exec(text ?? "")?.[1]);
  const shown = minutes(await cell.textContent());
  // Half an hour apart from every whole-hour zone.
  const now = new Date().getUTCMinutes();
  expect(Math.min(...[0, 1, 2, 3, 16].map((late) => Math.abs(((now + 30 - late + 60) % 60) - shown)))).toBeLessThan(16);
});

test("rows are compact or roomy, everywhere", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&v=1");
  await settled(page);
  const row = page
    .locator("section", { has: page.getByRole("heading", { name: "Top talkers" }) })
    .locator("tbody tr")
    .first();
  const before = (await row.boundingBox())?.height ?? 0;
  await page.getByRole("button", { name: "Compact rows" }).click();
  await expect.poll(async () => (await row.boundingBox())?.height ?? 0).toBeGreaterThan(before);
  await page.reload();
  await settled(page);
  expect((await row.boundingBox())?.height ?? 0).toBeGreaterThan(before);
});

test.describe("with a server that cannot store", () => {
  test.use({ tolerated: /503/ });

  test("the page says what is wrong and goes on", async ({ page }) => {
    await page.route("**/api/v1/health", async (route) => {
      const answer = await route.fetch();
      const health: unknown = await answer.json();
      await route.fulfill({
        status: 503,
        json: { ...(health as object), status: "failing", trouble: "the journal cannot be written" },
      });
    });
    await page.goto("/?from=now-15m&to=now&v=1");
    await expect(page.getByRole("alert").filter({ hasText: "the journal cannot be written" })).toContainText("Since");
    await settled(page);
    await expect(page.getByText("The server cannot be reached")).toHaveCount(0);
    await expect(page.getByRole("link", { name: /^Flows \d/ })).toBeVisible();
  });
});
