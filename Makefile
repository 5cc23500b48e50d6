# `make help` lists what there is. Everything runs in .venv, which the first target makes.

PYTHON ?= python3
INDEX ?= .dateline/index
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
# For bench: directories with texts to make large indexes of, and a python that has txtai.
COLLECTIONS ?=
TXTAI ?=
BENCH := .dateline/bench
BIN := .venv/bin
INSTALLED := .venv/.installed
APT_INSTALL := DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends
BROWSER := chromium fonts-inter fonts-crosextra-caladea fonts-droid-fallback

.DEFAULT_GOAL := help
.PHONY: help serve browser screenshots test lint format openapi bench clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

serve: $(INSTALLED) ## index seeds/ and serve it on http://127.0.0.1:8000
	$(BIN)/dateline index seeds/articles --index $(INDEX)
	$(BIN)/dateline serve --index $(INDEX) --host $(HOST) --port $(PORT) --workers $(WORKERS)

browser: ## install the browser that the page is tested in, where apt-get and root allow
	@command -v chromium || (apt-get update -q && $(APT_INSTALL) $(BROWSER)) || \
		echo "No chromium, and apt-get cannot install it: the tests of the page will be skipped."

screenshots: $(INSTALLED) ## take the pictures in docs/images/ anew
	$(BIN)/python -m bench.screenshots

test: $(INSTALLED) ## run every test on all cores, with the coverage gate
	$(BIN)/pytest -n logical --dist loadfile --cov --cov-report=term

lint: $(INSTALLED) ## ruff, mypy --strict and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## put the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: $(INSTALLED) ## write openapi.yaml from the schemas
	$(BIN)/python -m api.openapi > openapi.yaml

bench: $(INSTALLED) ## measure speed; all of docs/performance.md with COLLECTIONS="DIR…" TXTAI=PYTHON
	$(BIN)/python -m bench.encode
	$(BIN)/python -m bench.serve
	$(BIN)/python -m bench.page
	$(BIN)/python -m bench.sync --passages 20000
ifneq ($(COLLECTIONS),)
	$(BIN)/python -m bench.likeness $(COLLECTIONS)
	$(BIN)/python -m bench.scale $(COLLECTIONS) --work $(BENCH)
	$(BIN)/python -m bench.live $(BENCH)/index-1000000 $(COLLECTIONS) --out $(BENCH)/live.json
	$(BIN)/python -m bench.peers $(COLLECTIONS) $(TXTAI:%=--txtai %) --out $(BENCH)/peers.json
	$(BIN)/python -m bench.report $(BENCH) --pictures docs
endif

clean: ## remove the virtual environment and the index
	rm -rf .venv .dateline

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[models,dev]'
	touch $@
