# The environment lives in .venv/ and is made, from requirements.lock, by whatever needs it first.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_ALL := $(VENV)/.ready-all
REPLAY := .venv-replay
READY_REPLAY := $(REPLAY)/.ready

# The tests and the demo start the program hundreds of times; without compiled modules each start takes thrice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: demo test test-all lint types lock clean help

$(READY): requirements.lock pyproject.toml .ci/environment
	@.ci/environment

$(READY_ALL): $(READY) requirements-all.lock
	@echo "installing the packages of requirements-all.lock"
	@$(BIN)/pip install --quiet --no-compile --require-hashes -r requirements-all.lock </dev/null
	@touch $@

# pywb cannot live beside the program: see the group replay in pyproject.toml.
$(READY_REPLAY): $(READY) requirements-replay.lock
	@echo "installing the packages of requirements-replay.lock"
	@$(BIN)/python -m venv --clear $(REPLAY)
	@$(REPLAY)/bin/pip install --quiet --no-compile --require-hashes -r requirements-replay.lock </dev/null
	@touch $@

demo: $(READY) ## See Warraq archive two sites, notice an edit and a deletion (under two minutes)
	@$(BIN)/python -m tests.demo

test: $(READY) ## The tests (under five minutes)
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "not slow and not postgres"

test-all: $(READY_ALL) $(READY_REPLAY) ## All tests: also the slow ones, and those that need PostgreSQL (WARRAQ_TEST_POSTGRES)
	$(BIN)/python -m pytest -n 2 --dist loadscope

lint: $(READY) ## Style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY) ## Types, strictly
	$(BIN)/mypy

# The locks name versions and hashes, never a registry: whoever installs chooses where from. The build backend is in
# them, so that an install fetches nothing else. The container's lock is the same without the developers' tools;
# requirements-all.lock adds what only the slow tests need: an S3 server, what drives Chromium, the tools of docs/schema.md.
# requirements-replay.lock is apart from them all.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"
PROGRAM = --extra postgres --extra parquet pyproject.toml -
BACKEND = $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
lock: $(READY) ## Pin the newest versions that pyproject.toml allows
	$(BIN)/pip install --quiet uv
	$(BACKEND) | $(LOCK) $(PROGRAM) --upgrade --extra s3 --group dev --group services --output-file requirements-all.lock
	$(BACKEND) | $(LOCK) $(PROGRAM) --constraint requirements-all.lock --group dev --output-file requirements.lock
	$(BACKEND) | $(LOCK) $(PROGRAM) --constraint requirements-all.lock --output-file docker/requirements.lock
	$(LOCK) --upgrade --group replay --output-file requirements-replay.lock

clean: ## Remove the environment, caches and what the demo left
	rm -rf $(VENV) $(REPLAY) demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
