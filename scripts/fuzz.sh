#!/usr/bin/env bash
# Runs fuzz targets for a bounded time each: scripts/fuzz.sh TARGET|all SECONDS
#
# The pinned stable toolchain does it: RUSTC_BOOTSTRAP=1 opens the one unstable flag, the address sanitizer. The
# targets are built directly, with the flags that cargo-fuzz would set, so that cargo-fuzz need not be there.
# A target starts from fuzz/corpus/TARGET, where the parts of our captures are put first (with WEIR_SHARED, those of
# the shared captures too) and what it finds is kept. A crash, a hang (30 s) or too much memory fails the run, and the
# input is in fuzz/artifacts/TARGET. FUZZ_JOBS targets (2) run at a time. FUZZ_SEED (a new one each time) makes a run
# like another: CI names one, so that a change is judged by what it changed.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "fuzz: $*"; }
fail() {
    echo "fuzz: error: $1" >&2
    shift
    for line in "$@"; do echo "fuzz: $line" >&2; done
    exit 1
}

target=${1:-}
seconds=${2:-60}
known=$(find fuzz/fuzz_targets -name '*.rs' -printf '%f\n' | sed 's/\.rs$//' | sort | xargs)
if [ "$target" != all ] && [ ! -f "fuzz/fuzz_targets/$target.rs" ]; then
    echo "fuzz: error: no fuzz target \`$target\`; name one: make fuzz TARGET=NAME, or make fuzz-all" >&2
    echo "fuzz: targets: $known" >&2
    exit 2
fi
case $seconds in
    '' | *[!0-9]*)
        echo "fuzz: error: \`$seconds\` is no number of seconds" >&2
        exit 2
        ;;
esac
if [ "$target" = all ]; then targets=$known; else targets=$target; fi

# --- build -------------------------------------------------------------------------------------------------------

command -v c++ >/dev/null || fail "a C++ compiler is missing: libFuzzer is built from source" \
    "Debian and its kin: sudo apt-get install -y g++"
host=$(rustc -vV | sed -n 's/^host: //p')
build=${CARGO_TARGET_DIR:-target}/fuzz
mkdir -p "$build"
build=$(realpath "$build")
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Zsanitizer=address -Cpasses=sancov-module \
-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
-Cllvm-args=-sanitizer-coverage-stack-depth -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
--cfg fuzzing -Cdebug-assertions -Coverflow-checks"
say "building the targets (some minutes the first time)"
started=$SECONDS
# With a target named, the flags are not for build scripts.
cargo build --quiet --locked --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir "$build"
say "built in $((SECONDS - started)) s"
bin=$build/$host/release

# --- seeds -------------------------------------------------------------------------------------------------------

sources=(testdata)
if [ -n "${WEIR_SHARED:-}" ]; then sources+=("$WEIR_SHARED/captures"); fi
find "${sources[@]}" -type f -size -2048k ! -name '*.jsonl' ! -name '*.md' -print0 | sort -z |
    ASAN_OPTIONS=detect_leaks=0 xargs -0 "$bin/seeds" fuzz/corpus >/dev/null

# --- run ---------------------------------------------------------------------------------------------------------

run() { # run TARGET: its log goes to fuzz/artifacts/TARGET.log
    local name=$1 log=fuzz/artifacts/$1.log
    mkdir -p "fuzz/artifacts/$name" "fuzz/corpus/$name"
    rm -f "$log"
    # Leaks are not looked for: safe code has none that a sanitizer sees, and some containers forbid the search.
    if ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=32:allocator_may_return_null=1 "$bin/$name" \
        -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -print_final_stats=1 -seed="${FUZZ_SEED:-0}" \
        -artifact_prefix="fuzz/artifacts/$name/" "fuzz/corpus/$name" >"$log" 2>&1 </dev/null; then
        local runs covered peak
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
        covered=$(grep -o 'cov: [0-9]*' "$log" | tail -n1 | cut -d' ' -f2 || true)
        say "$name: ${runs:-0} inputs in $seconds s, ${covered:-0} places reached, ${peak:-?} MiB at most"
    else
        say "$name: FAILED" >&2
        grep -aE '^(thread|==[0-9]+==|SUMMARY|ERROR|assertion|  (left|right):)|panicked at' "$log" | head -n 12 >&2 || true
        local input
        for input in $(grep -aoE 'fuzz/artifacts/[a-z0-9]+/[a-z-]+-[0-9a-f]+' "$log" | sort -u); do
            say "reproduce: $bin/$name $input" >&2
            # Where only the output is kept, as in CI, the input is in it.
            if [ "$(stat -c %s "$input")" -le 4096 ]; then say "the input: base64 $(base64 -w0 "$input")" >&2; fi
        done
        say "the whole log: $log" >&2
        return 1
    fi
}
export -f run say
export seconds bin
printf '%s\n' $targets | xargs -P "${FUZZ_JOBS:-2}" -I{} bash -c 'run {}' ||
    fail "a fuzz target failed: see above"
