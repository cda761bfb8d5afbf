import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, expectLeadsToItsRecords, expectSound, panel, settled, settledRange, test } from "./weir";

/** The busiest address of the range. */
async function someHost(page: Page, baseURL: string | undefined, range: string): Promise<string> {
  const asked = new URLSearchParams(range);
  const answer = await page.request.post(`${baseURL}/api/v1/query`, {
    data: { from: asked.get("from"), to: asked.get("to"), by: ["src_ip"], measures: ["flows"], top: 1 },
  });
  const { rows } = (await answer.json()) as { rows: { src_ip: string }[] };
  return rows[0]?.src_ip ?? "";
}

test("Explore draws one question in every way", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  await page.goto(`/explore?${range}&by=src_ip,service&top=5`);
  await settled(page);
  for (const [label, kind, drawing] of [
    ["100 %", "share", /over time$/],
    ["Lines", "lines", /over time$/],
    ["Small multiples", "multiples", /over time$/],
    ["Bars", "bars", /as bars$/],
    ["Sankey", "sankey", /as a sankey$/],
    ["Heat map", "heat", /as a heat map$/],
    ["Treemap", "tree", /as a treemap$/],
    ["Calendar", "calendar", /day by hour$/],
    ["Stacked", "", /over time$/],
  ] as const) {
    await page.getByRole("group", { name: "Chart" }).getByRole("button", { name: label, exact: true }).click();
    await expect(page.getByRole("group", { name: drawing }).first()).toBeVisible();
    const search = new URL(page.url()).searchParams;
    expect(search.get("chart") ?? "").toBe(kind);
    expect(search.get("by")).toBe("src_ip,service");
    expect(search.get("top")).toBe("5");
    await settled(page);
    expect(await panel(page, "Result").getByRole("row").count()).toBe(1 + 5 + 1);
  }
});

test("Explore's numbers lead to exactly their records, Other as well", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  for (const by of ["service", "protocol,dst_port"]) {
    const path = `/explore?${range}&by=${by}&top=3`;
    for (const which of ["first", "last"] as const) {
      await page.goto(path);
      await settled(page);
      await expectLeadsToItsRecords(page, panel(page, "Result").getByRole("link")[which]());
    }
  }
});

test("Explore's question is built with the controls and is the link", async ({ page, baseURL }) => {
  await page.goto(`/explore?${await settledRange(page, baseURL)}`);
  await settled(page);
  await page.getByLabel("Add a field").selectOption("dst_ip");
  await expect.poll(() => new URL(page.url()).searchParams.get("by")).toBe("service,dst_ip");
  await page.getByLabel("Top").selectOption("3");
  await page.getByLabel("Measure").selectOption("pps");
  await page.getByRole("checkbox", { name: "Other" }).uncheck();
  await page.getByLabel("Bucket").selectOption("1m");
  await settled(page);
  await expect(page.getByRole("heading", { name: "Packets by Service, Destination IP" })).toBeVisible();
  const link = page.url();
  await page.reload();
  await settled(page);
  expect(page.url()).toBe(link);
  await expect(page.getByRole("heading", { name: "Packets by Service, Destination IP" })).toBeVisible();
  await page.getByLabel("Field 2").selectOption("");
  await page.getByLabel("Field 1").selectOption("");
  await expect.poll(() => new URL(page.url()).searchParams.get("by")).toBe("none");
  await settled(page);
  await expect(page.getByRole("group", { name: "Packets over time" })).toBeVisible();
});

test("a drawing is read and acted on by keys, and saved", async ({ page, baseURL }) => {
  await page.goto(`/explore?${await settledRange(page, baseURL)}&by=service&chart=bars&top=5`);
  await settled(page);
  const bars = page.getByRole("group", { name: /as bars$/ });
  await bars.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(bars).toBeFocused();
  await page.keyboard.press("v");
  await expect(page.getByRole("region", { name: /: values$/ })).toBeVisible();
  await page.getByRole("button", { name: "Traffic by Service as a table" }).click();
  for (const [kind, start] of [
    ["PNG", "\u0089PNG"],
    ["SVG", "<svg xmlns="],
    ["CSV", "Service,bit/s,flows"],
  ] as const) {
    await page.getByRole("button", { name: "Save Traffic by Service" }).click();
    const saving = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: `Save as ${kind}` }).click();
    const download = await saving;
    const file = readFileSync(await download.path());
    expect(file.toString("latin1").startsWith(start), kind).toBe(true);
    expect(file.length, kind).toBeGreaterThan(60);
  }
});

for (const [path, title] of [
  ["/hosts", "Hosts"],
  ["/services", "Services"],
  ["/as", "AS traffic"],
] as const) {
  test(`${title}: the list leads to a page of each, and numbers to their records`, async ({ page, baseURL }) => {
    test.slow();
    const range = await settledRange(page, baseURL);
    await page.goto(`${path}?${range}`);
    await settled(page);
    const region = page.getByRole("region", { name: title, exact: true }).last();
    const open = region.getByRole("link", { name: /^Page of/ }).first();
    const name = ((await open.getAttribute("aria-label")) ?? "").replace("Page of ", "");
    await open.click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
    await settled(page);
    const url = page.url();
    await page.reload();
    await settled(page);
    expect(page.url()).toBe(url);
    await expectLeadsToItsRecords(page, page.locator("dl").getByRole("link").first());
    await page.goto(url);
    await settled(page);
    await expectLeadsToItsRecords(
      page,
      panel(page, /^(Services|Sources)$/)
        .getByRole("link")
        .first(),
    );
    await page.goto(`${path}?${range}`);
    await settled(page);
    await expectLeadsToItsRecords(page, region.getByRole("link", { name: /flows/ }).first());
  });
}

test("Attributes: each part counts only its own records", async ({ page, baseURL }) => {
  test.slow();
  const range = await settledRange(page, baseURL);
  await page.goto(`/attributes?${range}`);
  await settled(page);
  await expectLeadsToItsRecords(page, panel(page, "Flags").getByRole("link").first());
  expect(new URL(page.url()).searchParams.get("f")).toContain("protocol = tcp");
  for (const [label, title] of [
    ["ICMP", "Types and codes"],
    ["QoS", "DSCP"],
    ["VLAN", "VLANs"],
    ["IP", "Protocols"],
  ] as const) {
    await page.goto(`/attributes?${range}`);
    await page.getByRole("navigation", { name: "Attributes" }).getByRole("link", { name: label, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`/attributes/${label.toLowerCase()}`));
    await settled(page);
    await expect(page.getByRole("heading", { name: title, exact: true })).toBeVisible();
  }
});

test("a menu on a host's page counts the host's records only", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  const host = await someHost(page, baseURL, range);
  await page.goto(`/hosts/${host}?${range}`);
  await settled(page);
  const row = panel(page, "Sends to").getByRole("row").nth(1);
  await row.getByRole("button").click();
  await page.keyboard.press("l");
  await expect(page).toHaveURL(/\/flows\?/);
  const filter = new URL(page.url()).searchParams.get("f") ?? "";
  expect(filter).toContain(`src_ip = ${host}`);
  expect(filter).toContain("dst_ip = ");
});

test("conversations put both directions together", async ({ page, baseURL }) => {
  const range = await settledRange(page, baseURL);
  await page.goto(`/conversations?${range}`);
  await settled(page);
  const list = page.getByRole("region", { name: "Conversations", exact: true }).last();
  const pairs = await list.getByRole("link", { name: /^Page of/ }).allTextContents();
  expect(pairs.length).toBeGreaterThan(2);
  for (const [label, drawing] of [
    ["Matrix", /as a matrix/],
    ["Sankey", /as a sankey/],
    ["List", null],
  ] as const) {
    await page.getByRole("group", { name: "View" }).getByRole("button", { name: label }).click();
    await expect(drawing ? page.getByRole("group", { name: drawing }) : list).toBeVisible();
  }
  await expectLeadsToItsRecords(page, list.getByRole("link", { name: /flows between/ }).nth(1));
});

test("pages of traffic are reached by keys", async ({ page, baseURL }) => {
  await page.goto(`/?${await settledRange(page, baseURL)}`);
  await settled(page);
  for (const [key, path] of [
    ["e", "explore"],
    ["h", "hosts"],
    ["c", "conversations"],
    ["s", "services"],
    ["n", "as"],
    ["b", "attributes"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page).toHaveURL(new RegExp(`/${path}\\?`));
    await settled(page);
  }
});

// Each page in both themes and at every width there is a layout for, though not in every combination.
for (const [scheme, width] of [
  ["light", 1440],
  ["dark", 900],
  ["light", 600],
  ["dark", 320],
] as const) {
  test(`no page of traffic has violations or runs out, ${scheme}, ${width} px`, async ({ page, baseURL }) => {
    test.slow();
    const range = await settledRange(page, baseURL);
    const host = await someHost(page, baseURL, range);
    await expectSound(page, scheme, width, [
      `/explore?${range}`,
      `/explore?${range}&by=src_ip,service&chart=sankey`,
      `/explore?${range}&chart=heat`,
      `/explore?${range}&by=protocol,service&chart=tree`,
      `/explore?${range}&chart=multiples&top=3`,
      `/hosts?${range}`,
      `/hosts/${host}?${range}`,
      `/conversations?${range}`,
      `/services?${range}`,
      `/services/https?${range}`,
      `/as?${range}`,
      `/attributes/tcp?${range}`,
      `/attributes/qos?${range}`,
    ]);
  });
}
