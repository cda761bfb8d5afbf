import { describe, expect, it } from "vitest";
import { actsOf, evidenceRange, happened, neighbour, noteText, stateText, successor } from "./wording";

describe("the range of the evidence", () => {
  it("keeps what has whole milliseconds", () => {
    expect(evidenceRange({ from: "2025-01-10T10:00:00Z", to: "2025-01-10T10:05:00.250Z" })).toEqual({
      from: "2025-01-10T10:00:00.000Z",
      to: "2025-01-10T10:05:00.250Z",
    });
    expect(evidenceRange({ from: "2025-01-10T10:00:00Z", to: "2025-01-10T10:05:00.250000000Z" }).to).toBe(
      "2025-01-10T10:05:00.250Z",
    );
  });

  it("covers what lies between milliseconds", () => {
    expect(evidenceRange({ from: "2025-01-10T10:00:00.000999999Z", to: "2025-01-10T10:05:00.999000001Z" })).toEqual({
      from: "2025-01-10T10:00:00.000Z",
      to: "2025-01-10T10:05:01.000Z",
    });
  });
});

it("says what happened", () => {
  const said = (what: unknown) => happened({ what });
  expect(said({ event: "created" })).toBe("Noticed for the first time");
  expect(said({ event: "grown", from: 12, to: 1300 })).toBe("Grew from 12 to 1\u2009300");
  expect(said({ event: "raised", from: "low", to: "high" })).toBe("Level raised from low to high");
  expect(said({ event: "assigned", to: null })).toBe("Has no owner any more");
  expect(said({ event: "closed", verdict: "false_positive", reason: null })).toBe("Closed as false positive");
  expect(said({ event: "closed", verdict: "benign", reason: "our scanner" })).toBe("Closed as benign: our scanner");
  expect(said({ event: "reopened", why: "it grew" })).toBe("Opened again: it grew");
  expect(said({ event: "escalated" })).toBe("escalated");
  expect(said(null)).toBe("Something happened");
});

it("finds the notes that stand", () => {
  const entry = { at: "2025-01-10T10:00:00Z", who: "ana", undone: null, what: { event: "note", text: "our scanner" } };
  expect(noteText(entry)).toBe("our scanner");
  expect(noteText({ ...entry, undone: "2025-01-10T10:00:05Z" })).toBeNull();
  expect(noteText({ ...entry, what: { event: "created" } })).toBeNull();
});

it("offers what can be done in a state", () => {
  expect(actsOf("open")).toEqual(["acknowledge", "close", "suppress", "note"]);
  expect(actsOf("acknowledged")).not.toContain("acknowledge");
  expect(actsOf("closed")).toEqual(["reopen", "note"]);
  expect(stateText({ state: "closed", verdict: "benign" })).toBe("closed: benign");
  expect(stateText({ state: "open", verdict: null })).toBe("open");
});

it("walks through the list and stays inside", () => {
  const alerts = [{ id: 7 }, { id: 3 }, { id: 9 }];
  expect(neighbour(alerts, "", -1)).toBe("7");
  expect(neighbour(alerts, "7", 1)).toBe("3");
  expect(neighbour(alerts, "9", 1)).toBe("9");
  expect(neighbour(alerts, "7", -1)).toBe("7");
  expect(neighbour([], "7", 1)).toBeNull();
});

it("selects what takes the place of an alert that leaves", () => {
  const alerts = [{ id: 7 }, { id: 3 }, { id: 9 }];
  expect(successor(alerts, 7)).toBe("3");
  expect(successor(alerts, 9)).toBe("3");
  expect(successor([{ id: 7 }], 7)).toBe("");
});
