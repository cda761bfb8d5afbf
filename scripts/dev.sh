#!/usr/bin/env bash
# Runs the server with demo traffic and the UI's development server side by side; both end together.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --package weir
"${CARGO_TARGET_DIR:-target}/debug/weir" serve --demo &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
(cd web && WEIR_URL="${WEIR_URL:-http://127.0.0.1:8044}" npm run dev)
