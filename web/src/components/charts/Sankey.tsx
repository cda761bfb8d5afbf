/** How traffic flows from the values of one field to those of the next. */

import { sankey, sankeyJustify, sankeyLinkHorizontal } from "d3-sankey";
import { displayValue, fieldLabel } from "../../lib/fields";
import type { Pair } from "../Pivot/pivot";
import type { Item } from "./items";
import { fitted, Marks, Sized } from "./Marks";

interface Node {
  id: string;
  column: number;
  pair: Pair | null;
  label: string;
  colour: string;
}

interface Link {
  source: string;
  target: string;
  value: number;
  pairs: readonly Pair[];
}

interface Props {
  items: readonly Item[];
  fields: readonly string[];
  label: string;
  height: number;
  format: (value: number) => string;
}

const HEAD = 20;

/** A node for each value in each column, a link for each pair of neighbours; "Other" stays out of the picture. */
export function flowGraph(items: readonly Item[]): { nodes: Node[]; links: Link[] } {
  const nodes = new Map<string, Node>();
  const links = new Map<string, Link>();
  for (const item of items) {
    if (item.value <= 0) continue;
    const ids = item.key.map((pair, column) => {
      const id = `${column}=${String(pair.value)}`;
      const label = pair.value === null ? "none" : displayValue(pair.field, pair.value);
      if (!nodes.has(id))
        nodes.set(id, { id, column, pair, label, colour: column === 0 ? item.colour : "var(--control)" });
      return id;
    });
    for (let at = 1; at < ids.length; at += 1) {
      const [source = "", target = ""] = [ids[at - 1], ids[at]];
      const known = links.get(`${source}>${target}`);
      if (known) known.value += item.value;
      else
        links.set(`${source}>${target}`, { source, target, value: item.value, pairs: item.key.slice(at - 1, at + 1) });
    }
  }
  return { nodes: [...nodes.values()], links: [...links.values()] };
}

export function Sankey({ items, fields, label, height, format }: Props) {
  return (
    <Sized height={height}>
      {(width) => {
        const { nodes, links } = flowGraph(items);
        const side = Math.min(150, width * 0.22);
        const layout = sankey<Node, Link>()
          .nodeId(({ id }) => id)
          .nodeAlign((node) => (node as unknown as Node).column)
          .nodeWidth(10)
          .nodePadding(9)
          .extent([
            [side, HEAD],
            [width - side, height - 4],
          ]);
        if (fields.length < 2) layout.nodeAlign(sankeyJustify);
        const graph = layout({ nodes: nodes.map((node) => ({ ...node })), links: links.map((link) => ({ ...link })) });
        const path = sankeyLinkHorizontal();
        const drawn = [
          ...graph.links.map((link) => {
            const [a, b] = link.pairs;
            const text = [a, b].map((pair) => (pair?.value == null ? "none" : displayValue(pair.field, pair.value)));
            return {
              id: `${text.join(">")}${link.index}`,
              target: { pairs: link.pairs, label: text.join(" → ") },
              label: text.join(" → "),
              value: format(link.value),
              x: (((link.source as { x1?: number }).x1 ?? 0) + ((link.target as { x0?: number }).x0 ?? 0)) / 2,
              y: ((link.y0 ?? 0) + (link.y1 ?? 0)) / 2,
            };
          }),
          ...graph.nodes.map((node) => ({
            id: node.id,
            target: { pairs: node.pair ? [node.pair] : [], label: node.label },
            label: node.label,
            value: format(node.value ?? 0),
            x: node.x1 ?? 0,
            y: ((node.y0 ?? 0) + (node.y1 ?? 0)) / 2,
          })),
        ];
        return (
          <Marks label={label} width={width} height={height} marks={drawn}>
            {(mark) => (
              <>
                {graph.links.map((link, index) => (
                  <path
                    key={drawn[index]?.id}
                    {...mark(index)}
                    d={path(link) ?? ""}
                    fill="none"
                    stroke={(link.source as unknown as Node).colour}
                    strokeOpacity={0.42}
                    strokeWidth={Math.max(1.5, link.width ?? 0)}
                  />
                ))}
                {graph.nodes.map((node, index) => {
                  const last = node.column === fields.length - 1;
                  const x = last ? (node.x1 ?? 0) + 6 : (node.x0 ?? 0) - 6;
                  const tall = (node.y1 ?? 0) - (node.y0 ?? 0);
                  return (
                    <g key={node.id} {...mark(graph.links.length + index)}>
                      <rect
                        x={node.x0}
                        y={node.y0}
                        width={(node.x1 ?? 0) - (node.x0 ?? 0)}
                        height={Math.max(1.5, tall)}
                        fill={node.colour}
                      />
                      {tall >= 3 || graph.nodes.length < 40 ? (
                        <text x={x} y={((node.y0 ?? 0) + (node.y1 ?? 0)) / 2 + 4} textAnchor={last ? "start" : "end"}>
                          {fitted(node.label, side - 8)}
                        </text>
                      ) : null}
                    </g>
                  );
                })}
                {fields.map((field, column) => {
                  const at = side + ((width - 2 * side) * column) / Math.max(1, fields.length - 1);
                  const anchor = column === 0 ? "start" : column === fields.length - 1 ? "end" : "middle";
                  return (
                    <text key={field} x={column === 0 ? side : at} y={12} textAnchor={anchor} data-look="head">
                      {fieldLabel(field)}
                    </text>
                  );
                })}
              </>
            )}
          </Marks>
        );
      }}
    </Sized>
  );
}
