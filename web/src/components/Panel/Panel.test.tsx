import { useQuery } from "@tanstack/react-query";
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { ApiError } from "../../api/client";
import { renderAt } from "../../testing";
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

it("offers a way out when nothing matches", async () => {
  const { parameter } = renderAt("/?from=now-1h&to=now&f=service+=+https", <Sample ask={async () => "none"} empty />);
  expect(await screen.findByText("No records match.")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: /Drop service = https/ }));
  await waitFor(() => expect(parameter("f")).toBeNull());
});
