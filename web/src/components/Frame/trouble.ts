/** What a person can do about a trouble that the server's health names. */

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /journal cannot be written/,
    "What arrives waits in memory, then is lost. Look for room and rights on the disk of the data directory; writing is tried again by itself.",
  ],
  [
    /segments cannot be written/,
    "What arrives is kept in the journal. Look for room and rights on the disk of the data directory; writing is tried again by itself.",
  ],
  [/stage .* has ended/, "A part of Weir has died. Restart it, and look for the reason in its log."],
];

export function remedyFor(trouble: string | null): string {
  const known = REMEDIES.find(([pattern]) => trouble !== null && pattern.test(trouble));
  return known?.[1] ?? "Look into its log; `weir doctor` checks the machine.";
}
