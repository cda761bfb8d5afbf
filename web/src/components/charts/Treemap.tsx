/** Groups as areas inside the areas of their first field. */

import { hierarchy, treemap } from "d3-hierarchy";
import type { Item } from "./items";
import { fitted, Marks, Sized } from "./Marks";

interface Branch {
  name: string;
  item?: Item;
  children?: Branch[];
}

interface Props {
  items: readonly Item[];
  label: string;
  height: number;
  format: (value: number) => string;
}

export function Treemap({ items, label, height, format }: Props) {
  const byFirst = new Map<string, Item[]>();
  for (const item of items) {
    const first = item.key.length > 0 ? String(item.key[0]?.value) : item.id;
    byFirst.set(first, [...(byFirst.get(first) ?? []), item]);
  }
  const tree: Branch = {
    name: "",
    children: [...byFirst].map(([name, own]) => ({ name, children: own.map((item) => ({ name: item.id, item })) })),
  };
  return (
    <Sized height={height}>
      {(width) => {
        const root = treemap<Branch>().size([width, height]).paddingInner(2).round(true)(
          hierarchy(tree)
            .sum(({ item }) => item?.value ?? 0)
            .sort((a, b) => (b.value ?? 0) - (a.value ?? 0)),
        );
        const leaves = root.leaves().filter(({ data }) => data.item !== undefined);
        const marks = leaves.map((leaf) => ({
          id: leaf.data.name,
          target: leaf.data.item?.target ?? null,
          label: leaf.data.item?.label ?? "",
          value: format(leaf.data.item?.value ?? 0),
          x: (leaf.x0 + leaf.x1) / 2,
          y: (leaf.y0 + leaf.y1) / 2,
        }));
        return (
          <Marks label={label} width={width} height={height} marks={marks}>
            {(mark) =>
              leaves.map((leaf, index) => {
                const [wide, tall] = [leaf.x1 - leaf.x0, leaf.y1 - leaf.y0];
                return (
                  <g key={leaf.data.name} {...mark(index)}>
                    <rect
                      x={leaf.x0}
                      y={leaf.y0}
                      width={wide}
                      height={tall}
                      fill={leaf.data.item?.colour}
                      fillOpacity={0.3}
                      stroke={leaf.data.item?.colour}
                    />
                    {tall > 20 && wide > 40 ? (
                      <text x={leaf.x0 + 6} y={leaf.y0 + 16}>
                        {fitted(leaf.data.item?.label ?? "", wide - 10)}
                      </text>
                    ) : null}
                    {tall > 38 && wide > 70 ? (
                      <text x={leaf.x0 + 6} y={leaf.y0 + 32}>
                        {format(leaf.data.item?.value ?? 0)}
                      </text>
                    ) : null}
                  </g>
                );
              })
            }
          </Marks>
        );
      }}
    </Sized>
  );
}
