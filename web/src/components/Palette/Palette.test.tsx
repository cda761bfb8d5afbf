import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerWith, renderAt } from "../../testing";
import { Palette } from "./Palette";

beforeEach(() => {
  answerWith({
    "/filter/parse": (body) => {
      const { filter } = body as { filter: string };
      const ok = filter === "dst port 53";
      return { ok, canonical: ok ? "dst_port = 53" : null, terms: [], translations: [], errors: [] };
    },
  });
});
afterEach(cleanup);

async function typed(text: string) {
  const field = await screen.findByRole("combobox", { name: "Command" });
  fireEvent.change(field, { target: { value: text } });
  return field;
}

it("finds commands by their words and runs the chosen one", async () => {
  const close = vi.fn();
  const { parameter } = renderAt("/", <Palette onClose={close} />);
  const field = await typed("group dest ip");
  expect(screen.getAllByRole("option")[0]?.textContent).toContain("Group by Destination IP");
  fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(parameter("by")).toBe("dst_ip"));
  expect(close).toHaveBeenCalled();
});

it("offers what a text names before the commands that contain it", async () => {
  const { parameter } = renderAt("/?f=service+=+https", <Palette onClose={() => {}} />);
  const field = await typed("10.0.0.1");
  const first = screen.getAllByRole("option")[0];
  if (!first) throw new Error("nothing is offered");
  expect(within(first).getByText("Filter to ip = 10.0.0.1")).toBeTruthy();
  expect(screen.getByText("Page of 10.0.0.1")).toBeTruthy();
  fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(parameter("f")).toBe("service = https and ip = 10.0.0.1"));
});

it("takes a whole filter, when the server understands it", async () => {
  const { parameter } = renderAt("/", <Palette onClose={() => {}} />);
  await typed("dst port 53");
  fireEvent.click(await screen.findByText("Filter to dst_port = 53"));
  await waitFor(() => expect(parameter("f")).toBe("dst_port = 53"));
  cleanup();
  renderAt("/", <Palette onClose={() => {}} />);
  await typed("port of nothing at all");
  expect(await screen.findByText("Nothing is called that.")).toBeTruthy();
});
