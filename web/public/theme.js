// Runs before the first paint, so that the page never flashes in the wrong theme.
(() => {
  let stored = null;
  try {
    stored = localStorage.getItem("weir-theme");
  } catch {
    // Storage may be blocked: the system's preference decides.
  }
  const dark = stored === "dark" || (stored !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
