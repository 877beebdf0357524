# `make run` and `make test` do all set-up themselves: Python 3.11+ and make are enough.
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
NPM_CI := npm ci --ignore-scripts --no-fund --no-audit --loglevel=error

.PHONY: run test lint bench lock bundle clean help

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: .venv/run.stamp bundle  ## install, build what is stale, migrate, make the demo, serve on 127.0.0.1:$PORT
	@qudao migrate
	@qudao demo
	@exec qudao serve

# Tests start some two hundred processes of ours: each would compile our modules anew where nothing compiled is kept.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/dev.stamp bundle  ## every test
	@sh tests/browsers.sh
	@python -m pytest --numprocesses=3 --dist=loadscope --no-loadscope-reorder

lint: .venv/dev.stamp  ## ruff, mypy, import lines, lock files
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports --no-cache
	@sh locks/check.sh

bench: .venv/dev.stamp bundle  ## build/bench.json: speed, memory and bytes as ratios within one run
	@sh tests/browsers.sh
	@python -m tests.bench

lock: .venv/dev.stamp  ## renew locks/ from pyproject.toml, package-lock.json from package.json
	@sh locks/renew.sh

bundle: .venv/run.stamp node_modules/.run.stamp
	@python -m pwa.bundle

clean:  ## what was installed and built; not ./data
	rm -rf .venv node_modules build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 run")'
	@$(PYTHON) -m venv .venv

.venv/run.stamp: locks/run.txt | .venv/bin/python
	@echo "installing (once) ..."
	@$(PIP) --require-hashes -r locks/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: locks/dev.txt .venv/run.stamp node_modules/.dev.stamp
	@$(PIP) --require-hashes -r locks/dev.txt
	@touch $@

node_modules/.run.stamp: package-lock.json | .venv/run.stamp
	@test -e node_modules/.dev.stamp -a node_modules/.dev.stamp -nt package-lock.json || $(NPM_CI) --omit=dev
	@touch $@

node_modules/.dev.stamp: package-lock.json | .venv/run.stamp
	@$(NPM_CI)
	@touch $@ node_modules/.run.stamp
