# Every door a contributor needs. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# How many test workers; two suit two cores.
WORKERS ?= 2
# Which example `make demo` brings up.
SYSTEM ?= analytics

.PHONY: help
help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/ready: pyproject.toml requirements/dev.lock scripts/setup
	@PYTHON=$(PYTHON) sh scripts/setup

.PHONY: setup
setup: $(VENV)/ready ## Make .venv with everything, pinned by hash

.PHONY: demo
demo: setup ## Bring SYSTEM up over its zones, break it under traffic, tell the truth (ONCE=1: one pass)
	@$(BIN)/python -m demo.$(subst -,_,$(SYSTEM))

.PHONY: test
test: setup ## Set up, then check style, types and layers, and run every test
	@sh scripts/tools
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: check
check: setup ## Style, types, layers
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > $(VENV)/layers.txt || { cat $(VENV)/layers.txt; exit 1; }

.PHONY: golden
golden: setup ## Write the golden files and the generated documents anew
	@$(BIN)/python -m tests.golden.systems
	@$(BIN)/python -m tests.golden.checks
