import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { renderAt } from "../../testing";
import { Banners } from "./Banners";

afterEach(cleanup);

const HEALTH = {
  status: "ok",
  trouble: null,
  version: "1",
  started: "2025-01-10T09:00:00Z",
  now: "2025-01-10T10:00:00Z",
  demo: false,
  listeners: [],
  store: { segments: 0, rows: 1, bytes: 1, hot_rows: 0, oldest: null, newest: null },
};

function answer(status: number, body: unknown) {
  globalThis.fetch = async () => Response.json(body, { status });
}

it("tells what a failing server says, since when, and what to do", async () => {
  answer(503, { ...HEALTH, status: "failing", trouble: "the journal cannot be written" });
  renderAt("/", <Banners />);
  const alert = await screen.findByText(/the journal cannot be written/);
  const banner = alert.closest('[role="alert"]')?.textContent;
  expect(banner).toContain("Since 2025-01-10 10:00:00 UTC or before");
  expect(banner).toContain("room and rights on the disk");
  expect(screen.queryByText(/cannot be reached/)).toBeNull();
});

it("says what to do when a stage is dead", async () => {
  answer(503, { ...HEALTH, status: "failing", trouble: "the stage `journal` has ended" });
  renderAt("/", <Banners />);
  expect((await screen.findByText(/Restart it/)).textContent).toContain("the stage `journal` has ended");
});

it("takes a 503 of something else for what it is", async () => {
  answer(503, "<html>a proxy</html>");
  renderAt("/", <Banners />);
  expect(await screen.findByText("The server cannot be reached.")).toBeTruthy();
});
