# Every target sets up what it needs and can be repeated.
unexport PYTHONDONTWRITEBYTECODE  # ten processes would compile the same code
PYTHON ?= python3
PORT ?= 8800
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet

.DEFAULT_GOAL := help
.PHONY: help setup runtime javascript demo quick test test-postgres coverage mutants tour relays bench soak run wheel image check graph format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

CATALOGUES := $(patsubst %.po,%.mo,$(wildcard bot/locale/*/LC_MESSAGES/easel.po))

setup: .venv/.installed $(CATALOGUES) ## .venv with everything the other targets need

# What the bot and its sandbox need, without the tools of the tests.
runtime: .venv/.runtime $(CATALOGUES)

%.mo: %.po .venv/.runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

.venv/.runtime: requirements.lock
	@echo "Setting up .venv (once; about half a minute)..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Easel needs Python 3.11 or newer.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(INSTALL) -r requirements.lock
	@touch $@

.venv/.installed: requirements-dev.lock .venv/.runtime
	@echo "Adding the tools of the tests to .venv (once; about a minute)..."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

demo: runtime ## the sandbox with the bot connected, at http://127.0.0.1:PORT
	@exec $(BIN)/python -m sandbox --port $(PORT) --speed 6

# One more client library for the tests; where there is no npm, its test is skipped.
JAVASCRIPT := tests/sandbox/discordjs/node_modules/.installed

$(JAVASCRIPT): tests/sandbox/discordjs/package.json
	@cd $(<D) && npm install --silent --no-package-lock --ignore-scripts --no-audit --no-fund
	@touch $@

javascript:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(JAVASCRIPT); else echo "No npm: discord.js is not tried."; fi

# COVERAGE=1 counts the lines that run, in every bot that the tests start or fork; one that is killed takes its count along,
# and picture workers, which get no environment, are not counted.
COUNTED := $(if $(COVERAGE),-m coverage run)

# The types are checked beside the tests; both are waited for.
quick: setup ## in about a minute: lint, types, the tests that start no programs; of those with a database the ones about what was changed
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy & types=$$!; \
	$(BIN)/python -m pytest -q -n 2 --dist worksteal --hypothesis-profile quick \
		--changed -m "not exhaustive and not process" $(or $(ARGS),tests/unit); tests=$$?; \
	wait $$types && exit $$tests

# Three processes for each of two cores, as most tests of bots wait for something; each of them costs ten seconds of a
# core to begin with.
test: setup javascript ## the whole test suite; ARGS= for pytest, COVERAGE=1 to count the lines that run
	@rm -rf $(if $(COVERAGE),build/coverage)
	@$(BIN)/python $(COUNTED) -m pytest -n 6 --dist loadfile --no-loadscope-reorder $(ARGS); tests=$$?; \
	$(if $(COVERAGE),$(BIN)/coverage combine --quiet;) exit $$tests

# The programs of PostgreSQL come from a package of the tests; POSTGRES_BIN=/usr/lib/postgresql/15/bin takes others.
test-postgres: setup ## the tests of storage, jobs, crashes and the whole bot on a PostgreSQL of their own; ARGS= to choose
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder --postgres \
		$(or $(ARGS),tests/unit/storage tests/unit/jobs tests/unit/operation tests/crash tests/e2e)

coverage: ## what the last `make test COVERAGE=1` ran of bot/ and cogs/; fails under the floor in pyproject.toml
	@$(BIN)/coverage report

mutants: setup ## would the unit tests notice? wrong lines, one at a time; ONLY= to choose; an hour or so
	@$(BIN)/python -m tests.mutants --only "$(ONLY)"

tour: setup ## every feature once, headless; transcript and pictures in build/tour/
	@$(BIN)/python -m sandbox.tour

relays: setup ## Midjourney's part of the tour at every family of relays; writes docs/relays.md; PROFILE= for one of them
	@$(BIN)/python -m sandbox.tour --profile $(or $(PROFILE),all)

bench: setup ## the benchmarks, one table; a quarter of an hour; ONLY="crowd hundred" for parts of it
	@$(BIN)/python -m benchmarks $(ONLY)

soak: setup ## the long crash run; KILLS= (60), JOBS= (600), then PROCESSES= (3) with HARMS= (300) over ORDERS= (3000), SEED=
	@$(BIN)/python -m tests.crash

run: runtime ## the bot for real, from .env
	@exec $(BIN)/python -m bot run

wheel: setup ## the installable package, and the versions that it was tried with, in dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build --target wheel --directory dist
	@cp requirements.lock dist/

BUILDER := $(firstword $(foreach one,docker podman buildah,$(shell command -v $(one))))

image: ## the container image easel, with whichever of docker, podman and buildah is there
	@test -n "$(BUILDER)" || { echo "An image needs docker, podman or buildah."; exit 1; }
	@$(BUILDER) build $(if $(filter %docker,$(BUILDER)),,--format docker) --tag easel --file deploy/Containerfile .

check: setup ## lint, format check, types, import directions, and how many lines the tests ran when last counted
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -p no:randomly tests/unit/test_architecture.py
	@if [ -f build/coverage/lines ]; then echo "Lines run by the tests: $$($(BIN)/coverage report --format=total --fail-under=0) %"; \
	else echo "Lines run by the tests: not counted yet (make test COVERAGE=1)"; fi

graph: setup ## the import graph in numbers; REV= for an older commit
	@$(BIN)/python -m tests.support.imports $(REV)

format: setup ## put every file into the house format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

words: setup ## bring the catalogues and docs/sentences.md up to date with the code; NEW=ja begins another catalogue
	@mkdir -p build
	@$(BIN)/python -m babel.messages.frontend --quiet extract -F pyproject.toml -k _ --no-location --sort-output -o build/easel.pot bot cogs
	@$(if $(NEW),test -e bot/locale/$(NEW) || $(BIN)/pybabel --quiet init -i build/easel.pot -d bot/locale -D easel -l $(NEW))
	@for po in bot/locale/*/LC_MESSAGES/easel.po; do $(BIN)/pybabel --quiet update --ignore-obsolete --no-fuzzy-matching \
		--width 120 -i build/easel.pot -o $$po -l $$(basename $$(dirname $$(dirname $$po))); done
	@$(BIN)/python -m tests.support.languages
	@$(BIN)/python -m tests.support.sentence_page

lock: ## resolve pyproject.toml into both requirements files (needs uv)
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove what the targets made
	rm -rf .venv build dist tests/sandbox/discordjs/node_modules .mypy_cache .ruff_cache .pytest_cache
