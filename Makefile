# make demo: critique a sample film.  make test: run the tests.  Both set up .venv first.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: demo test check bench docs clean

.venv/.demo: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[demo]"
	touch $@

.venv/.dev: .venv/.demo
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[demo,dev]"
	touch $@

demo: .venv/.demo
	$(BIN)/evalverse demo

test: .venv/.dev
	$(BIN)/pytest

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python .ci/types.py
	$(BIN)/python .ci/wheel.py

bench: .venv/.dev
	$(BIN)/python tests/bench.py

docs: .venv/.dev
	$(BIN)/python docs/make.py

clean:
	rm -rf .venv .typecheck build dist *.egg-info demo
