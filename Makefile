# make run | test | demo: each does all the set-up itself, once.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: sbom faults run test quick lint demo setup schema docs lock clean

run: .venv/ready
	$(BIN)/svodka run

test: .venv/ready lint
	$(BIN)/python -m pytest -n 2 -q

quick: .venv/ready
	$(BIN)/python -m pytest -n 2 -q -m "not slow"

lint: .venv/ready
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --no-error-summary

demo: .venv/ready
	$(BIN)/python -m tests.demo.play

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "svodka needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

schema: .venv/ready
	$(BIN)/python -c "from pipeline.migrations import schema; print(schema(), end='')" > db/schema.sql

faults: .venv/ready
	$(BIN)/python -m tests.faults.campaign --out benchmarks/faults.md

docs: .venv/ready
	$(BIN)/python docs/generate.py
	PYTHONPATH=. $(BIN)/python docs/datasette.py
	$(BIN)/python docs/licences.py

# A bill of materials in CycloneDX form, by the standard tool in an environment of its own.
sbom: .venv/ready
	$(PYTHON) -m venv build/sbom-tool
	build/sbom-tool/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0
	build/sbom-tool/bin/cyclonedx-py environment --output-reproducible --output-file build/sbom.json $(BIN)/python

# A developer's step: needs uv on the PATH.
lock:
	uv pip compile --universal --generate-hashes --no-header --no-annotate --extra dev --python-version 3.11 pyproject.toml -o requirements.lock

clean:
	rm -rf .venv demo build dist
