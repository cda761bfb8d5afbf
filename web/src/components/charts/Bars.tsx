/** Groups as bars from zero, the largest first. */

import type { Item } from "./items";
import { fitted, Marks, Sized } from "./Marks";

const ROW = 26;

interface Props {
  items: readonly Item[];
  label: string;
  format: (value: number) => string;
}

export const barsHeight = (count: number) => Math.max(1, count) * ROW + 4;

export function Bars({ items, label, format }: Props) {
  const height = barsHeight(items.length);
  const top = Math.max(...items.map(({ value }) => value), 0);
  return (
    <Sized height={height}>
      {(width) => {
        const names = Math.min(260, width * 0.36);
        const space = Math.max(20, width - names - 96);
        const length = (value: number) => (top > 0 ? Math.max(1, (value / top) * space) : 1);
        const marks = items.map((item, index) => ({
          id: item.id,
          target: item.target,
          label: item.label,
          value: format(item.value),
          x: names + length(item.value) / 2,
          y: index * ROW + ROW,
        }));
        return (
          <Marks label={label} width={width} height={height} marks={marks}>
            {(mark) =>
              items.map((item, index) => (
                <g key={item.id} {...mark(index)}>
                  <rect x={0} y={index * ROW} width={width} height={ROW} fill="transparent" stroke="none" />
                  <text x={0} y={index * ROW + 17}>
                    {fitted(item.label, names)}
                  </text>
                  <rect
                    x={names + 8}
                    y={index * ROW + 5}
                    width={length(item.value)}
                    height={ROW - 10}
                    rx={2}
                    fill={item.colour}
                  />
                  <text x={names + 16 + length(item.value)} y={index * ROW + 17} data-look="quiet">
                    {format(item.value)}
                  </text>
                </g>
              ))
            }
          </Marks>
        );
      }}
    </Sized>
  );
}
