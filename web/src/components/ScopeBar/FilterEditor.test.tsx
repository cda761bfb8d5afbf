import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { answerWith, renderAt } from "../../testing";
import { Chips } from "./Chips";
import { FilterEditor } from "./FilterEditor";

const WRONG = { message: "unknown field `servce`", start: 0, end: 6, expected: ["a field"], suggestion: "service" };

beforeEach(() => {
  answerWith({
    "/filter/parse": (body) => {
      const { filter } = body as { filter: string };
      const ok = !filter.startsWith("servce");
      return { ok, canonical: ok ? filter : null, terms: [], errors: ok ? [] : [WRONG] };
    },
  });
});
afterEach(cleanup);

async function typed(text: string) {
  const field = await screen.findByRole<HTMLInputElement>("combobox", { name: "Filter" });
  fireEvent.focus(field);
  fireEvent.change(field, { target: { value: text, selectionStart: text.length } });
  return field;
}

it("applies a filter that the server understands", async () => {
  const { parameter } = renderAt("/", <FilterEditor edit={null} />);
  const field = await typed("service = https");
  fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(parameter("f")).toBe("service = https"));
});

it("keeps a wrong one in the field, says what is wrong and offers the mend", async () => {
  const { parameter } = renderAt("/", <FilterEditor edit={null} />);
  const field = await typed("servce = https");
  fireEvent.keyDown(field, { key: "Enter" });
  expect((await screen.findByRole("alert")).textContent).toContain("unknown field `servce`");
  expect(parameter("f")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /Use service/ }));
  expect(field.value).toBe("service = https");
});

it("follows the address: chips change it, the field shows it", async () => {
  const { parameter } = renderAt(
    "/?f=service+=+https+and+src_ip+=+10.0.0.1",
    <>
      <FilterEditor edit={null} />
      <Chips onEdit={() => {}} />
    </>,
  );
  fireEvent.click(await screen.findByRole("button", { name: "Negate service = https" }));
  await waitFor(() => expect(parameter("f")).toBe("not service = https and src_ip = 10.0.0.1"));
  fireEvent.click(screen.getByRole("button", { name: "Remove src_ip = 10.0.0.1" }));
  await waitFor(() => expect(parameter("f")).toBe("not service = https"));
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Filter" }).value).toBe("not service = https");
});
