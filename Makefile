# Everything runs in a virtual environment of its own, made on first use. Needs Python 3.11 or newer and a C library; no root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: help install demo test check lint format unit verify bench pictures clean

help:            ## list these targets
	@grep -hE '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP)  ## make the virtual environment

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Loadcell needs Python 3.11 or newer: make PYTHON=/path/to/python3 …"; exit 1; }
	@echo "installing into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group dev -e '.[demo]'
	@touch $@

demo: $(STAMP)   ## put load on the example service and show the result
	@$(BIN)/loadcell demo --html .loadcell/demo.html

test: $(STAMP)   ## run every check and test
	@tests/all.sh $(PYTEST_ARGS)

check: $(STAMP)  ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

unit: $(STAMP)   ## the tests that take seconds
	$(BIN)/python -m pytest tests/unit $(PYTEST_ARGS)

format: $(STAMP) ## put the code into its one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

verify: $(STAMP) ## run what takes long: make verify PART=parity, or another part; without one it lists them
	@tests/verify.sh $(PART)

bench: $(STAMP)  ## measure speed and accuracy beside named peers
	@benchmarks/peers.sh
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

pictures: $(STAMP) ## take the pictures of the page that the documentation shows
	$(BIN)/python -m tests.pictures

clean:           ## remove what was installed and made
	rm -rf $(VENV) .make .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
