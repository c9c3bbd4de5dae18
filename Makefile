# Every door a contributor needs. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# How many test workers; three suit two cores, as tests of engines mostly wait.
WORKERS ?= 3
# Which example `make demo` brings up.
SYSTEM ?= analytics
# Where this is set, each of a thousand processes would compile all of Seatrial again.
unexport PYTHONDONTWRITEBYTECODE

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
	@$(MAKE) --no-print-directory -j2 tools check
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: tools
tools: setup ## The linters that tests ask, each in .venv/tools
	@sh scripts/tools

.PHONY: check
check: setup ## Style, types, layers
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > $(VENV)/layers.txt || { cat $(VENV)/layers.txt; exit 1; }

.PHONY: golden
golden: setup ## Write the golden files and the generated documents anew
	@$(BIN)/python -m tests.golden.systems
	@$(BIN)/python -m tests.golden.costs
	@$(BIN)/python -m tests.golden.checks
	@$(BIN)/python -m tests.golden.documents
	@$(BIN)/python -m tests.golden.cheapest
	@$(BIN)/python -m tests.pipeline.golden_files
	@$(BIN)/python -m tests.reach.golden
	@$(BIN)/python -m scripts.docs

.PHONY: bench
bench: setup ## Every benchmark; each says which bar it holds
	@$(BIN)/python -m benchmarks.compile
	@$(BIN)/python -m benchmarks.local
	@$(BIN)/python -m benchmarks.pipeline
	@$(BIN)/python -m benchmarks.check
	@$(BIN)/python -m benchmarks.reach

.PHONY: bars
bars: setup ## The long runs: kills, rollouts, scaling under traffic, 10,000 schedules
	@$(BIN)/python -m benchmarks.kills
	@$(BIN)/python -m benchmarks.kills analytics
	@$(BIN)/python -m benchmarks.rollouts
	@$(BIN)/python -m benchmarks.scaling
	@$(BIN)/python -m tests.control.schedules --count 10000

.PHONY: schemas
schemas: setup ## Pack AWS's schemas and tables again from the locked cfn-lint
	@$(BIN)/python scripts/refresh-schemas
	@$(BIN)/python scripts/refresh-terraform
	@$(BIN)/python -m tests.pipeline.handlers

.PHONY: lock
lock: $(VENV)/ready ## Resolve the dependencies again and write requirements/*.lock
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --universal --python-version 3.11 \
		--extra engines --group dev pyproject.toml -o requirements/dev.lock

.PHONY: clean
clean: ## Remove .venv and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
