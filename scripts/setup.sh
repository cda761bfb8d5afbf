#!/usr/bin/env bash
# Makes sure that what Weir needs from the system is there, and installs the UI's packages.
#
#   scripts/setup.sh run     what `make run` needs: a C compiler, Rust, Node; free databases of countries and AS numbers
#   scripts/setup.sh test    also what `make test` needs: Chromium, real exporters, network tools, DuckDB, pyarrow; and fuzzing's C++
#
# It looks before it acts, so a second run takes well under a second. On Debian and its kin the missing system
# packages are installed when it runs as root; otherwise it prints the command that installs them and stops.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-run}
case $purpose in
    run | test) ;;
    *)
        echo "usage: scripts/setup.sh run|test" >&2
        exit 2
        ;;
esac

say() { echo "setup: $*"; }
fail() {
    echo "setup: error: $1" >&2
    shift
    for line in "$@"; do echo "setup: $line" >&2; done
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# Programs in /usr/sbin (softflowd, ip) are not on every user's path.
PATH="$HOME/.cargo/bin:$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# --- system packages ---------------------------------------------------------------------------------------------

missing=()
need() { # need PROGRAM PACKAGE: asks for the package when the program is not there
    has "$1" || missing+=("$2")
}

node_is_new_enough() {
    has node && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

need cc gcc
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
need git git

if ! has node && has apt-cache; then
    # The distribution's own Node serves where it is new enough (Debian 13); Debian 12 has 18.
    candidate=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*\)\..*/\1/p')
    if [ "${candidate:-0}" -ge 20 ]; then missing+=(nodejs npm); fi
elif has node && ! has npm; then
    missing+=(npm)
fi

if [ "$purpose" = test ]; then
    has chromium || has chromium-browser || has google-chrome || missing+=(chromium fonts-liberation)
    need softflowd softflowd
    need pmacctd pmacct
    need nfdump nfdump
    need ip iproute2
    need tcpreplay tcpreplay
    need openssl openssl
    need python3 python3
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    need c++ g++
fi

if [ ${#missing[@]} -gt 0 ]; then
    has apt-get || fail "these programs are missing: ${missing[*]}" "install them with your system's package manager, then run this again"
    if [ "$(id -u)" -ne 0 ]; then
        fail "system packages are missing" "install them with:" "  sudo apt-get update && sudo apt-get install -y ${missing[*]}" "then run this again"
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null || fail "apt-get update failed (its own message is above)"
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null ||
        fail "apt-get could not install: ${missing[*]}" "its own message is above"
fi

# --- Rust --------------------------------------------------------------------------------------------------------

wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
has cargo || fail "Rust is not installed" \
    "install rustup from https://rustup.rs; it then fetches Rust $wanted by itself" \
    "on Debian 13: sudo apt-get install -y rustup"
found=$(rustc --version 2>/dev/null | cut -d' ' -f2) || true
if [ -z "$found" ] && has rustup; then
    say "installing Rust $wanted"
    rustup toolchain install "$wanted" --profile minimal --component clippy --component rustfmt ||
        fail "rustup could not install Rust $wanted (its own message is above)"
    found=$(rustc --version | cut -d' ' -f2)
fi
if [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n1)" != "$wanted" ]; then
    fail "Rust ${found:-(unknown)} is too old: Weir needs $wanted" \
        "install rustup from https://rustup.rs; it reads rust-toolchain.toml and fetches that version"
fi
if [ "$purpose" = test ]; then
    for part in clippy fmt; do
        cargo "$part" --version >/dev/null 2>&1 || fail "cargo $part is missing" "install it with: rustup component add clippy rustfmt"
    done
fi

# --- other readers of Parquet ------------------------------------------------------------------------------------

# The test `other_tools_read_the_same` holds what DuckDB and pyarrow read of a segment against what was written.
if [ "$purpose" = test ] && ! target/python/bin/python3 -c 'import duckdb, pyarrow' 2>/dev/null; then
    say "installing DuckDB and pyarrow for the tests (target/python)"
    python3 -m venv target/python && target/python/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 </dev/null ||
        fail "DuckDB and pyarrow could not be installed (pip's own message is above)"
fi

# --- Node and the UI's packages ----------------------------------------------------------------------------------

if ! node_is_new_enough; then
    fail "Node $(node --version 2>/dev/null || echo '(none)') is too old or missing: the UI is built with Node 20.19 or newer" \
        "Debian 13: sudo apt-get install -y nodejs npm" \
        "elsewhere: https://nodejs.org/en/download has packages and binaries"
fi
has npm || fail "npm is missing" "install it with: sudo apt-get install -y npm"

# npm writes node_modules/.package-lock.json last; older than package-lock.json means not up to date.
if [ -f web/package-lock.json ] && [ ! web/node_modules/.package-lock.json -nt web/package-lock.json ]; then
    say "installing the UI's packages (npm install in web/)"
    (cd web && npm install --no-save --no-audit --no-fund --loglevel=error </dev/null) || fail "npm install in web/ failed (its own message is above)"
    touch web/node_modules/.package-lock.json
fi

# --- countries and AS numbers ------------------------------------------------------------------------------------

# Beside the release build, where `weir serve` finds them. Weir runs without: no failure ends the set-up.
geo=${CARGO_TARGET_DIR:-target}/release/geo
if [ ! -s "$geo/country.mmdb" ] || [ ! -s "$geo/asn-ipv4.csv" ] || [ ! -s "$geo/asn-ipv6.csv" ]; then
    say "fetching free databases of countries (CC0) and AS numbers (CC-BY 4.0: Route Views, DB-IP)"
    fetched=$(mktemp -d)
    packages=$fetched/node_modules/@ip-location-db
    if npm install --prefix "$fetched" --no-save --no-audit --no-fund --loglevel=error --fetch-retries=1 \
        @ip-location-db/geo-whois-asn-country-mmdb@2.3 @ip-location-db/asn@2.3 </dev/null &&
        mkdir -p "$geo" &&
        cp "$packages/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb" "$geo/country.mmdb" &&
        cp "$packages/asn/asn-ipv4.csv" "$packages/asn/asn-ipv6.csv" "$packages"/asn/*-LICENSE "$geo/"; then
        :
    else
        say "the databases are not available (npm's own message is above): flows will have no countries and operators"
    fi
    rm -rf "$fetched"
fi
