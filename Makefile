# risk-service. Start with `make run`; everything lives in the private environment .venv.
PYTHON  ?= python3
WORKERS ?= 2
BIN     := .venv/bin
UV      ?= uv
SHELL   := /bin/sh
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help env run test lint format lock bench accept fuzz faults load assure sbom markers clean

help:
	@echo "make run     prepare everything and serve a demonstration on 127.0.0.1:8000 (Ctrl-C ends it)"
	@echo "make test    run the tests (DATABASES=both: every test of the service on PostgreSQL too)"
	@echo "make lint    check style, types and who imports whom"
	@echo "make format  put the style right where that can be done by itself"
	@echo "make bench   run the benchmarks"
	@echo "make accept  FEEDS=… UNTIL=… AS_OF=…: try everything on a delivery, every way against every other"
	@echo "make fuzz    send made-up requests and files for as long as FUZZ says (default 300 of each kind)"
	@echo "make faults  kill jobs at 200 random points, on both databases"
	@echo "make load    ask a server more than it has hands for, on both databases, and end it in the midst of it"
	@echo "make assure  CLAIM=walk, tamper, replay or drill: show a claim of docs/assurance.md"
	@echo "make sbom    list every package that is installed, with hashes and licences, as CycloneDX"
	@echo "make markers send marked persons, keys and passwords through everything and search every place for them"
	@echo "make env     prepare the private environment in .venv alone"
	@echo "make lock    choose package versions anew (needs uv)"
	@echo "make clean   remove the environment and what the tools left behind; data stay"

env:
	@command -v $(PYTHON) >/dev/null || { echo "make env: no $(PYTHON) here; install Python 3.11 or later."; exit 1; }
	@$(PYTHON) tools/environment.py $(if $(filter command environment,$(firstword $(origin PYTHON))),--this-python)

# Ctrl-C reaches the server, which closes by itself; the trap keeps make from calling that an error.
run: env
	@trap : INT; $(BIN)/risk-service demo || { code=$$?; [ $$code -eq 130 ] || exit $$code; }

test: env
	@RISK_TEST_DATABASES=$(DATABASES) POLARS_MAX_THREADS=2 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

lint: env
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/bandit --ini setup.cfg -q -r models risk_service training tools

format: env
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

# One lock for everything, and its light part for a server that only serves.
LOCKING = $(UV) pip compile setup.cfg --universal --generate-hashes --python-version 3.11 --quiet \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock:
	@command -v $(UV) >/dev/null || { echo "make lock: uv is needed (pip install uv)."; exit 1; }
	@$(LOCKING) --all-extras --output-file requirements.lock
	@$(LOCKING) --extra postgres --constraint requirements.lock --output-file requirements-serve.lock

bench: env
	@POLARS_MAX_THREADS=2 OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks $(ARGS)

accept: env
	@POLARS_MAX_THREADS=2 OMP_NUM_THREADS=1 $(BIN)/python -m tools.acceptance --feeds "$(FEEDS)" --until "$(UNTIL)" --as-of "$(AS_OF)"

fuzz: env
	@FUZZ_REQUESTS=$(or $(FUZZ),300) FUZZ_SEED=$(or $(SEED),2) POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -rP --show-capture=stdout \
		tests/risk_service/api/test_walk.py tests/models/delivery/test_hostile.py

faults: env
	@POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults.kill $(ARGS)

load: env
	@POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.load.strain $(ARGS)

assure: env
	@POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.assure.claims "$(CLAIM)" $(ARGS)

sbom: env
	@$(BIN)/python -m tools.sbom $(ARGS)

markers: env
	@POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.markers $(ARGS)

clean:
	@rm -rf .venv .venv.lock build dist *.egg-info htmlcov .coverage .coverage.* .hypothesis \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
