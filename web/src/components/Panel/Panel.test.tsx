import { useQuery } from "@tanstack/react-query";
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { metaOf } from "../../answers.testing";
import { ApiError } from "../../api/client";
import { answerWith, renderAt } from "../../testing";
import { Panel } from "./Panel";

afterEach(cleanup);

function Sample({ ask, empty = false }: { ask: () => Promise<string>; empty?: boolean }) {
  const query = useQuery({ queryKey: ["sample"], queryFn: ask, retry: false });
  return (
    <Panel title="Sample" query={query} isEmpty={() => empty}>
      {(data) => (
        <>
          <p>{data}</p>
          <button type="button" onClick={() => void query.refetch()}>
            again
          </button>
        </>
      )}
    </Panel>
  );
}

it("shows its final size while it waits, then the answer", async () => {
  let answer: (text: string) => void = () => {};
  const waiting = new Promise<string>((resolve) => {
    answer = resolve;
  });
  renderAt("/", <Sample ask={() => waiting} />);
  expect(await screen.findByText("Loading")).toBeTruthy();
  answer("42 records");
  expect(await screen.findByText("42 records")).toBeTruthy();
  expect(screen.queryByText("Loading")).toBeNull();
});

it("says why there is no answer and asks again", async () => {
  let broken = true;
  const ask = async () => {
    if (broken) throw new ApiError("a segment cannot be read", 500, "internal", "run `weir store verify`");
    return "42 records";
  };
  renderAt("/", <Sample ask={ask} />);
  expect((await screen.findByRole("alert")).textContent).toContain("a segment cannot be read");
  expect(screen.getByText("run `weir store verify`")).toBeTruthy();
  broken = false;
  fireEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText("42 records")).toBeTruthy();
});

it("keeps the old answer beside the failure of a new one", async () => {
  let broken = false;
  const ask = async () => {
    if (broken) throw new ApiError("busy", 500, "busy", null);
    return "42 records";
  };
  renderAt("/", <Sample ask={ask} />);
  await screen.findByText("42 records");
  broken = true;
  fireEvent.click(screen.getByRole("button", { name: "again" }));
  await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("Not refreshed"));
  expect(screen.getByText("42 records")).toBeTruthy();
});

/** A server that finds records only for filters without the terms in `empties`. */
function answerCounts(...empties: string[]) {
  answerWith({
    "/api/v1/query": (body) => {
      const { filter = "" } = body as { filter?: string };
      return { rows: [{ rows: empties.some((term) => filter.includes(term)) ? 0 : 7 }], meta: {} };
    },
  });
}

it("offers a way out when nothing matches", async () => {
  answerCounts("service = https");
  const { parameter } = renderAt("/?from=now-1h&to=now&f=service+=+https", <Sample ask={async () => "none"} empty />);
  expect(await screen.findByText("No records match.")).toBeTruthy();
  fireEvent.click(await screen.findByRole("button", { name: /Drop service = https.*7 records/ }));
  await waitFor(() => expect(parameter("f")).toBeNull());
});

it("offers to drop only what stands in the way", async () => {
  answerCounts("src_port = 1");
  renderAt("/?f=protocol+=+6+and+src_port+=+1", <Sample ask={async () => "none"} empty />);
  expect(await screen.findByRole("button", { name: /Drop src_port = 1/ })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Drop protocol/ })).toBeNull();
});

it("offers to drop the whole filter when no single term helps, and nothing when that does not either", async () => {
  answerCounts("src_port = 1", "dst_port = 1");
  renderAt("/?f=src_port+=+1+and+dst_port+=+1", <Sample ask={async () => "none"} empty />);
  expect(await screen.findByRole("button", { name: /Drop the whole filter/ })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Drop \w+_port/ })).toBeNull();
  cleanup();
  answerCounts("");
  renderAt("/?f=src_port+=+1+and+dst_port+=+1", <Sample ask={async () => "none"} empty />);
  expect(await screen.findByText(/Nor is there anything/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Drop/ })).toBeNull();
});

function Badged({ counters }: { counters: boolean }) {
  const query = useQuery({ queryKey: ["badged"], queryFn: async () => "data" });
  const meta = metaOf({ sampled: true });
  return (
    <Panel title="Badged" query={query} meta={() => meta} counters={counters}>
      {() => <p>shown</p>}
    </Panel>
  );
}

it("has one switch for sampling, on counters only, and no word for raw records", async () => {
  const { parameter } = renderAt("/", <Badged counters />);
  const toggle = await screen.findByRole("switch", { name: "≈ adjusted", checked: true });
  expect(screen.queryByText("raw")).toBeNull();
  fireEvent.click(toggle);
  await screen.findByRole("switch", { name: "≈ adjusted", checked: false });
  expect(parameter("adj")).toBe("raw");
  cleanup();
  renderAt("/", <Badged counters={false} />);
  await screen.findByText("shown");
  expect(screen.queryByRole("switch")).toBeNull();
});
