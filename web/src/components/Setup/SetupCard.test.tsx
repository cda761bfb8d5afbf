import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { Health } from "../../api/client";
import { answerWith, renderAt } from "../../testing";
import { isLoopback, SetupCard } from "./SetupCard";

afterEach(cleanup);

function healthAt(...addresses: string[]): Health {
  const nothing = { segments: 0, rows: 0, bytes: 0, hot_rows: 0, oldest: null, newest: null };
  return {
    status: "ok",
    trouble: null,
    version: "0",
    started: "2025-01-01T00:00:00Z",
    now: "2025-01-01T00:00:00Z",
    demo: false,
    listeners: addresses.map((address) => ({
      address,
      transport: "udp",
      protocols: ["ipfix"],
      receive_buffer_bytes: 1,
      datagrams: 0,
      connections: 0,
      receive_buffer_wanted_bytes: 1,
      kernel_dropped: 0,
    })),
    store: nothing,
    counters: nothing,
    sources: [],
    disk: null,
    skew_ms: 0,
  };
}

it("tells a loopback address from one that devices reach", () => {
  for (const address of ["127.0.0.1:2055", "127.8.0.1:2055", "[::1]:2055"]) expect(isLoopback(address)).toBe(true);
  for (const address of ["0.0.0.0:2055", "[::]:2055", "192.0.2.127:2055"]) expect(isLoopback(address)).toBe(false);
});

it("says that nothing remote can reach a loopback socket, and how to open one", async () => {
  answerWith({});
  renderAt("/", <SetupCard health={healthAt("127.0.0.1:52055")} />);
  expect((await screen.findByRole("note")).textContent).toContain("--listen 0.0.0.0:52055");
  cleanup();
  renderAt("/", <SetupCard health={healthAt("127.0.0.1:2055", "0.0.0.0:4739")} />);
  await screen.findByRole("heading", { name: "Waiting for the first flows" });
  expect(screen.queryByRole("note")).toBeNull();
});
