# Weir's commands. `make` or `make help` lists them. Anything longer than a few lines lives in scripts/ or `cargo xtask`.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

export PATH := $(HOME)/.cargo/bin:$(PATH):/usr/local/sbin:/usr/sbin:/sbin
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
DEMO_FLAGS ?= --demo
MDBOOK := $(shell command -v mdbook 2>/dev/null || echo $(TARGET_DIR)/tools/bin/mdbook)

web_sources := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/e2e -prune -o -path web/test-results -prune -o -type f -print 2>/dev/null)

##@ Use

.PHONY: help
help: ## list the commands
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install what building and running needs (system packages when root, else says which)
	@scripts/setup.sh run

.PHONY: run
run: setup web/dist/index.html ## build everything and start Weir with demo traffic (DEMO_FLAGS= for none)
	@cargo build --locked --release --package weir
	@exec $(TARGET_DIR)/release/weir serve $(DEMO_FLAGS)

##@ Work on it

.PHONY: dev
dev: setup ## the server with demo traffic, and the UI with hot reload, together
	@scripts/dev.sh

.PHONY: web
web: setup web/dist/index.html ## build the UI into web/dist

web/dist/index.html: $(web_sources)
	@cd web && npm run --silent build
	@touch $@

.PHONY: generate
generate: ## write what is generated: from schema/ the field table, from the program the reference pages and the API client
	@cargo xtask generate
	@WEIR_WRITE_REFERENCE=1 cargo test --quiet --package weir --test reference
	@WEIR_WRITE=1 cargo test --quiet --package weir-api fresh
	@cd web && npm run --silent api

.PHONY: docs
docs: $(MDBOOK) ## build the book into docs/book
	@$(MDBOOK) build docs

$(TARGET_DIR)/tools/bin/mdbook:
	@echo "mdbook is not installed; building it into $(TARGET_DIR)/tools (a few minutes, once)"
	@cargo install --quiet --locked --root $(TARGET_DIR)/tools mdbook

##@ Check it

.PHONY: check
check: setup-test check-rust check-web ## formatting, lints, types, house rules, the UI's unit tests

.PHONY: setup-test
setup-test:
	@scripts/setup.sh test

.PHONY: check-rust
check-rust:
	@cargo fmt --all --check
	@cargo xtask generate --check
	@cargo xtask tidy
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@if command -v typos >/dev/null; then typos; fi

.PHONY: check-web
check-web:
	@cd web && npm run --silent check

.PHONY: test
test: setup-test web/dist/index.html check-rust check-web test-rust test-web ## set up, check and run every test but the long ones

.PHONY: test-rust
test-rust:
	@cargo test --locked --workspace

.PHONY: test-web
test-web:
	@cargo build --locked --package weir
	@cd web && WEIR_BIN="$(abspath $(TARGET_DIR))/debug/weir" npm run --silent e2e

.PHONY: test-all
test-all: test ## also the long tests: those marked `ignored`
	@cargo test --locked --workspace -- --ignored
	@cd oracle && cargo test --locked

.PHONY: oracle
oracle: ## compare with other decoders (netflow_parser, netgauze-flow-pkt): the values, then the speed
	@cd oracle && cargo test --locked -- --nocapture && cargo run --locked --release

.PHONY: fuzz
fuzz: ## run one fuzz target for a minute: make fuzz TARGET=ipfix FUZZ_SECONDS=60
	@scripts/fuzz.sh "$(TARGET)" "$(or $(FUZZ_SECONDS),60)"

.PHONY: fuzz-all
fuzz-all: ## run every fuzz target, two at a time: make fuzz-all FUZZ_SECONDS=30
	@scripts/fuzz.sh all "$(or $(FUZZ_SECONDS),30)"

.PHONY: bench
bench: setup web/dist/index.html ## measure the release build and the hot paths; adds to bench/results.jsonl
	@cargo xtask bench record

.PHONY: detect-report
detect-report: ## measure detection on the labelled captures (WEIR_SHARED) and write docs/src/detection-quality.md
	@WEIR_WRITE_REPORT=1 cargo test --quiet --package weir-detect --test captures

.PHONY: deny
deny: ## check licences, advisories and sources of every dependency (cargo-deny)
	@command -v cargo-deny >/dev/null || { echo "error: cargo-deny is not installed; run: cargo install --locked cargo-deny" >&2; exit 1; }
	@cargo deny check

.PHONY: ci
ci: ## what CI runs
	@.ci/run
