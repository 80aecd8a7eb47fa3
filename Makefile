# make demo: critique a sample film.  make test: run the tests.  Both set up .venv first.
PYTHON ?= python3.11
# what make test installs; CI adds `neural`
EXTRAS ?= demo,faces,dev
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c .ci/constraints.txt

.PHONY: demo test check bench docs clean

.venv/.demo: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) -e ".[demo,faces]"
	touch $@

.venv/.test-$(EXTRAS): .venv/.demo
	$(PIP) -e ".[$(EXTRAS)]"
	touch $@

demo: .venv/.demo
	$(BIN)/evalverse demo

test: .venv/.test-$(EXTRAS)
	$(BIN)/pytest

check: .venv/.test-$(EXTRAS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python .ci/types.py
	$(BIN)/python .ci/wheel.py

bench: .venv/.test-$(EXTRAS)
	$(BIN)/python tests/bench.py

docs: .venv/.test-$(EXTRAS)
	$(BIN)/python docs/make.py

clean:
	rm -rf .venv .typecheck build dist *.egg-info demo
