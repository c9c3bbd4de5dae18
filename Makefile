# Every door a contributor needs. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# How many test workers; two suit two cores.
WORKERS ?= 2
# Which example `make demo` brings up.
SYSTEM ?= fastapi-app

.PHONY: help
help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/ready: pyproject.toml requirements/dev.lock scripts/setup
	@PYTHON=$(PYTHON) sh scripts/setup

.PHONY: setup
setup: $(VENV)/ready ## Make .venv with everything, pinned by hash

.PHONY: lock
lock: $(VENV)/ready ## Resolve the dependencies again and write requirements/*.lock
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --universal --python-version 3.11 \
		--extra engines --group dev pyproject.toml -o requirements/dev.lock
