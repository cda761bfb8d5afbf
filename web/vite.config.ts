import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` forwards the API to a running server: `WEIR_URL`, else the mock server's port.
const target = process.env.WEIR_URL ?? "http://127.0.0.1:8055";
// The server refuses calls from another origin than its own: it must see the address that the browser sees.
const proxy = { target, changeOrigin: false };

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/api": proxy, "/metrics": proxy } },
  build: {
    target: "es2022",
    // Fonts and images stay files: the content security policy allows no `data:` fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    css: { modules: { classNameStrategy: "non-scoped" } },
  },
});
