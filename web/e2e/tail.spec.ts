import { digits, expect, settled, test } from "./weir";

test("flows come as they arrive, stop on demand, and are found in Flows", async ({ page }) => {
  await page.goto("/tail?f=protocol+=+udp&v=1");
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("row").nth(5)).toBeVisible();
  const first = async () => grid.getByRole("row").nth(1).textContent();
  const before = await first();
  await expect.poll(first).not.toBe(before);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText(/paused at/)).toBeVisible();
  const count = Number(await grid.getAttribute("aria-rowcount")) - 1;
  const stopped = await first();
  await page.waitForTimeout(2500);
  expect(await first()).toBe(stopped);
  const unshown = digits(
    /([\d\u2009]+) came too fast/.exec((await page.locator("#tail header").textContent()) ?? "")?.[1] ?? "0",
  );
  await page.getByRole("link", { name: "These records in Flows" }).click();
  await expect(page).toHaveURL(/\/flows\?/);
  await settled(page);
  expect(new URL(page.url()).searchParams.get("f")).toContain("protocol = udp");
  expect(digits(await page.getByTestId("matched").textContent())).toBe(count + unshown);
});

test("an open record holds the tail, and closing it goes on", async ({ page }) => {
  await page.goto("/tail?v=1");
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("row").nth(5)).toBeVisible();
  await grid.press("j");
  await grid.press("Enter");
  const drawer = page.getByRole("complementary", { name: "Record" });
  await expect(drawer).toBeVisible();
  await expect(page.getByText(/paused/)).toBeVisible();
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(drawer).toHaveCount(0);
  await expect(page.getByText(/records a second/)).toBeVisible();
});
