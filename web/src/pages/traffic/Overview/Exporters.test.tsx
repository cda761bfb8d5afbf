import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { exporterOf, metaOf } from "../../../answers.testing";
import type { ExporterStatus } from "../../../api/client";
import { stateSummary, worstFirst } from "../../../components/ExporterState/state";
import { answerWith, renderAt } from "../../../testing";
import { Exporters } from "./Exporters";

afterEach(cleanup);

const NOW = Date.parse("2025-01-10T10:00:00Z");

function exporter(name: string, change: Partial<ExporterStatus["gaps"]> & { seen?: number; rejected?: number }) {
  const { seen = NOW, rejected = 0, ...gaps } = change;
  return exporterOf({
    exporter: name,
    last_seen: new Date(seen).toISOString(),
    gaps: { ...exporterOf().gaps, ...gaps },
    rejected: rejected > 0 ? { truncated: rejected } : {},
  });
}

it("puts exporters that need a look first and counts the states", () => {
  const all = [
    exporter("well", {}),
    exporter("rejects", { rejected: 3 }),
    exporter("gaps", { count: 1, estimated_records: 1 }),
    exporter("silent", { seen: NOW - 600_000 }),
    exporter("loses", { count: 9, estimated_records: 90 }),
    exporter("also well", {}),
  ];
  expect(worstFirst(all, NOW).map((one) => one.exporter)).toEqual([
    "silent",
    "loses",
    "gaps",
    "rejects",
    "well",
    "also well",
  ]);
  expect(stateSummary(all, NOW)).toBe("1 silent, 1 losing, 1 gaps, 1 errors, 2 sending");
});

it("stays usable with thousands of exporters", async () => {
  const seen = new Date().toISOString();
  const exporters = Array.from({ length: 3000 }, (_, index) =>
    exporterOf({ exporter: `10.0.${Math.floor(index / 250)}.${index % 250}`, last_seen: seen }),
  );
  const asked: string[] = [];
  answerWith({
    "/exporters": () => ({ exporters }),
    "/query": (body) => {
      asked.push(String(Reflect.get(body as object, "filter")));
      return {
        rows: [{ exporter: "10.0.0.0", domain_id: 0, flow_protocol: "ipfix", bytes_scaled: 8, flows: 3, rows: 5 }],
        meta: metaOf({ from: "2025-01-10T09:00:00Z", to: "2025-01-10T10:00:00Z" }),
      };
    },
  });
  renderAt("/", <Exporters />);
  const table = await screen.findByRole("table");
  expect(table.querySelectorAll("tr")).toHaveLength(1 + 12);
  // Three of the five rows are flows: the link leaves the others out.
  const link = await screen.findByRole("link", { name: "3 flows of 10.0.0.0" });
  expect(new URLSearchParams(link.getAttribute("href")?.split("?")[1]).get("f")).toContain("kind = flow");
  expect(asked.at(-1)).toContain("exporter in (10.0.0.0, 10.0.0.1, ");
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "10.0.11.24" } });
  expect(table.querySelectorAll("tr")).toHaveLength(1 + 11);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "" } });
  fireEvent.click(screen.getByRole("button", { name: "Show 100 more" }));
  expect(table.querySelectorAll("tr")).toHaveLength(1 + 112);
});
