# Everything runs from .venv, installed from the lock files; the machine needs only Python, pip, git and make.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python .venv
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header
CHECKS := format lint types imports dependencies dockerfile compose manifests
# A PodMonitor is defined by the Prometheus Operator, and a kustomization is read by kubectl: no cluster has their schemas.
MANIFESTS := $(filter-out %/kustomization.yaml %/pod-monitor.yaml,$(wildcard deploy/kubernetes/*/*.yaml deploy/kubernetes/*/*/*.yaml))

.PHONY: help run test check bench catalogues openapi lock $(CHECKS:%=check-%)

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):.*## /\1: /p' Makefile | awk -F ': ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: .venv/running ## Run the whole service for development, on http://127.0.0.1:8000 or PORT.
	@$(BIN)/otp dev

test: .venv/developing ## Run the whole suite; store, attacks and races on the embedded store and on a real Redis.
	@$(BIN)/pytest -n auto

check: .venv/developing ## Check format, lint, types, imports, dependencies, container files and manifests.
	@$(MAKE) --no-print-directory --keep-going $(CHECKS:%=check-%)

bench: .venv/developing ## Run the benchmarks, as ratios within one run; write bench.json.
	@$(BIN)/python -m tests.bench

catalogues: .venv/developing ## Compile the texts of the SMS, app/locale/*.po, into .mo files.
	@for po in app/locale/*.po; do $(BIN)/pybabel --quiet compile --input-file $$po --output-file $${po%.po}.mo || exit 1; done

openapi: .venv/developing ## Write docs/openapi.json, after a route, a model or an error was changed.
	@$(BIN)/python -m tests.support.openapi_file

lock: .venv/uv ## Update the lock files to the newest packages that pyproject.toml allows.
	$(COMPILE) --group build --output-file requirements-build.lock
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock

# Print one line per check, followed by its output if it fails.
look = @if found=$$($(BIN)/$(1) 2>&1); then echo "✓ $(@:check-%=%)"; else echo "✗ $(@:check-%=%)"; echo "$$found"; exit 1; fi

check-format:       ; $(call look,ruff format --check .)
check-lint:         ; $(call look,ruff check .)
check-types:        ; $(call look,mypy)
check-imports:      ; $(call look,lint-imports)
check-dependencies: ; $(call look,deptry .)
check-dockerfile:   ; $(call look,hadolint Dockerfile)
check-compose:      ; $(call look,check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml)
check-manifests:    ; $(call look,kubernetes-validate --strict --quiet -k 1.30 $(MANIFESTS))

# Each stamp file marks an installed lock file; a changed lock reinstalls. pip installs uv, and uv the rest: three
# times faster than pip alone.
.venv/uv: requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "✗ $(PYTHON) is missing or older than 3.11. Use another one: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 \
		|| { echo "✗ $(PYTHON) has no pip. Install it, on Debian with: apt install python3-pip"; exit 1; }
	@echo "Creating .venv, with what installs the packages."
	@$(PYTHON) -m venv --without-pip .venv \
		|| { echo "✗ $(PYTHON) cannot create .venv. Install its venv module, on Debian with: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes --requirement requirements-build.lock
	@touch $@

.venv/running: .venv/uv requirements.lock pyproject.toml
	@echo "Installing the packages of requirements.lock into .venv: mostly less than a minute."
	@$(INSTALL) --require-hashes --requirement requirements.lock
	@$(INSTALL) --offline --no-deps --no-build-isolation --editable .
	@touch $@

.venv/developing: .venv/running requirements-dev.lock
	@echo "Installing the packages of requirements-dev.lock into .venv: mostly less than a minute."
	@$(INSTALL) --require-hashes --requirement requirements-dev.lock --compile-bytecode
	@touch $@
