# Two commands for a fresh machine: `make demo` and `make test`. The rest are their parts.
.PHONY: demo test lint build web check-web browser need need-test

LISTEN ?= 127.0.0.1:8080
SPEED ?= 20

# Serves the demo town from an embedded database in ./demo-data, with a simulated working day.
demo: web
	cargo run --release --package gewang -- demo --data demo-data --listen $(LISTEN) --simulator $(SPEED)

# Every test: format, lints, types, the documents and the rooms (tidy), then all suites, and the browser last.
test: need-test check-web web lint
	cargo build --workspace --all-targets
	cargo run --package xtask -- tidy
	@if cargo nextest --version >/dev/null 2>&1; \
	then cargo nextest run --workspace --no-fail-fast; \
	else cargo test --workspace --no-fail-fast; fi
	$(MAKE) browser

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

# The binary to install: target/dist/gewang.
build: web
	cargo build --profile dist --package gewang

# The four surfaces, built once into web/dist; the binary carries them.
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print)
web: need web/dist/built
# Not `npm ci`: it refuses a lock file wherever a registry lacks the native parts of some other platform.
web/node_modules/installed: web/package-lock.json
	cd web && npm install --no-save --no-audit --no-fund
	touch $@
web/dist/built: web/node_modules/installed $(WEB_SOURCES)
	cd web && npm run build
	touch $@

check-web: web/node_modules/installed
	cd web && npm run check && npm run test

# The main job through the four surfaces, in Debian's Chromium, against the real binary.
browser: need-test web
	cargo build --package gewang
	cd web && npm run e2e

need:
	@scripts/need build

need-test:
	@scripts/need test
