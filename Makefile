# siamhub: `make demo` to see it, `make test` before a commit, `make help` for the rest.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint types imports unit services lock generated screenshots clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

.venv/ready-to-run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-to-test: requirements-dev.lock .venv/ready-to-run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/ready-to-run ## three simulated suppliers, the hub on them, metrics and a start page; Ctrl-C ends it
	@exec $(BIN)/siamhub demo

test: services lint types imports unit ## everything that is checked before a change lands

services:
	@.ci/services

lint: .venv/ready-to-test ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-to-test ## mypy --strict
	$(BIN)/mypy

imports: .venv/ready-to-test ## who may import whom
	$(BIN)/lint-imports --no-logo

# The systems in full depth take half of the time: on two cores they run beside all other tests.
SYSTEMS = tests/connectors/topdesk tests/connectors/jira tests/connectors/servicenow tests/connectors/servers

unit: .venv/ready-to-test ## the tests, in two processes side by side
	@$(BIN)/pytest -p no:cacheprovider $(SYSTEMS) > .pytest-systems.log 2>&1 & systems=$$!; \
	$(BIN)/pytest $(SYSTEMS:%=--ignore=%); others=$$?; \
	wait $$systems; systems=$$?; cat .pytest-systems.log; exit $$((systems + others))

lock: .venv/ready-to-test ## resolve the dependencies anew, pinned with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --extra build pyproject.toml --output-file requirements.lock $(LOCK_FLAGS)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --extra build --extra dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock $(LOCK_FLAGS)

generated: .venv/ready-to-test ## write anew what is made from code: dashboards, schema, tables in the docs
	$(BIN)/python -m exporters.grafana
	$(BIN)/python -m exporters.rules
	$(BIN)/python -m exporters.reference
	$(BIN)/python -m core.settings.generated

screenshots: .venv/ready-to-test services ## take the pictures in docs/images anew, from the demo
	$(BIN)/python -m tests.screenshots

clean: ## remove what make made
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .demo
