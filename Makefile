# Two commands for a fresh machine: `make demo` and `make test`. The rest are their parts.
.PHONY: demo test lint build need

LISTEN ?= 127.0.0.1:8080
SPEED ?= 20

# Serves the demo town from an embedded database in ./demo-data, with a simulated working day.
demo: need
	cargo run --release --package gewang -- demo --data demo-data --listen $(LISTEN) --simulator $(SPEED)

# Every test: format, lints, the documents and the rooms (tidy), then all suites.
test: need lint
	cargo build --workspace --all-targets
	cargo run --package xtask -- tidy
	@if cargo nextest --version >/dev/null 2>&1; \
	then cargo nextest run --workspace --no-fail-fast; \
	else cargo test --workspace --no-fail-fast; fi

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

build: need
	cargo build --release --package gewang

# What Cargo cannot bring: a C compiler for SQLite.
need:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it with rustup, https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing: apt-get install --yes build-essential"; exit 1; }
