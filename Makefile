# make demo        label a small rendered dataset and say how good the labels are; needs no key
# make test        all checks, and the tests that are not thorough
# make test-thorough  what takes long, such as whole runs on odd machines and endpoints
# make test-quick  the tests that need neither Snakemake nor a server
# make lint        formatting, style and types; those of the review page if npm is installed
# make bench       measurements

# Packages have the versions of constraints.txt, with which everything was tested. With others:
#   make test VENV=.venv-newest CONSTRAINTS=/dev/null
#   make test VENV=.venv-lowest SNAKEMAKE=9.17.0

PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
SNAKEMAKE ?=
BIN := $(VENV)/bin
# Tools find each other: snakefmt calls shfmt.
export PATH := $(CURDIR)/$(BIN):$(PATH)
SMK := Snakefile $(wildcard rules/*.smk)

.PHONY: demo test test-thorough test-quick lint lint-types lint-others lint-page bench
.DELETE_ON_ERROR:

# Made again when what it is made from is newer, so that a pulled change brings its packages.
# Snakemake's own interfaces follow the version that is asked for.
$(VENV)/ready: pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	sed -E '$(if $(SNAKEMAKE),/^snakemake(-interface-.*)?==/d)' $(CONSTRAINTS) > $(VENV)/constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(VENV)/constraints.txt -e '.[test]' $(SNAKEMAKE:%='snakemake==%')
	@touch $@

demo: $(VENV)/ready
	$(BIN)/python scripts/make_demo_dataset.py --output data/demo
	$(BIN)/snakemake --profile profiles/demo --quiet rules
	$(BIN)/snakemake evaluate --profile profiles/demo --quiet all

# A file of tests stays with one process, and files come in the order of tests/conftest.py.
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

test: lint
	$(PYTEST) -m "not thorough"

test-thorough: $(VENV)/ready
	$(PYTEST) -m thorough

test-quick: $(VENV)/ready
	$(PYTEST) -m "not snakemake and not server"

# Types take as long as all the rest.
lint: $(VENV)/ready
	@$(MAKE) --no-print-directory -j2 lint-types lint-others lint-page

lint-types: $(VENV)/ready
	$(BIN)/mypy

lint-others: $(VENV)/ready
	$(BIN)/ruff format --check scripts tests docs
	$(BIN)/ruff check scripts tests docs
	$(BIN)/snakefmt --check $(SMK)
	$(BIN)/python tests/lint.py
	$(BIN)/python docs/draw_architecture.py --check

# The page has no build step and no packages: only its types are checked with one.
TYPESCRIPT := 5.9.3
TSC := $(VENV)/npm/typescript-$(TYPESCRIPT)/node_modules/.bin/tsc
PAGE := scripts/subtasks/review/page

lint-page: $(VENV)/ready
	@if test -x $(TSC) || npm install --prefix $(VENV)/npm/typescript-$(TYPESCRIPT) --silent \
		--no-audit --no-fund --no-save typescript@$(TYPESCRIPT); then \
		echo "tsc --checkJs $(PAGE)"; \
		$(TSC) --noEmit --allowJs --checkJs --strict --noUnusedLocals --target es2023 \
			--module es2022 --lib es2023,dom,dom.iterable $(PAGE)/*.js; \
	else echo "The types of the review page are not checked: that needs npm"; fi

BENCHMARKS := frames asking cost startup memory plan overhead review evaluation

# All of it takes half an hour; `make bench BENCHMARKS=frames` is a part of it.
bench: $(VENV)/ready
	@set -e; for name in $(BENCHMARKS); do $(BIN)/python tests/benchmarks/$$name.py; done
