/** Line icons on a 16 px grid. They only decorate: the control around them carries the name. */

const PATHS = {
  overview: "M2.500 2.500h4.500v5h-4.500zM9 2.500h4.500v3H9zM9 7.500h4.500v6H9zM2.500 9.500h4.500v4h-4.500z",
  flows: "M2.500 4h11M2.500 8h11M2.500 12h7",
  left: "M10 3 5 8l5 5",
  right: "m6 3 5 5-5 5",
  down: "m3.500 6 4.500 4.500L12.500 6",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.700 10.700 14 14",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.500V8l2.500 1.500",
  refresh: "M13.500 3v3.500H10M13.200 6.500A5.500 5.500 0 1 0 13.500 9",
  link: "M6.500 9.500a3 3 0 0 0 4.300.200l2-2a3 3 0 0 0-4.300-4.300l-1 1M9.500 6.500a3 3 0 0 0-4.300-.200l-2 2a3 3 0 0 0 4.300 4.300l1-1",
  sun: "M8 10.800A2.800 2.800 0 1 0 8 5.200a2.800 2.800 0 0 0 0 5.600zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.900.900M11.700 11.700l.900.900M3.400 12.600l.900-.900M11.700 4.300l.900-.900",
  moon: "M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7z",
  help: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.200 6.200a1.800 1.800 0 1 1 2.600 1.700c-.500.300-.800.600-.800 1.200M8 11.300v.100",
  close: "m4 4 8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  dots: "M3.500 8h.010M8 8h.010M12.500 8h.010",
  columns: "M2.500 3h11v10h-11zM6.200 3v10M9.800 3v10",
  copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
  check: "m3 8.500 3.500 3.500L13 4.500",
  warn: "M8 2.200 14.300 13.500H1.700zM8 6.500v3.200M8 11.500v.100",
  arrow: "M3 8h10M9 4l4 4-4 4",
  swap: "M2.500 5.500h10M10 3l2.500 2.500L10 8M13.500 10.500h-10M6 8l-2.500 2.500L6 13",
  rail: "M2.500 3h11v10h-11zM6 3v10",
  expand: "M6 3H3v3M10 13h3v-3M3 3l4 4M13 13 9 9",
  table: "M2.500 3h11v10h-11zM2.500 6.500h11M2.500 9.700h11M6.500 6.500V13",
  chart: "M2.500 13.500h11M4 11V7.500M7 11V4M10 11V6M13 11V8.500",
  lines: "M2 11.500 5.500 7l3 2.500L14 3.500",
  keyboard: "M1.500 4.500h13v7.500h-13zM4 7h.010M6.700 7h.010M9.300 7h.010M12 7h.010M5 9.500h6",
  target: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 10.500A2.500 2.500 0 1 0 8 5.500a2.500 2.500 0 0 0 0 5z",
  stop: "M4 4h8v8H4z",
  exporters: "M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5h.010M5 11h.010M8 5h3.500M8 11h3.500",
  alerts:
    "M8 2.200a3.800 3.800 0 0 1 3.800 3.800v3l1.400 2.500H2.800L4.200 9V6A3.800 3.800 0 0 1 8 2.200zM6.700 13.700h2.600",
  health: "M1.500 8.500h3L6.500 4l3 8.500 2-4h3",
  ports: "M5 13V4M2.500 6.500 5 4l2.500 2.500M11 3v9M8.500 9.500 11 12l2.500-2.500",
  matrix:
    "M2.500 2.500h3v3h-3zM6.500 2.500h3v3h-3zM10.500 2.500h3v3h-3zM2.500 6.500h3v3h-3zM6.500 6.500h3v3h-3zM2.500 10.500h3v3h-3z",
  rules: "M4 2.500h8v11H4zM6.500 5.500h3M6.500 8h3M6.500 10.500h1.500",
  tail: "M2.500 4h7M2.500 8h5M2.500 12h7M12 3v9M9.800 9.800 12 12l2.200-2.200",
  globe: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c4.500 4 4.500 8 0 12M8 2c-4.500 4-4.500 8 0 12",
  rows: "M2.500 3.500h11M2.500 6.500h11M2.500 9.500h11M2.500 12.500h11",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
