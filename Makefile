# make demo: label a small rendered dataset, no key needed     make lint: formatting and checks
# make test: all tests                                          make bench: measurements

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tools find each other: snakefmt calls shfmt.
export PATH := $(CURDIR)/$(BIN):$(PATH)
SMK := Snakefile $(wildcard rules/*.smk)

.PHONY: demo test lint bench
.DELETE_ON_ERROR:

# Made again when pyproject.toml is newer, so that a pulled change brings its packages.
$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

demo: $(VENV)/ready
	$(BIN)/python scripts/make_demo_dataset.py --output data/demo
	$(BIN)/snakemake --profile profiles/demo --quiet rules
	$(BIN)/python scripts/compare_boundaries.py results/demo/subtasks data/demo/truth --tolerance 0.5

test: lint
	$(BIN)/pytest -n auto --dist loadfile

lint: $(VENV)/ready
	$(BIN)/ruff format --check scripts tests docs
	$(BIN)/ruff check scripts tests docs
	$(BIN)/snakefmt --check $(SMK)
	$(BIN)/python tests/lint.py

BENCHMARKS := frames asking cost startup memory plan overhead

# All of it takes half an hour; `make bench BENCHMARKS=frames` is a part of it.
bench: $(VENV)/ready
	@set -e; for name in $(BENCHMARKS); do $(BIN)/python tests/benchmarks/$$name.py; done
