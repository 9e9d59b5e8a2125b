# Needs a Rust toolchain, git and make. What else the tests need, scripts/need.sh installs or names.
# Everything is built in the dev profile: `make run` and `make test` share their build, and the first page comes soonest.

CARGO ?= cargo
STEP  := scripts/step.sh
export CARGO_TERM_COLOR ?= auto
# The program as the tests build it: built for itself its dependencies have other features, and all would be built again.
PROGRAM := $(CARGO) test --locked --quiet --no-run --test bridge

# Walks one after the other, to the first that fails.
WALKS = $(foreach walk,$(1),node tests/browser/$(walk).mjs &&) true

# Most tests wait for a process, a clock or a disk: twice as many as cores at once keep the cores busy.
export RUST_TEST_THREADS ?= $(shell echo $$(( 2 * $$(getconf _NPROCESSORS_ONLN) )))

.DEFAULT_GOAL := help
.PHONY: help run test check bench kill long format lint docs menus need browser

help: ## say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name what; do \
		printf '  make %-8s %s\n' "$$name" "$$what"; done

run: ## the demo: gateway, simulated network, sample office, a phone in the browser at 127.0.0.1:8080
	$(CARGO) run --locked -- demo $(ARGS)

test: need format lint ## everything that must hold before a merge
	@$(STEP) 'tests, build'  $(CARGO) test --locked --no-run
	@$(STEP) 'npm, interop'  scripts/packages.sh tests/interop
	@$(STEP) 'tests'         $(CARGO) test --locked
	@$(MAKE) --no-print-directory browser
	@$(STEP) 'menus and docs' scripts/beside.sh '$(MAKE) --no-print-directory menus' '$(MAKE) --no-print-directory docs'

browser: ## walk phone page, desk and kiosk, and the stories over them, in a real browser
	@$(STEP) 'chromium'      scripts/need.sh chromium noto-sans node npm redis-server
	@$(STEP) 'build'         $(PROGRAM)
	@$(STEP) 'npm, browser'  scripts/packages.sh tests/browser
	@$(STEP) 'kiosk, types' tests/browser/node_modules/.bin/tsc -p kiosk/jsconfig.json
	@$(STEP) 'kiosk, units' node --test tests/browser/kiosk-units.mjs
	@$(STEP) 'walks in the browser' scripts/beside.sh '$(call WALKS,desk kiosk-looks kiosk-wipe)' '$(call WALKS,phone story kiosk-hands kiosk-cuts kiosk-story)'

check: format lint menus ## the fast part: format, lints, menus and conversations

bench: ## benches of the pure parts and of a gateway under load
	@$(STEP) 'redis-server' scripts/need.sh redis-server
	$(CARGO) bench --locked $(ARGS)

KILLS ?= 200
kill: ## kill the gateway under load KILLS times per store, at random and at named places, and print what was lost: nothing
	@$(STEP) 'redis-server' scripts/need.sh redis-server
	@$(STEP) 'build'        $(CARGO) test --locked --no-run --test bridge
	KOPIR_KILLS=$(KILLS) $(CARGO) test --locked --test bridge -- --nocapture killed_under_load

long: need ## the tests with their long forms (10⁷ mutated PDUs): hours
	@$(STEP) 'npm, interop'  scripts/packages.sh tests/interop
	@$(STEP) 'tests, long'   env KOPIR_LONG=1 $(CARGO) test --locked --release -- --include-ignored
	@KOPIR_LONG=1 $(MAKE) --no-print-directory browser

need:
	@$(STEP) 'what is needed' scripts/need.sh redis-server node npm bearerbox

format:
	@$(STEP) 'format' $(CARGO) fmt --check

lint:
	@$(STEP) 'lints' $(CARGO) clippy --locked --all-targets -- -D warnings

menus:
	@$(STEP) 'build'         $(PROGRAM)
	@$(STEP) 'menus, conversations' target/debug/kopir check menus

docs:
	@$(STEP) 'docs' env RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --quiet
