# Every target works on a clean clone with Python 3.11 or newer. `make` alone lists them: what follows ##.
PYTHON ?= python3
BIN := .venv/bin

# Machines that forbid it in general would compile all of this code anew in each of hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install install-dev run test lint format lock

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.installed ## Make .venv with the locked requirements; with HEIC: EXTRAS=heic
install-dev: .venv/.installed-dev .ci/node_modules/.installed ## The same, and what tests and checks need

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("imagelib needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

# An extra is asked for by name each time, as make install EXTRAS=heic: deploy/heic.in says what it brings.
EXTRAS ?=
.venv/.installed: requirements.txt $(EXTRAS:%=.venv/.installed-%) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/.installed-heic: deploy/heic.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# For one test, which says when it is left out: without npm, or without its registry, nothing is installed.
.ci/node_modules/.installed: .ci/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix .ci --ignore-scripts --no-audit --no-fund --silent && touch $@ \
			|| echo "npm could not install what .ci/package.json names." >&2; \
	fi

run: install ## Set up what is missing and serve at http://127.0.0.1:8000
	$(BIN)/python manage.py quickstart

# All but the drills over all cores, or a part: make test ARGS="tests/unit -k range"; in one process: ARGS="-n 0".
# The end says what was left out, and why. A file's tests share servers and stay together; the files come in
# their order, the slow ones first. One worker more than there are cores, for each waits now and then for a server;
# a worker may have a Chromium and an S3 server: eight of them are enough.
RUN_TESTS = PYTEST_XDIST_AUTO_NUM_WORKERS=$$(($$(getconf _NPROCESSORS_ONLN) + 1)) \
	$(BIN)/python -m pytest -rs -n auto --maxprocesses=8 --dist=loadfile --no-loadscope-reorder

# Two servers, a worker, nginx, PgBouncer, PostgreSQL with a standby and SeaweedFS, in data/cluster or the folder that
# IMAGELIB_DATA_DIR names, at 127.0.0.1 and PORT (8000). What it is made of, operators copy: deploy/cluster/.
.PHONY: cluster
cluster: install-dev ## Run a library of several servers on this machine
	@$(BIN)/python -m tests.servers.cluster

test: install-dev ## Run the tests, or a part of them: ARGS="tests/unit -k range"
	$(RUN_TESTS) -m "not drill" $(ARGS)

.PHONY: drills
drills: install-dev ## Run the tests that take longer: crowds, crashes, outages, long ways
	$(RUN_TESTS) -m "drill and not long" $(ARGS)

# Every page in three widths and two schemes into data/screenshots, to be looked at, and the README's into docs/.
.PHONY: screenshots
screenshots: install-dev ## Take every page into data/screenshots
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

# By hand, on a quiet machine: Lighthouse, axe and the Nu HTML checker over the pages. It needs Java, too.
.PHONY: audit
audit: install-dev .ci/audit/node_modules/.installed ## Hold the pages to Lighthouse, axe and the HTML checker
	$(BIN)/python -m tests.browser.audit $(ARGS)

.ci/audit/node_modules/.installed: .ci/audit/package-lock.json
	npm ci --prefix .ci/audit --ignore-scripts --no-audit --no-fund --silent
	touch $@

lint: install-dev ## Check style, types and templates; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates

# Templates are laid out by hand: see [tool.djlint] in pyproject.toml.
format: install-dev ## Mend what can be mended by itself, and lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A software bill of materials: what production has of others, with versions and licences, from an installation of
# nothing else. EXTRAS=heic as in make install. The hashes of the files are in requirements.txt.
SBOM := data/imagelib.cdx.json
.PHONY: sbom
sbom: install-dev ## Write what it is made of into data/imagelib.cdx.json (CycloneDX)
	@mkdir -p $(dir $(SBOM))
	@rm -rf data/sbom && $(PYTHON) -m venv --without-pip data/sbom
	@$(BIN)/python -m pip --python data/sbom/bin/python install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.txt $(EXTRAS:%=-r deploy/%.txt)
	@$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o $(SBOM) data/sbom 2>data/sbom/log \
		|| { cat data/sbom/log >&2; exit 1; }
	@rm -rf data/sbom
	@echo "$(SBOM)"

# Needs uv (https://docs.astral.sh/uv/).
lock: ## Lock the requirements anew
	uv pip compile --universal --generate-hashes --python-version 3.11 --quiet requirements.in -o requirements.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --quiet deploy/heic.in -o deploy/heic.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --quiet requirements-dev.in -o requirements-dev.txt

# By hand, on a quiet machine: tests/bench/README.md. The peers have a virtualenv of their own.
.PHONY: bench
bench: install-dev tests/bench/.venv/.installed ## Measure against peers
	$(BIN)/python -m tests.bench.serving $(ARGS)

tests/bench/.venv/.installed: tests/bench/requirements-bench.txt
	$(PYTHON) -m venv tests/bench/.venv
	tests/bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@
