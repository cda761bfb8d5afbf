import { expect, it } from "vitest";
import { curlCommand } from "./QueryCard";

it("writes a command that a shell reads back as the same body", () => {
  const body = { filter: `app = "it's"` };
  const command = curlCommand("http://127.0.0.1:8044", { key: [], path: "/api/v1/query", body });
  const quoted = command.slice(command.indexOf("-d ") + 3);
  expect(JSON.parse(quoted.slice(1, -1).replaceAll("'\\''", "'"))).toEqual(body);
});
