# One target for each task; `make help` lists them. Commands that need more than a line are in Tests/scripts.

PREFIX ?= /usr/local
RELEASE := .build-release/cover-bridge
DEBUG := $(CURDIR)/.build/debug/cover-bridge
PYTHON := $(CURDIR)/.venv/bin/python
# Has Jupyter, marimo and a driver for browsers.
NOTEBOOK_PYTHON := $(CURDIR)/.venv-notebook/bin/python
# In containers the folder may belong to another user than the one who builds.
SWIFT_SOURCES = $(or $(wildcard $(shell git -c safe.directory='*' ls-files '*.swift')),$(error git lists no Swift files))

# A shell makes background processes ignore Control-C, and they pass that on. This restores the default.
BESIDE := env --default-signal=INT,QUIT

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build demo test test-swift test-python test-node test-editors test-emacs test-neovim test-notebook test-recipes test-packages test-binary test-lsp test-network test-fuzz test-stress bench wheel npm deb reproducible fuzz chaos fleet-chaos debug lint lint-swift lint-python lint-node fmt install clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing for building and testing (apt, and a Python venv in .venv)
	@Tests/scripts/setup test

build: ## The release binary, which needs only libc: .build-release/cover-bridge
	@Tests/scripts/setup build
	Tests/scripts/build-release

wheel: setup build ## The Python package with the release binary inside: dist/cover_bridge-*.whl
	Tests/scripts/package-python $(RELEASE) dist
	Tests/scripts/checksums dist

npm: setup build ## The Node package, and the package with the release binary: dist/*.tgz
	node clients/node/scripts/pack.js $(RELEASE) dist
	Tests/scripts/checksums dist

deb: setup build ## The Debian package, and an archive of the binary: dist/cover-bridge_*.deb, dist/*.tar.gz
	Tests/scripts/package-debian $(RELEASE) dist
	Tests/scripts/checksums dist

reproducible: ## Build all packages twice, in different folders, and compare them: a quarter of an hour
	Tests/scripts/check-reproducible

demo: ## Build, then follow pretend covers to their end: no key, no network
	@Tests/scripts/setup build
	swift build --product cover-bridge
	COVER_BRIDGE=$(DEBUG) PYTHONPATH=clients/python python3 clients/python/examples/follow_covers.py

test: setup lint test-swift test-python test-node test-editors test-notebook test-recipes test-binary test-lsp test-network test-fuzz test-stress test-packages ## Everything that CI checks

# Swift Testing starts all tests of a run at once. Tests that compute for long would keep the others from the processor until their time is
# up, and tests with servers need the processor in time. So both have runs of their own.
COMPUTING = CoverFleetTests|JournalModelTests|CoverLSPTests
SERVING = CoverSandboxTests|EndToEndTests
test-swift: setup debug ## The Swift tests; with FILTER=NAME a part of them
ifdef FILTER
	Tests/scripts/swift-test --filter '$(FILTER)'
else
	Tests/scripts/swift-test --filter '$(COMPUTING)'
	Tests/scripts/swift-test --filter '$(SERVING)'
	Tests/scripts/swift-test --skip '$(COMPUTING)|$(SERVING)'
endif

# Three processes at a time, since these tests wait more than they work.
PYTHON_LISTS = tests/test_conformance.py tests/test_real_errors.py
PYTHON_ENDS = $(addprefix tests/test_,death.py ends.py green.py real_kills.py scripts.py signals.py wrappers.py)
test-python: setup debug ## The Python client against the real binary
	cd clients/python && export COVER_BRIDGE=$(DEBUG) PYTHONPATH=.; \
	$(BESIDE) $(PYTHON) -m pytest -q -p no:cacheprovider $(PYTHON_LISTS) & lists=$$!; \
	$(BESIDE) $(PYTHON) -m pytest -q -p no:cacheprovider $(PYTHON_ENDS) & ends=$$!; \
	$(PYTHON) -m pytest -q $(addprefix --ignore=,$(PYTHON_LISTS) $(PYTHON_ENDS)); others=$$?; \
	wait $$lists; lists=$$?; wait $$ends && exit $$(( lists | others ))

test-node: setup debug ## The Node client against the real binary
	cd clients/node && COVER_BRIDGE=$(DEBUG) node --test --test-concurrency=4 --test-reporter=tap test/*.test.js

.PHONY: test-versions
test-versions: setup debug ## The Python and Node suites on each version of their languages that is available (by hand)
	COVER_BRIDGE=$(DEBUG) Tests/scripts/test-versions node
	COVER_BRIDGE=$(DEBUG) Tests/scripts/test-versions python

test-emacs test-neovim: test-%: setup debug
	COVER_BRIDGE=$(DEBUG) Tests/scripts/test-editor $*

test-editors: setup debug ## The Emacs and Neovim clients at the same time, since both wait more than they work
	@COVER_BRIDGE=$(DEBUG) $(BESIDE) Tests/scripts/test-editor emacs & emacs=$$!; \
	COVER_BRIDGE=$(DEBUG) Tests/scripts/test-editor neovim; neovim=$$?; wait $$emacs && exit $$neovim

test-notebook: setup debug ## The board in JupyterLab and marimo, in a browser; screenshots in dist/screenshots
	cd Tests && COVER_BRIDGE=$(DEBUG) PYTHONPATH=$(CURDIR)/clients/python $(NOTEBOOK_PYTHON) -m pytest -q notebook

test-recipes: setup debug ## The examples and recipes of the READMEs, exactly as written
	cd Tests && COVER_BRIDGE=$(DEBUG) $(PYTHON) -m pytest -q recipes

test-packages: wheel npm deb ## The packages, installed in a root folder without Swift, our libraries and a network
	cd Tests && DIST=$(CURDIR)/dist $(PYTHON) -m pytest -q -rs packages

test-binary: setup debug ## The real binary: start and end, flow control, OpenRPC, MCP, terminal, fleets, kill -9
	@# Three processes at a time, since these tests wait as much as they work.
	cd Tests && export COVER_BRIDGE=$(DEBUG); \
	$(BESIDE) $(PYTHON) -m pytest -q -p no:cacheprovider fleet chaos & fleet=$$!; \
	$(BESIDE) $(PYTHON) -m pytest -q -p no:cacheprovider mcp openrpc terminal & faces=$$!; \
	$(PYTHON) -m pytest -q lifecycle; others=$$?; \
	wait $$fleet; fleet=$$?; wait $$faces && exit $$(( fleet | others ))

test-lsp: setup debug ## The language server with pytest-lsp, Neovim 0.7 and 0.11 and Eglot; draws dist/screenshots/neovim.svg
	cd Tests && COVER_BRIDGE=$(DEBUG) PYTHONPATH=$(CURDIR)/Tests/terminal $(PYTHON) -m pytest -q lsp

# Two processes at a time, since these tests wait more than they work.
NETWORK_BESIDE = network/test_frames.py network/test_http2.py network/test_clients.py
test-network: setup debug ## TLS, proxies and HTTP/2, with nginx, tinyproxy and pproxy in a network of their own
	cd Tests && export COVER_BRIDGE=$(DEBUG); \
	$(BESIDE) $(PYTHON) -m pytest -q -p no:cacheprovider $(NETWORK_BESIDE) & beside=$$!; \
	$(PYTHON) -m pytest -q network $(addprefix --ignore=,$(NETWORK_BESIDE)); others=$$?; wait $$beside && exit $$others

chaos: setup debug ## Kill the bridge with kill -9 in the middle, three hundred times
	COVER_BRIDGE=$(DEBUG) $(PYTHON) Tests/chaos/chaos.py --kills 300

fleet-chaos: setup debug ## Break two fleets and their store at random, for five minutes; STORE=file or redis
	COVER_BRIDGE=$(DEBUG) PYTHONPATH=Tests/common $(PYTHON) Tests/fleet/fleet_chaos.py --seconds 300 --store $(or $(STORE),redis)

test-fuzz: setup ## A hundred thousand mutated sessions: no crash, whole frames, no leak
	Tests/scripts/build-sanitized fuzzer Tests/fuzz/FuzzSession.swift Tests/stress/JanssonBlocks.swift
	Tests/scripts/fuzz -runs=100000

test-stress: setup ## Sessions under load with sanitizers: no leak, no bad memory access, no data race
	Tests/scripts/build-sanitized address Tests/stress/StressSession.swift Tests/stress/JanssonBlocks.swift
	SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=1 .build-address/StressSession
	Tests/scripts/build-sanitized thread Tests/stress/StressSession.swift Tests/stress/JanssonBlocks.swift
	SWIFT_BACKTRACE=enable=no TSAN_OPTIONS=halt_on_error=1 .build-thread/StressSession

bench: build ## Speed and memory compared with other ways to follow covers; BENCH='--quick' or '--json' (5 minutes)
	@Tests/scripts/setup bench
	COVER_BRIDGE=$(CURDIR)/$(RELEASE) $(PYTHON) Tests/Benchmarks/bench.py $(BENCH)

fuzz: setup ## The fuzz target for a minute
	Tests/scripts/build-sanitized fuzzer Tests/fuzz/FuzzSession.swift Tests/stress/JanssonBlocks.swift
	Tests/scripts/fuzz -max_total_time=60

debug:
	swift build --build-tests

lint: lint-swift lint-python lint-node ## Format, imports, sizes, types: all checks that need no build

lint-swift: setup
	@swift format lint --strict --parallel $(SWIFT_SOURCES)
	$(PYTHON) -m pytest -q Tests/lint
	$(PYTHON) Tests/lint/check_sources.py

lint-node: setup
	node clients/node/scripts/lint.js
	$(PYTHON) clients/generate_types.py --check

lint-python: setup
	$(PYTHON) -m ruff check Tests clients/python clients/conformance
	$(PYTHON) -m ruff format --check Tests clients/python clients/conformance
	for folder in Tests/common Tests/lint Tests/scripts Tests/lifecycle Tests/openrpc Tests/mcp Tests/network Tests/errors Tests/recipes Tests/packages Tests/terminal Tests/chaos Tests/fleet Tests/Benchmarks clients/conformance; do \
		(cd $$folder && MYPYPATH=$(CURDIR)/clients/python:$(CURDIR)/Tests/common $(PYTHON) -m mypy --strict --follow-imports=silent .) || exit 1; done
	cd Tests/lsp && MYPYPATH=$(CURDIR)/Tests/terminal:$(CURDIR)/Tests/common $(PYTHON) -m mypy --strict --follow-imports=silent .
	cd Tests/notebook && MYPYPATH=$(CURDIR)/clients/python:$(CURDIR)/Tests/common $(PYTHON) -m mypy --strict --python-executable $(NOTEBOOK_PYTHON) .
	$(PYTHON) -m basedpyright --pythonpath $(PYTHON) --project Tests/lint
	cd clients/python && $(PYTHON) -m mypy --python-executable $(NOTEBOOK_PYTHON)
	cd clients/python && $(PYTHON) -m basedpyright --pythonpath $(NOTEBOOK_PYTHON)

fmt: setup ## Format the Swift and Python sources in place
	@swift format --in-place --parallel $(SWIFT_SOURCES)
	$(PYTHON) -m ruff format Tests clients/python clients/conformance

install: ## Install the binary, its manual and its completions; with PREFIX=DIR elsewhere than in /usr/local
	@test -x $(RELEASE) || { echo 'install: there is no $(RELEASE) yet; run "make build" first' >&2; exit 1; }
	Tests/scripts/install $(RELEASE) '$(DESTDIR)$(PREFIX)'

clean: ## Remove everything that was built or installed in this folder
	rm -rf dist .versions .build .build-release .build-fuzzer .build-address .build-thread .venv .venv-notebook .mypy_cache .pytest_cache .ruff_cache
