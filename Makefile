# Two commands do everything on a machine that has Rust, gcc and make:
#
#   make run     open the window on the built-in sandbox
#   make test    run every test, those in a real window included
#
# Both first install what is missing (Debian, Ubuntu) or say what is missing (elsewhere).
# `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help run test check fmt bench bench-window

# rustup puts cargo here; a shell that was open during its installation does not know that yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Open the window on the sandbox; ARGS="…" replaces --sandbox
	@scripts/run.sh $(ARGS)

test: ## Run every test, the real-window tests included
	@scripts/test.sh

check: ## Check format and lints, as CI does
	cargo fmt --check
	cargo clippy --locked --all-targets --features real-window -- -D warnings

fmt: ## Format the code
	cargo fmt

bench: ## Run the benchmarks
	cargo bench --locked --no-fail-fast

bench-window: ## Measure the window's start, memory and idle CPU beside the smallest eframe window
	@scripts/bench-window.sh
