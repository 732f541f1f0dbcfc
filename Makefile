# Everything runs from .venv, which is filled from the lock files; this machine lends only Python, pip, git and make.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python .venv
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header
CHECKS := format lint types imports dependencies dockerfile compose

.PHONY: help run test check bench catalogues lock $(CHECKS:%=check-%)

help: ## Say what there is.
	@sed -n 's/^\([a-z]*\):.*## /\1: /p' Makefile | awk -F ': ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: .venv/running ## Run the whole service for a developer, on http://127.0.0.1:8000 or PORT.
	@$(BIN)/otp dev

test: .venv/developing ## Run the whole suite, on the embedded store and on a real engine.
	@$(BIN)/pytest -n auto

check: .venv/developing ## Look at format, lint, types, imports, dependencies and container files.
	@$(MAKE) --no-print-directory --keep-going $(CHECKS:%=check-%)

bench: .venv/developing ## Measure, as ratios side by side in one run; writes bench.json.
	@$(BIN)/python -m tests.bench

catalogues: .venv/developing ## Compile the texts of the SMS, app/locale/*.po, into what the service reads.
	@for po in app/locale/*.po; do $(BIN)/pybabel --quiet compile --input-file $$po --output-file $${po%.po}.mo || exit 1; done

lock: .venv/uv ## Make the lock files anew, with the newest packages that pyproject.toml allows.
	$(COMPILE) --group build --output-file requirements-build.lock
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock

# Says one line; what was found stands below it, and only where something is wrong.
look = @if found=$$($(BIN)/$(1) 2>&1); then echo "✓ $(@:check-%=%)"; else echo "✗ $(@:check-%=%)"; echo "$$found"; exit 1; fi

check-format:       ; $(call look,ruff format --check .)
check-lint:         ; $(call look,ruff check .)
check-types:        ; $(call look,mypy)
check-imports:      ; $(call look,lint-imports)
check-dependencies: ; $(call look,deptry .)
check-dockerfile:   ; $(call look,hadolint Dockerfile)
check-compose:      ; $(call look,check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml)

# Each file here says that what its locks name is installed; it is done again when a lock changes. pip brings uv and
# uv the rest, which is three times faster than pip alone.
.venv/uv: requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "✗ $(PYTHON) is missing or older than 3.11. Name another one: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 \
		|| { echo "✗ $(PYTHON) has no pip. Install it, on Debian by: apt install python3-pip"; exit 1; }
	@$(PYTHON) -m venv --without-pip .venv \
		|| { echo "✗ $(PYTHON) cannot make .venv. Install its venv module, on Debian by: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes --requirement requirements-build.lock
	@touch $@

.venv/running: .venv/uv requirements.lock pyproject.toml
	@$(INSTALL) --require-hashes --requirement requirements.lock
	@$(INSTALL) --offline --no-deps --no-build-isolation --editable .
	@touch $@

.venv/developing: .venv/running requirements-dev.lock
	@$(INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@
