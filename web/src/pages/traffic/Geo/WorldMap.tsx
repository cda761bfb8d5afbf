/** Countries in one colour, stronger for more, on a map of the world that is part of the program. */

import { geoArea, geoNaturalEarth1, geoPath } from "d3-geo";
import codes from "i18n-iso-countries/codes.json";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import atlas from "world-atlas/countries-110m.json";
import { HEAT_STEPS, heatFloor, heatStep } from "../../../components/charts/heat";
import { Marks, Sized } from "../../../components/charts/Marks";
import { countryName } from "../../../lib/countries";
import styles from "./Geo.module.css";

export interface Country {
  code: string;
  value: number;
}

interface Shape {
  code: string;
  geometry: GeoJSON.Feature;
}

/** Without it the rest is larger, and nobody sends flows from there. */
const ANTARCTICA = "AQ";

const letters = new Map(codes.map(([two = "", , number = ""]) => [number, two]));

const topology = atlas as unknown as Topology<{ countries: GeometryCollection }>;
const world: readonly Shape[] = feature(topology, topology.objects.countries)
  .features.map((geometry) => ({ code: letters.get(String(geometry.id)) ?? "", geometry }))
  .filter(({ code }) => code !== ANTARCTICA);
const drawn = new Set(world.map(({ code }) => code));

/** Whether a country is large enough for this map to have it. */
export function isDrawn(code: string): boolean {
  return drawn.has(code);
}

/** The largest part of a country: its name belongs there, not between it and its islands. */
function mainland({ geometry }: GeoJSON.Feature): GeoJSON.Geometry {
  if (geometry.type !== "MultiPolygon") return geometry;
  const parts = geometry.coordinates.map((coordinates): GeoJSON.Polygon => ({ type: "Polygon", coordinates }));
  return parts.reduce((largest, part) => (geoArea(part) > geoArea(largest) ? part : largest), parts[0] ?? geometry);
}

interface Props {
  countries: readonly Country[];
  field: string;
  label: string;
  format: (value: number) => string;
}

export function WorldMap({ countries, field, label, format }: Props) {
  const top = Math.max(0, ...countries.map(({ value }) => value));
  const known = countries.filter(({ code, value }) => value > 0 && drawn.has(code));
  const values = new Map(known.map(({ code, value }) => [code, value]));
  return (
    <Sized height={200}>
      {(width) => {
        const height = Math.round(width * 0.5);
        const path = geoPath(
          geoNaturalEarth1().fitSize([width, height], {
            type: "FeatureCollection",
            features: world.map(({ geometry }) => geometry),
          }),
        );
        const shapes = known.flatMap(({ code }) => world.find((shape) => shape.code === code) ?? []);
        const marks = shapes.map(({ code, geometry }) => {
          const [x = 0, y = 0] = path.centroid(mainland(geometry));
          return {
            id: code,
            target: { pairs: [{ field, value: code }], label: countryName(code) },
            label: countryName(code),
            value: format(values.get(code) ?? 0),
            x,
            y,
          };
        });
        return (
          <>
            <Marks label={label} width={width} height={height} marks={marks}>
              {(mark) => (
                <>
                  {world.map(({ code, geometry }) =>
                    values.has(code) ? null : (
                      <path key={String(geometry.properties?.name)} d={path(geometry) ?? ""} className={styles.empty} />
                    ),
                  )}
                  {shapes.map(({ code, geometry }, index) => (
                    <g key={code} {...mark(index)}>
                      <path
                        d={path(geometry) ?? ""}
                        fill={`var(--heat-${heatStep(values.get(code) ?? 0, top)})`}
                        stroke="var(--panel)"
                        strokeWidth={0.5}
                      />
                    </g>
                  ))}
                </>
              )}
            </Marks>
            <Scale top={top} format={format} />
          </>
        );
      }}
    </Sized>
  );
}

/** What the colours mean. */
function Scale({ top, format }: { top: number; format: (value: number) => string }) {
  const steps = Array.from({ length: HEAT_STEPS }, (_, index) => index + 1);
  return (
    <ul className={styles.scale} aria-label="Colours, on a logarithmic scale">
      {steps.map((step) => (
        <li key={step}>
          <span className={styles.swatch} style={{ background: `var(--heat-${step})` }} />
          {step === 1 ? "less" : `≥ ${format(heatFloor(step, top))}`}
        </li>
      ))}
    </ul>
  );
}
