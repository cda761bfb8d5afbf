import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eaf2fb",
  "#bcd7f2",
  "#83b5e6",
  "#58a6ff",
  "#2a7dc4",
  "#1068c2",
  "#0b6bcb",
  "#0a5fb4",
  "#0d4580",
  "#06264a",
]; // prettier-ignore
/** Mantine draws its dark surfaces from this scale: text, muted, controls, lines, raised, panel, background. */
const dark: MantineColorsTuple = [
  "#e6edf3",
  "#c4ced8",
  "#9aa7b5",
  "#6b7787",
  "#2a3644",
  "#1d2733",
  "#161e29",
  "#10161f",
  "#0c1119",
  "#080c12",
]; // prettier-ignore
const gray: MantineColorsTuple = [
  "#f5f7fa",
  "#eef2f7",
  "#d5dce5",
  "#d5dce5",
  "#aab4c0",
  "#7a8594",
  "#55606e",
  "#3c4754",
  "#26323f",
  "#14202e",
]; // prettier-ignore

export const theme = createTheme({
  fontFamily: "var(--font-ui)",
  fontFamilyMonospace: "var(--font-mono)",
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 3 },
  colors: { accent, dark, gray },
  black: "#14202e",
  defaultRadius: 6,
  cursorType: "pointer",
  respectReducedMotion: true,
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "15px", xl: "18px" },
});

export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {
    "--mantine-color-body": "var(--background)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--muted)",
    "--mantine-color-default": "var(--panel)",
    "--mantine-color-default-hover": "var(--raised)",
    "--mantine-color-default-border": "var(--line)",
  },
  light: {},
  dark: {},
});
