# One-line wrappers of the python and pip commands that README.md gives, for Windows too.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
INPUTS := setup.cfg constraints.txt

# A thousand short processes of the tests would each compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint unit docs bench clean

run: $(VENV)/core  ## rebalance the sample portfolio
	$(BIN)/allocator samples/moex.ini

test: lint unit  ## everything that CI runs

lint: $(VENV)/dev  ## style, types, and which room may import which
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports

# One worker more than the cores of the smallest machine: kills, servers and browsers are waited for.
unit: $(VENV)/dev  ## unit, integration and e2e tests, the same examples each time; plain pytest explores others
	CI=true $(BIN)/python -m pytest -n 3 --dist loadgroup --quiet

docs: $(VENV)/dev  ## links lead somewhere, and printed commands and tables are what the program prints
	$(BIN)/python -m pytest --quiet tests/e2e/test_docs.py

bench: $(VENV)/bench  ## measure against the peers, write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.rebalance
	$(BIN)/python -m benchmarks.panel
	$(BIN)/python -m benchmarks.refresh
	$(BIN)/python -m benchmarks.backtest
	$(BIN)/python -m benchmarks.loop
	$(BIN)/python -m benchmarks.web

clean:  ## forget the environment and the caches
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# A stamp for each set of packages; it is renewed when the metadata or the pinned versions change.
$(VENV)/core: $(BIN)/python $(INPUTS)
	$(PIP) .
	@touch $@

$(VENV)/dev: $(BIN)/python $(INPUTS)
	$(PIP) '.[dev,yahoo,plot,postgres,parquet,keyring,forecast,ray,web]'
	@touch $@ $(VENV)/core

$(VENV)/bench: $(BIN)/python $(INPUTS)
	$(PIP) '.[dev,yahoo,plot,postgres,parquet,keyring,forecast,ray,web,bench]'
	@touch $@ $(VENV)/core $(VENV)/dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'allocator needs Python 3.11 or newer: say  make $(MAKECMDGOALS) PYTHON=/path/to/python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo 'Python lacks its venv module: on Debian and Ubuntu say  apt install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
