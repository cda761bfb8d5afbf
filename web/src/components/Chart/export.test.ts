import { expect, it } from "vitest";
import { csvOf } from "./export";

it("writes CSV that no spreadsheet takes for formulas", () => {
  const rows = [
    ["=1+1", 3],
    ['a "quoted", one', -4.5],
    ["@cmd", 0],
  ];
  expect(csvOf({ columns: ["Name", "bit/s"], rows })).toBe(
    'Name,bit/s\r\n\'=1+1,3\r\n"a ""quoted"", one",-4.5\r\n\'@cmd,0\r\n',
  );
});
