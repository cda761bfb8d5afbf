/** For component tests: everything a component expects around it, at an address, without a server. */

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createQueryClient } from "./api/queries";
import { PivotProvider } from "./components/Pivot/PivotProvider";
import { parseSearchText, searchText } from "./lib/scope";
import { RangeProvider } from "./state/range";

export function renderAt(path: string, content: ReactNode) {
  const root = createRootRoute({
    validateSearch: (search: Record<string, unknown>) => search,
    component: () => (
      <RangeProvider>
        <PivotProvider>{content}</PivotProvider>
      </RangeProvider>
    ),
  });
  const router = createRouter({
    routeTree: root,
    history: createMemoryHistory({ initialEntries: [path] }),
    parseSearch: parseSearchText,
    stringifySearch: (search) => searchText(search as Record<string, string>),
  });
  const rendered = render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient()}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const parameter = (key: string) => new URLSearchParams(router.state.location.searchStr).get(key);
  return { ...rendered, parameter };
}

/** Answers requests by the end of their path; what is not named here gets a 404. */
export function answerWith(answers: Record<string, (body: unknown) => unknown>): void {
  globalThis.fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const found = Object.entries(answers).find(([path]) => new URL(request.url).pathname.endsWith(path));
    if (!found) return Response.json({ error: { code: "not_found", message: "nothing here" } }, { status: 404 });
    const text = await request.text();
    return Response.json(found[1](text === "" ? {} : JSON.parse(text)));
  };
}
