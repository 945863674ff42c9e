# make demo    see both plugins at work, without an account
# make test    lint, types and the whole test suite
# make check   lint, types and the tests that start no process and wait for nothing
# make docs    the documentation as a site, in site/
# They install what they need into .venv, .venv-meltano, .venv-dbt, .venv-dagster and .meltano, and nothing
# anywhere else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test check docs constraints clean

# The first Python of those named that is new enough and can make virtual environments.
find_python = $(shell for python in $(1); do \
	"$$python" -c 'import ensurepip, sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, $(2)))' \
	2>/dev/null && { command -v "$$python"; break; }; done)

PYTHON := $(call find_python,python3 python3.14 python3.13 python3.12 python3.11 python3.10,14)
# target-duckdb has no release that keeps every row on Python 3.14, so Meltano prefers an older one.
MELTANO_PYTHON := $(or $(call find_python,$(PYTHON) python3.13 python3.12 python3.11 python3.10,13),$(PYTHON))

help:
	@sed -n '1,5s/^# //p' Makefile

# $(call pip,environment,arguments): install quietly, or say in one sentence what is wrong.
define pip
	@$(1)/bin/python -m pip install --quiet --upgrade $(2) >$(1)/install.log 2>&1 \
	|| { $(call explain,$(1)/install.log,$(1)); exit 1; }
endef
define explain
	if grep -Eq 'connection broken by|No matching distribution found for pip>|ConnectTimeout|NewConnectionError|ProxyError|NameResolutionError|SSLError' $(1); \
	then echo "The package index cannot be reached: connect to the network, or point PIP_INDEX_URL at an index that this machine can reach." >&2; \
	else tail -n 20 $(1) >&2; echo "Installing into $(2) failed; the whole log is in $(1)." >&2; fi
endef
# $(call venv,python,environment)
define venv
	@test -n "$(1)" || { echo "No Python 3.10 to 3.14 with its venv module was found: install one, for example with 'apt install python3-venv' or 'brew install python'." >&2; exit 1; }
	@"$(1)" -m venv $(2)
endef

install:
	@$(MAKE) --silent --no-print-directory -j2 .venv/.installed .venv-meltano/.installed

# First of all, and alone: an index that cannot be reached is reported once.
.venv/.pip:
	$(call venv,$(PYTHON),.venv)
	$(call pip,.venv,"pip>=25.1")
	@touch $@

.venv/.installed: .venv/.pip pyproject.toml constraints.txt
	@echo "Installing the project into .venv ..."
	$(call pip,.venv,-c constraints.txt -e . --group dev)
	@touch $@

.venv-meltano/.installed: .venv-meltano/.meltano pyproject.toml meltano.yml constraints.txt
	@echo "Installing the Meltano plugins into .meltano ..."
	@.venv-meltano/bin/meltano --log-format=plain install >.venv-meltano/plugins.log 2>&1 \
	|| { $(call explain,.venv-meltano/plugins.log,.meltano); exit 1; }
	@touch $@

.venv-meltano/.meltano: constraints-meltano.txt | .venv/.pip
	@echo "Installing Meltano into .venv-meltano ..."
	$(call venv,$(MELTANO_PYTHON),.venv-meltano)
	$(call pip,.venv-meltano,-c constraints-meltano.txt "meltano[postgres]")
	@touch $@

# dbt from 1.12 on wants a parser whose package fetches itself from elsewhere than the index. Neither
# dbt 1.11 nor target-duckdb, whose tables it reads, works on Python 3.14: nothing is installed there.
.venv-dbt/.installed: Makefile constraints-dbt.txt | .venv/.pip
	@echo "Installing dbt into .venv-dbt ..."
	$(call venv,$(MELTANO_PYTHON),.venv-dbt)
	$(call pip,.venv-dbt,-c constraints-dbt.txt "dbt-core<1.12; python_version < '3.14'" "dbt-duckdb; python_version < '3.14'")
	@touch $@

# For examples/many-accounts. Dagster has many dependencies, which are none of the plugins' business.
.venv-dagster/.installed: constraints-dagster.txt | .venv/.pip
	@echo "Installing Dagster into .venv-dagster ..."
	$(call venv,$(MELTANO_PYTHON),.venv-dagster)
	$(call pip,.venv-dagster,-c constraints-dagster.txt dagster-webserver dagster-postgres dagster-celery)
	@touch $@

# The Singer SDK announces the end of Python 3.10 there, which is no part of the show.
demo: install
	@.venv/bin/python -W "ignore:Python 3.10 reached" -m tests.demo

# REQUIRE_…: the tests that run Meltano or Dagster fail, not skip, where it is missing.
test: install .venv-dbt/.installed .venv-dagster/.installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	REQUIRE_MELTANO=1 REQUIRE_DAGSTER=1 .venv/bin/pytest -n auto --dist worksteal

check: .venv/.installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest -q -n $$(getconf _NPROCESSORS_ONLN) --dist worksteal -m "not slow"

docs: .venv/.installed
	@.venv/bin/zensical build --strict
	@echo "Open site/index.html."

# Newest versions that fit together, for every Python and platform.
compile = .venv-meltano/bin/uv pip compile --universal --python-version 3.10 --upgrade --no-annotate \
	--no-header --no-emit-index-url --quiet
constraints: install
	$(compile) pyproject.toml --group dev --output-file constraints.txt
	echo 'meltano[postgres]' | $(compile) - --output-file constraints-meltano.txt
	printf 'dbt-core<1.12\ndbt-duckdb\n' | $(compile) - --output-file constraints-dbt.txt
	printf 'dagster-webserver\ndagster-postgres\ndagster-celery\n' | $(compile) - --output-file constraints-dagster.txt

# Meltano's state, in .meltano/meltano.db, and what was loaded stay.
clean:
	rm -rf .venv .venv-meltano .venv-dbt .venv-dagster site .meltano/extractors .meltano/loaders output/demo .mypy_cache .pytest_cache .ruff_cache
