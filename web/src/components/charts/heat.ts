/** The logarithmic scale of one colour that maps and heat maps share; `--heat-1` to `--heat-7` in the theme. */

export const HEAT_STEPS = 7;
/** Three powers of ten below the largest: paler than that nothing can be told from little. */
const DECADES = 3;

/** The step, from 1 to 7, of a value above zero beside the largest one. */
export function heatStep(value: number, largest: number): number {
  const decades = Math.log10(Math.max(value / largest, 10 ** -DECADES));
  return Math.max(1, Math.min(HEAT_STEPS, Math.round((1 + decades / DECADES) * (HEAT_STEPS - 1)) + 1));
}

/** The smallest value that has the colour of a step. */
export function heatFloor(step: number, largest: number): number {
  return step <= 1 ? 0 : largest * 10 ** (((step - 1.5) / (HEAT_STEPS - 1) - 1) * DECADES);
}
