# The two that matter: `make run` starts everything on this machine, `make test` runs the whole suite.
# Needed: Python 3.11 or 3.12 with venv, and make. Everything else is installed into .venv or brought by it.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first Python that is really there (a version manager's shim may name one that is not) and new enough.
FIND_PYTHON = for p in python3.11 python3.12 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && exit; done; echo python3
PYTHON ?= $(shell $(FIND_PYTHON))
VENV := .venv/bin
PY := $(VENV)/python
PYTEST := $(PY) -m pytest
COVERAGE := --cov --cov-report=term:skip-covered --cov-report=xml:.coverage.xml --cov-fail-under=85

# Each process has a database and Redis databases of its own (tests/services.py). More than cores: many tests wait for
# servers, mailboxes and browsers. Handed out as tests/conftest.py says: whole files, what takes long first.
PROCESSES ?= 4
PARALLEL := -n $(PROCESSES) --no-loadscope-reorder

# Before a run is shared out: inside it each process would wait for the same training, translate the same tests and
# wait for the same database.
PREPARED = $(PY) manage.py train_nlu & training=$$!; $(PYTEST) -q --only-prepare; ready=$$?; wait $$training && exit $$ready

# Tests chosen by marker, and programs that are packages under tests/. Nothing there is said and is a failure.
MARKED = $(PYTEST) -m $(1) $(ARGS); code=$$?; [ $$code -ne 5 ] || echo "There are no tests marked $(1)."; exit $$code
PROGRAM = if [ -f tests/$(1)/__main__.py ]; then exec $(PY) -m tests.$(1) $(ARGS); fi; echo "There is no tests/$(1) to run."; exit 1

# A run starts a hundred processes: without its bytecode each would translate the same files anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install run test coverage test-unit test-integration test-e2e test-business-metrics test-qloapps-live chaos-test \
	kill-campaign load-test soak fuzz stateful bench lint format types type-check contracts check lock schema

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-22s %s\n", $$1, $$2}'

install: ## .venv with the locked packages
	@$(PYTHON) hotel_agent/launch/install.py requirements/dev.txt

run: install ## the whole product in the foreground; Ctrl-C stops it
	@$(PY) -m hotel_agent.launch

test: install ## every test but the fault tests (make chaos-test)
	$(PREPARED)
	$(PYTEST) -m "not chaos" $(PARALLEL) $(ARGS)

coverage: install ## the same with coverage measured; a quarter slower, fails below 85 %
	$(PREPARED)
	$(PYTEST) -m "not chaos" $(PARALLEL) $(COVERAGE) $(ARGS)

test-unit: install ## tests without the slow, concurrent and end-to-end ones
	$(PYTEST) -m "not (slow or concurrency or chaos or e2e)" $(ARGS)

test-integration: install ## tests of parts working together on one database
	$(PYTEST) -m "concurrency or contract or slow" $(ARGS)

test-e2e: install ## the whole program, as a guest or a browser sees it
	@$(call MARKED,e2e)

test-business-metrics: install ## the numbers a hotelier reads
	@$(call MARKED,business_metrics)

test-qloapps-live: install ## the PMS suite against a running QloApps (QLOAPPS_URL, QLOAPPS_KEY, QLOAPPS_HOTEL)
	@test -n "$$QLOAPPS_URL" -a -n "$$QLOAPPS_KEY" -a -n "$$QLOAPPS_HOTEL" || \
		{ echo "Give QLOAPPS_URL, QLOAPPS_KEY and QLOAPPS_HOTEL (docs/adding-a-pms.md)."; exit 2; }
	RUN_LIVE=1 $(PYTEST) tests/integrations/pms/test_qloapps_live.py tests/reservations/test_qloapps_live.py \
		tests/conversations/test_qloapps_live.py $(ARGS)

chaos-test: install ## parts of the running system killed or stopped
	@$(call MARKED,chaos)

kill-campaign: install ## a long run of random kills (ARGS)
	@$(call PROGRAM,kill_campaign)

load-test: install ## a hotel group's traffic against the running product (ARGS)
	@$(call PROGRAM,load)

soak: install ## two accelerated hours, with slopes of memory and latency (ARGS)
	@$(call PROGRAM,soak)

fuzz: install ## damaged input for every parser (ARGS="--seconds 600"); CI runs a short one
	@$(call PROGRAM,fuzz)

stateful: install ## a long search for an order of events that breaks a promise of booking (EXAMPLES=500 runs a machine)
	STATEFUL_EXAMPLES=$(or $(EXAMPLES),500) $(PYTEST) -p no:cacheprovider tests/reservations/test_stateful.py \
		tests/reservations/test_stateful_qloapps.py tests/reservations/test_deposits_stateful.py $(ARGS)

bench: install ## the numbers of docs/benchmarks.md (ARGS=--back-office: its pages at a million messages)
	@$(call PROGRAM,bench)

lint: install ## style and format
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	@# Findings of medium severity or more; that SQL is put together of our own words is ruff's S608 to judge, by line.
	$(VENV)/bandit -q -ll --skip B608 -r conversations hotel_agent integrations reservations tenants manage.py

format: install ## put the code into its format
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

types: install ## mypy
	$(PY) -m mypy

type-check: types

contracts: install ## imports go one way
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

check: ## what CI runs
	.ci/run

schema: install ## write docs/openapi.yaml from the code; fails on a warning
	ENVIRONMENT=test $(PY) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock: install ## write requirements/*.txt from requirements/*.in (needs the package index)
	@for name in base dev prod; do \
		$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras \
			--output-file requirements/$$name.txt requirements/$$name.in || exit 1; done
