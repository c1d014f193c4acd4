# `make run` to see it, `make test` to try all of it. Each target is a short way to say a command that can be run by itself.

# What a far-away database and web service cost: the lecture shows it, the server that stays up does not have it.
LATENCY := database=60ms,upstream=120ms

# cargo's profile; `make run PROFILE=dev` builds faster and runs slower.
PROFILE := release

# cargo's own target folder may be moved by CARGO_TARGET_DIR.
MEANWHILE := $(or $(CARGO_TARGET_DIR),target)/$(PROFILE:dev=debug)/meanwhile

WEB := services/dashboard/web

.PHONY: build run test bench bench-quick lint tools page

build:
	tools/page.sh
	cargo build --profile $(PROFILE) --locked

run: build
	$(MEANWHILE) play lecture --throw-away --simulate-latency $(LATENCY)
	exec $(MEANWHILE) up

test:
	tools/test.sh

# Both in one build: features of the benchmark's own would rebuild half the tree.
bench bench-quick:
	cargo build --release --locked -p meanwhile -p meanwhile-bench
	$(or $(CARGO_TARGET_DIR),target)/release/meanwhile-bench $(if $(findstring quick,$@),--lasts 1)

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

# The dashboard's page: the types of its contract, its own check and tests, and the build that cargo takes in.
page:
	tools/page.sh --needed
	npm --prefix $(WEB) run check
	npm --prefix $(WEB) test

tools:
	tools/install.sh
