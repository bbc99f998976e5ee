# Needs Python 3.11 or later, git and make; everything else goes into .venv.
# `make` alone prints the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
# Only `make lock` uses uv; it gets a folder of its own so that it is no part of what is locked.
UV_VERSION := 0.13.9
LOCK_VENV := .venv-lock
# Where the official HL7 validator stands, if anywhere: a folder with validate.sh.
HL7_VALIDATOR ?= ../shared/tools/hl7-validator

# The rooms in which every branch is tested.
COVERED := cds/clinical/*,cds/rules/*,cds/knowledge/*,cds/cards/*

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup serve test lint format coverage lock browser-setup screenshots fhir-server validate-fhir check-python clean test-security test-faults sbom bench bench-quick bench-scale bench-soak

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Make .venv with the locked packages and the project itself (only what changed)

serve: setup ## Serve on http://127.0.0.1:8000 (other: HOST=… PORT=…)
	$(BIN)/cds serve --host $(HOST) --port $(PORT)

test: lint ## All checks: style, format, types, import layers, tests
	@echo; echo "== Tests (pytest) =="
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup ## Style, format, types and import layers, without the tests
	@echo; echo "== Style (ruff check) =="
	$(BIN)/ruff check .
	@echo; echo "== Format (ruff format --check) =="
	$(BIN)/ruff format --check .
	@echo; echo "== Types (mypy) =="
	$(BIN)/mypy
	@echo; echo "== Import layers (lint-imports) =="
	$(BIN)/lint-imports

test-security: setup ## The threats of SECURITY.md, one by one, and the table of which hold
	$(BIN)/python -m pytest tests/security $(PYTEST_ARGS)

test-faults: setup ## Faults with real parts (FHIR server, disk, kill -9, stop), and how long each took
	$(BIN)/python -m pytest tests/faults $(PYTEST_ARGS)

sbom: setup ## Write dist/sbom.cdx.json (CycloneDX) and dist/licences.txt from requirements.lock
	$(BIN)/python -m tests.packaging.bill dist

# `make bench PEERS=--peers` measures the nearest peer beside ours, in an environment of its own.
bench: setup ## What an answer costs beside the floors, in one run of about four minutes
	$(BIN)/python -m tests.bench $(PEERS)

bench-quick: setup ## The same in 20 s of measuring, with fewer rows; keeps nothing
	$(BIN)/python -m tests.bench --quick

bench-scale: setup ## Whether size costs: 2,000 drugs with 100,000 interactions, and orders up to 1,000
	$(BIN)/python -m tests.bench.scale

bench-soak: setup ## Five minutes at 70 % of capacity with the memory watched (other: MINUTES=…)
	$(BIN)/python -m tests.bench.soak --minutes $(or $(MINUTES),5)

format: setup ## Write the format and the safe fixes of ruff
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

coverage: setup ## Run the tests with branch coverage; 100 % in clinical, rules, knowledge, cards
	$(BIN)/python -m pytest --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/coverage report
	@echo; echo "== Every branch of $(COVERED) =="
	$(BIN)/coverage report --include='$(COVERED)' --fail-under=100

# Existing pins stay as they are unless asked otherwise: `make lock UPGRADE=--upgrade`, or
# `make lock UPGRADE='--upgrade-package httpx'`. --universal makes one file for every Python and processor.
lock: check-python ## Write requirements.lock and requirements-dev.lock from pyproject.toml
	@test -x $(LOCK_VENV)/bin/uv || { $(PYTHON) -m venv $(LOCK_VENV) && $(LOCK_VENV)/bin/python -m pip install --quiet uv==$(UV_VERSION); }
	$(LOCK_COMPILE) --output-file requirements.lock
	$(LOCK_COMPILE) --group dev --group build --constraint requirements.lock --output-file requirements-dev.lock

LOCK_COMPILE = $(LOCK_VENV)/bin/uv --no-config pip compile pyproject.toml $(UPGRADE) --quiet \
	--universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

# Debian's packages of the browser, where apt-get is at hand and they are not there yet; axe-core from its lock file.
browser-setup: setup ## Install chromium, its driver and axe-core for the browser tests
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
		apt-get update && apt-get install --yes --no-install-recommends chromium chromium-driver; }
	cd tests/browser && npm ci --no-audit --no-fund

# Another project's FHIR server in memory, from its lock file, for tests/fhir_server; node is needed and is no part of
# the service, so its absence is said and no fault.
fhir-server: ## Install the FHIR server of the tests (needs node)
	@if command -v npm >/dev/null; then cd tests/fhir_server && npm ci --no-audit --no-fund --loglevel=error; \
	else echo "Skipped: npm is not here, so the export is not put on a FHIR server in the tests."; fi

# The definitions go beside the export, one a file: the validator reads them before it meets what uses them. What is
# missing to run it is said and is no fault; what it finds is one.
validate-fhir: setup ## Check the exports in R5, R4B and R4 with the official HL7 validator, where it is installed
	@if ! test -x "$(HL7_VALIDATOR)/validate.sh"; then \
		echo "Skipped: the official HL7 validator is not at $(HL7_VALIDATOR); make test has checked the shapes."; exit 0; fi; \
	if ! command -v java >/dev/null; then \
		echo "Skipped: the official HL7 validator needs java, which is not here; make test has checked the shapes."; exit 0; fi; \
	work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; bad=0; export TMPDIR="$$work"; \
	if test -x "$(HL7_VALIDATOR)/setup.sh" && ! "$(HL7_VALIDATOR)/setup.sh" >"$$work/setup.log" 2>&1; then \
		tail -n 5 "$$work/setup.log"; \
		echo "Skipped: the official HL7 validator could not be set up; make test has checked the shapes."; exit 0; fi; \
	for release in r5 r4b r4; do \
		mkdir "$$work/$$release"; \
		$(BIN)/cds export --fhir $$release -o "$$work/$$release.json" 2>/dev/null || exit 1; \
		$(BIN)/cds export --fhir $$release --as ndjson 2>/dev/null \
			| awk -v to="$$work/$$release" '/^{"resourceType":"StructureDefinition"/ {print > (to "/" NR ".json")}'; \
		EXTRA_IG="$$work/$$release" "$(HL7_VALIDATOR)/validate.sh" $$release "$$work/$$release.json" || bad=1; \
	done; exit $$bad

screenshots: setup ## Write tests/browser/screenshots (needs make browser-setup)
	$(BIN)/python -m tests.browser.screenshots

clean: ## Remove what was built or cached, and both environments
	rm -rf $(VENV) $(LOCK_VENV) tests/browser/node_modules build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find cds tests -name __pycache__ -type d -prune -exec rm -rf {} +

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or later is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo none)." >&2; \
		echo "Name another one like this: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }

# A changed lock makes the environment anew, so that nothing stays behind that the lock no longer names.
$(VENV)/.locked: requirements-dev.lock | check-python
	@echo "== Installing the locked packages into $(VENV) =="
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

# The build backend is in the lock, so this step fetches nothing.
$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@echo "== Installing the project itself =="
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@
