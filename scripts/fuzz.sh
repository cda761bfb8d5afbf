#!/usr/bin/env bash
# Runs one fuzz target for a bounded time: scripts/fuzz.sh TARGET SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-}
seconds=${2:-60}
known=$(find fuzz/fuzz_targets -name '*.rs' -printf '%f\n' 2>/dev/null | sed 's/\.rs$//' | sort | xargs)
if [ -z "$target" ] || [ ! -f "fuzz/fuzz_targets/$target.rs" ]; then
    echo "error: no fuzz target \`$target\`; name one: make fuzz TARGET=NAME" >&2
    echo "targets: ${known:-(none)}" >&2
    exit 2
fi
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    echo "error: fuzzing needs nightly Rust and cargo-fuzz" >&2
    echo "help: rustup toolchain install nightly && cargo install --locked cargo-fuzz" >&2
    exit 1
fi
exec cargo +nightly fuzz run "$target" -- -max_total_time="$seconds"
