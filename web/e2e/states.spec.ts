import { expect, settled, test } from "./weir";

test.describe("without the server", () => {
  test.use({ tolerated: /Failed to load resource|ERR_FAILED|503/ });

  test("a panel that fails says so and can be asked again, the others go on", async ({ page }) => {
    let failing = true;
    await page.route("**/api/v1/query/timeseries", async (route) => {
      const asksForSeries = (route.request().postData() ?? "").includes('"by"');
      if (failing && asksForSeries)
        await route.fulfill({
          status: 500,
          json: { error: { code: "internal", message: "a segment cannot be read" } },
        });
      else await route.continue();
    });
    await page.goto("/?from=now-15m&to=now&v=1");
    const alert = page.getByRole("alert").filter({ hasText: "a segment cannot be read" });
    await expect(alert).toBeVisible();
    await expect(
      page
        .locator("section", { has: page.getByRole("heading", { name: "Top talkers" }) })
        .getByRole("row")
        .nth(2),
    ).toBeVisible();
    failing = false;
    await alert.getByRole("button", { name: "Retry" }).click();
    await expect(alert).toHaveCount(0);
    await settled(page);
  });

  test("a lost connection is said, and forgotten when it is back", async ({ page }) => {
    await page.goto("/?from=now-15m&to=now&v=1");
    await settled(page);
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.reload();
    await expect(page.getByRole("alert").filter({ hasText: "The server cannot be reached" })).toBeVisible();
    await page.unroute("**/api/v1/**");
    await expect(page.getByRole("alert").filter({ hasText: "The server cannot be reached" })).toHaveCount(0);
    await settled(page);
    await expect(page.getByRole("link", { name: /^Flows \d/ })).toBeVisible();
  });
});

test("nothing that matches offers the term to drop", async ({ page }) => {
  await page.goto("/flows?from=now-15m&to=now&f=protocol+=+6+and+src_ip+=+198.18.255.254&v=1");
  await expect(page.getByText("No records match.")).toBeVisible();
  await page.getByRole("button", { name: /Drop src_ip = 198\.18\.255\.254/ }).click();
  await expect(page.getByRole("grid")).toBeVisible();
  expect(new URL(page.url()).searchParams.get("f")).toBe("protocol = 6");
});

test("an empty store says how to send something", async ({ page }) => {
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
  for (const device of ["Juniper", "MikroTik", "OPNsense / pfSense", "softflowd", "Open vSwitch"]) {
    await page.getByRole("tab", { name: device }).click();
    await expect(page.getByRole("tabpanel", { name: device })).toContainText("COLLECTOR");
  }
});

test("a panel tells how it got its numbers", async ({ page }) => {
  await page.goto("/?from=now-15m&to=now&f=protocol+=+6&v=1");
  await settled(page);
  await page.getByRole("button", { name: "Query behind Services" }).click();
  const card = page.getByRole("dialog", { name: "Query behind Services" });
  await expect(card).toContainText("Rows scanned");
  await expect(card).toContainText("curl -s");
  await expect(card).toContainText("protocol = 6");
});
