import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { answerWith, renderAt } from "../../testing";
import { Chips } from "./Chips";
import { FilterEditor } from "./FilterEditor";

const WRONG = { message: "unknown field `servce`", start: 0, end: 6, expected: ["a field"], suggestion: "service" };

const SECOND = { message: "`bytes` needs a number of bytes", start: 17, end: 18, expected: [], suggestion: undefined };

beforeEach(() => {
  answerWith({
    "/filter/parse": (body) => {
      const { filter } = body as { filter: string };
      const ok = !filter.startsWith("servce");
      if (filter.startsWith("src ip ")) {
        const weir = filter.replace("src ip ", "src_ip = ");
        const translations = [{ text: filter, start: 0, end: filter.length, weir }];
        return { ok, canonical: weir, terms: [], translations, errors: [] };
      }
      return { ok, canonical: ok ? filter : null, terms: [], translations: [], errors: ok ? [] : [WRONG, SECOND] };
    },
  });
});
afterEach(cleanup);

/** The plain field stays: the editor itself needs a browser, and is tested in one. */
const plain = () => new Promise<never>(() => {});

async function typed(text: string) {
  const field = await screen.findByRole<HTMLInputElement>("textbox", { name: "Filter" });
  fireEvent.focus(field);
  fireEvent.change(field, { target: { value: text, selectionStart: text.length } });
  return field;
}

it("applies a filter that the server understands", async () => {
  const { parameter } = renderAt("/", <FilterEditor edit={null} load={plain} />);
  const field = await typed("service = https");
  fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(parameter("f")).toBe("service = https"));
});

it("keeps a wrong one in the field, says what is wrong and offers the mend", async () => {
  const { parameter } = renderAt("/", <FilterEditor edit={null} load={plain} />);
  const field = await typed("servce = https");
  fireEvent.keyDown(field, { key: "Enter" });
  expect((await screen.findByRole("alert")).textContent).toContain("unknown field servce");
  expect(parameter("f")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /Use service/ }));
  expect(field.value).toBe("service = https");
});

it("follows the address: chips change it, the field shows it", async () => {
  const { parameter } = renderAt(
    "/?f=service+=+https+and+src_ip+=+10.0.0.1",
    <>
      <FilterEditor edit={null} load={plain} />
      <Chips onEdit={() => {}} />
    </>,
  );
  fireEvent.click(await screen.findByRole("button", { name: "Negate service = https" }));
  await waitFor(() => expect(parameter("f")).toBe("not service = https and src_ip = 10.0.0.1"));
  fireEvent.click(screen.getByRole("button", { name: "Remove src_ip = 10.0.0.1" }));
  await waitFor(() => expect(parameter("f")).toBe("not service = https"));
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Filter" }).value).toBe("not service = https");
});

it("names every mistake with its place", async () => {
  renderAt("/", <FilterEditor edit={null} load={plain} />);
  const field = await typed("servce = 1 and bytes > x");
  fireEvent.keyDown(field, { key: "Enter" });
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("column 1");
  expect(alert.textContent).toContain("column 18");
});

it("writes nfdump's syntax in Weir's words, before and after it is applied", async () => {
  const { parameter } = renderAt("/", <FilterEditor edit={null} load={plain} />);
  const field = await typed("src ip 10.0.0.1");
  expect((await screen.findByRole("status")).textContent).toContain("src_ip = 10.0.0.1");
  fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(parameter("f")).toBe("src_ip = 10.0.0.1"));
  expect(field.value).toBe("src_ip = 10.0.0.1");
});

it("brings back what was applied before", async () => {
  const { parameter } = renderAt("/", <FilterEditor edit={null} load={plain} />);
  const field = await typed("service = ssh");
  fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(parameter("f")).toBe("service = ssh"));
  fireEvent.change(field, { target: { value: "" } });
  fireEvent.keyDown(field, { key: "ArrowUp" });
  expect(field.value).toBe("service = ssh");
});
