/** Seeded randomness for property tests: a failure names its seed and can be repeated. */
export interface Random {
  next: () => number;
  int: (below: number) => number;
  pick: <T>(from: readonly T[]) => T;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (below: number) => Math.floor(next() * below);
  return {
    next,
    int,
    pick: (from) => {
      const found = from[int(from.length)];
      if (found === undefined) throw new Error("nothing to pick from");
      return found;
    },
  };
}
