/** Charts as files: CSV of their numbers, SVG and PNG of what is on screen. Nothing leaves the browser. */

export interface DataTable {
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
  /** How numbers are written on screen; files have them in full. */
  format?: (value: number) => string;
}

/** A cell that a spreadsheet would take for a formula starts with an apostrophe. */
function cellText(cell: string | number): string {
  if (typeof cell === "number") return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf(table: DataTable): string {
  return [table.columns, ...table.rows].map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

export interface Picture {
  text: string;
  width: number;
  height: number;
}

const TITLE = 30;
const LINE = 18;
/** What of a mark's style the stylesheet of the page decides. */
const STYLES = [
  "fill",
  "stroke",
  "stroke-width",
  "opacity",
  "fill-opacity",
  "stroke-opacity",
  "font-size",
  "font-family",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
  "paint-order",
];

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char] ?? char);

function withStyles(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll("*");
  for (const [index, element] of [...svg.querySelectorAll("*")].entries()) {
    const style = getComputedStyle(element);
    for (const name of STYLES) copies[index]?.setAttribute(name, style.getPropertyValue(name));
    copies[index]?.removeAttribute("style");
  }
  return copy;
}

/** Every drawing inside `body`, where it is, under a title and over what the colours mean. */
export function svgOf(body: HTMLElement, title: string, legend: readonly { label: string; colour: string }[]): Picture {
  const box = body.getBoundingClientRect();
  const page = getComputedStyle(document.documentElement);
  const colour = (text: string) =>
    text.replace(/var\((--[\w-]+)\)/, (_, name: string) => page.getPropertyValue(name).trim());
  const width = Math.ceil(box.width);
  let bottom = TITLE;
  const parts: string[] = [];
  for (const drawing of body.querySelectorAll<HTMLCanvasElement | SVGSVGElement>("canvas, svg[data-chart]")) {
    const own = drawing.getBoundingClientRect();
    const place = `x="${own.left - box.left}" y="${own.top - box.top + TITLE}" width="${own.width}" height="${own.height}"`;
    bottom = Math.max(bottom, own.bottom - box.top + TITLE);
    if (drawing instanceof HTMLCanvasElement) parts.push(`<image ${place} href="${drawing.toDataURL("image/png")}"/>`);
    else
      parts.push(
        `<svg ${place}>${new XMLSerializer().serializeToString(withStyles(drawing)).replace(/^<svg[^>]*>|<\/svg>$/g, "")}</svg>`,
      );
  }
  const text = colour("var(--text)");
  const entries = legend.map(
    ({ label, colour: own }, index) =>
      `<rect x="12" y="${bottom + 10 + index * LINE}" width="10" height="10" fill="${colour(own)}"/><text x="28" y="${bottom + 19 + index * LINE}" fill="${text}">${escaped(label)}</text>`,
  );
  const height = Math.ceil(bottom + 10 + legend.length * LINE + (legend.length > 0 ? 8 : 0));
  return {
    width,
    height,
    text: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter, system-ui, sans-serif" font-size="12"><rect width="100%" height="100%" fill="${colour("var(--panel)")}"/><text x="12" y="20" font-size="13" font-weight="600" fill="${text}">${escaped(title)}</text>${parts.join("")}${entries.join("")}</svg>`,
  };
}

export async function pngOf(picture: Picture): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture.text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.width * 2;
  canvas.height = picture.height * 2;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png"),
  );
}

export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
