# Everything a developer or a user of the checkout types. Needs: Python >= 3.11, git, make.
# The first call makes the environment, later ones reuse it: a stamp that is older than the lists
# it was installed from says that something must be installed again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
SOURCES := orchestrator sessions widgets tui tests benchmarks scripts
# Arguments for pytest, for example: make test T="tests/test_house.py -x"
T ?=
# Extra options for the resolver: make lock LOCK=--upgrade
LOCK ?=

# Pins hold for every platform and every Python from 3.11 on. No registry's address is written.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(LOCK)

.DEFAULT_GOAL := help
.PHONY: help run demo test check format docs bench build lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) ## Start the control room
	@$(BIN)/orchestrator-tui

demo: $(RUNTIME) ## Start the demonstration: no model, no account, no network
	@$(BIN)/orchestrator-tui demo

test: $(DEV) ## Run the tests; choose some with T="tests/test_house.py -x"
	$(BIN)/python -m pytest $(T)

check: $(DEV) ## Lint, formatting, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard $(SOURCES))
	$(BIN)/lint-imports

format: $(DEV) ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: $(DEV) ## Write what the documents take from the program: keys, picture
	$(BIN)/python scripts/write_docs.py

bench: $(DEV) ## Run the measurements that need no data (replay.py needs some)
	@set -e; for script in $(filter-out %/replay.py %/minimal_app.py,$(wildcard benchmarks/[!_]*.py)); do \
		echo "== $$script"; $(BIN)/python "$$script"; \
	done

build: $(DEV) ## Build the wheel into dist/
	$(PIP) wheel . --no-deps --no-build-isolation --wheel-dir dist
	@ls dist/*.whl

lock: $(DEV) ## Renew requirements/*.txt; newer versions with LOCK=--upgrade
	$(COMPILE) pyproject.toml requirements/build.in -o requirements/runtime.txt
	$(COMPILE) pyproject.toml requirements/build.in requirements/dev.in -o requirements/dev.txt

clean: ## Remove the environment and everything made by the commands above
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(wildcard $(SOURCES)) -type d -name __pycache__ -prune -exec rm -rf {} +

# pip is the last thing `venv` puts there, so it marks an environment that is whole.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "orchestrator-tui needs Python 3.11 or newer, but '$(PYTHON)' is" \
			"$$($(PYTHON) --version 2>&1 || true)."; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python could not make $(VENV). On Debian and Ubuntu: apt install python3-venv"; exit 1; }

# The order-only bar: a newer pip in the environment is no reason to install again.
$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what the program needs (once) ..."
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# The developers' list holds the program's, at the same versions.
$(DEV): requirements/dev.txt requirements/runtime.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what the tests and checks need (once) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(RUNTIME) $@
