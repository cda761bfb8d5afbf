/** A small area over time; it decorates a number that is written beside it. */
export function Sparkline({ values, className }: { values: readonly number[]; className?: string }) {
  const width = 120;
  const height = 30;
  // Head room, so that an even course is a line and not a filled box.
  const top = Math.max(...values, 0) * 1.3;
  if (values.length < 2 || top <= 0)
    return <svg className={className} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" />;
  const points = values.map(
    (value, index) =>
      `${((index / (values.length - 1)) * width).toFixed(1)} ${(height - 1 - (value / top) * (height - 4)).toFixed(1)}`,
  );
  const line = `M${points.join("L")}`;
  return (
    <svg className={className} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={`${line}L${width} ${height}L0 ${height}Z`} fill="var(--accent)" opacity="0.14" />
      <path
        d={line}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}
