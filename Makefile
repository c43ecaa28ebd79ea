# make demo    see everything work on an invented hospital (needs Python 3.11 or newer, nothing else)
# make test    everything a change must pass: style, types, imports, all tests (installs Debian packages)
# make check   the fast part of it: style, types, imports
# make bench   benchmarks beside the peers
# make docs    write the generated pages of docs/ anew

UV_VERSION := 0.13.8
BIN := .venv/bin
UV := UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --frozen --inexact --quiet --system-certs --compile-bytecode --python $(BIN)/python

# Real peers and tools that the tests drive; `make demo` needs none of them.
PACKAGES := orthanc orthanc-dicomweb dcmtk dicom3tools chromium libgdcm-tools postgresql strace e2fsprogs gcc libc6-dev vsftpd \
	openssh-server openssh-client curl

# The newest Python that is really there: a name may be a shim that only says how to install it.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& command -v "$$name" && break; done)

.PHONY: demo test check bench docs packages clean
.DEFAULT_GOAL := demo

demo: .venv/.demo
	@$(BIN)/tirage demo $(ARGS)

test: .venv/.tests packages check
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not serial" --cov --cov-report= $(ARGS)
	$(BIN)/pytest -q -m serial --cov --cov-append --cov-report=term:skip-covered $(ARGS)

check: .venv/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/.tests packages
	$(BIN)/python -m benchmarks $(ARGS)

docs: .venv/.tests
	$(BIN)/python -m tests.docs.generate

packages:
	@missing=$$(dpkg-query -W -f '$${db:Status-Abbrev} $${Package}\n' $(PACKAGES) 2>/dev/null | awk '$$1 == "ii" {print $$2}' \
		| sort > .venv/.installed; printf '%s\n' $(PACKAGES) | sort | comm -23 - .venv/.installed); \
	test -z "$$missing" && exit 0; \
	root=$$(test "$$(id -u)" = 0 || echo sudo); \
	echo "Installing for the tests:" $$missing; \
	$$root apt-get update -qq && \
	$$root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends $$missing >/dev/null

.venv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Tirage needs Python 3.11 or newer with venv (Debian: apt install python3-venv)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv from uv.lock (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.demo: .venv/bin/uv uv.lock pyproject.toml
	@test -e .venv/.tests || $(UV) --no-dev --all-extras
	@test ! -e .venv/.tests || $(UV) --all-extras
	@touch $@

.venv/.tests: .venv/bin/uv uv.lock pyproject.toml
	@$(UV) --all-extras
	@touch $@ .venv/.demo

clean:
	rm -rf .venv .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
