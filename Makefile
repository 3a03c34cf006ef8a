# `make help` lists the targets. Everything is built into .venv; nothing outside the clone changes.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Where pip finds PyTorch, e.g. TORCH_INDEX=https://download.pytorch.org/whl/cpu for the build
# without CUDA (about 0.2 GB instead of several); empty: pip's own index.
TORCH_INDEX ?=
PIP_INSTALL = $(BIN)/python -m pip install --quiet --constraint constraints.txt \
	$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
# What is installed beside the tools for testing, e.g. EXTRAS=ray (0.5 GB): without it the tests of
# --engine ray skip.
EXTRAS ?=
comma := ,
DEV := $(VENV)/.installed-dev$(if $(EXTRAS),-$(EXTRAS))
# Made by the targets below; git ignores build/.
FONTS ?= build/fonts
PACK ?= build/training-pack
CORPORA ?=
LINES ?=
SAMPLE := docs/sample/seat-weaving.png
# For measurements: a folder with lines/ and pages/ of real scans; options passed on.
DATA ?= $(GSAOCR_DATA)
OPTIONS ?=
MINUTES ?= 10
NAMES ?=
RAPIDOCR := 3.10.0
PADDLE := 1.0.4
TESSERACT := tesseract-ocr $(addprefix tesseract-ocr-,eng deu fra frk ces slk dan osd script-latn)

.DEFAULT_GOAL := help
.PHONY: help venv dev demo test lint format pytest fuzz bench peers scoreboard hypothesis constants adapters fonts training-pack wheel clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON): gsaocr needs Python 3.11 or later; name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON): no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) --editable .
	@touch $@

$(DEV): $(VENV)/.installed
	$(PIP_INSTALL) --editable '.[dev$(if $(EXTRAS),$(comma)$(EXTRAS))]'
	@touch $@

venv: $(VENV)/.installed ## build .venv with gsaocr in it

dev: $(DEV) ## the same with the tools for testing

demo: $(VENV)/.installed ## read the sample scan, a page of a book of 1917, and print its text
	@$(BIN)/gsaocr transcribe $(SAMPLE)

test: lint pytest ## everything that must pass: lint, types, tests

lint: $(DEV) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV) ## let ruff reformat and mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pytest: $(DEV) ## the tests alone; GSAOCR_DATA=DIR adds those on real scans, EXTRAS=ray Ray's
	$(BIN)/pytest

fuzz: $(DEV) ## other examples for the property tests, then damaged files for MINUTES=10
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -m hypothesis
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(OPTIONS)

bench: $(VENV)/.installed ## time from shell to text of a page, with DATA=DIR of 24 as well, beside other programs
	$(BIN)/python -m tests.benchmarks.speed $(if $(DATA),--data $(DATA)) $(OPTIONS)

peers: .venv-peers/.rapidocr-$(RAPIDOCR)-paddle-$(PADDLE) ## install Tesseract (apt-get, as root), RapidOCR, faster-paddle (.venv-peers)
	@dpkg -s $(TESSERACT) >/dev/null 2>&1 || { test "$$(id -u)" = 0 || \
		{ echo "Tesseract: as root, apt-get install $(TESSERACT)" >&2; exit 1; }; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $(TESSERACT); }
	@tesseract --version 2>/dev/null | head -1

.venv-peers/.rapidocr-$(RAPIDOCR)-paddle-$(PADDLE):
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet rapidocr==$(RAPIDOCR) onnxruntime==1.32.0 \
		faster-paddle==$(PADDLE)
	@touch $@

constants: $(VENV)/.installed ## what each number in the reading of lines does to small images, and to scans with DATA=DIR
	$(BIN)/python -m tests.benchmarks.constants $(if $(DATA),--data $(DATA)) $(OPTIONS)

scoreboard: $(VENV)/.installed ## all engines on the sets of DATA=DIR, into docs/scoreboard.md
	@test -n "$(DATA)" || { echo "name the folder of scans: make scoreboard DATA=DIR" >&2; exit 1; }
	$(BIN)/python -m tests.benchmarks.scoreboard --data $(DATA) $(OPTIONS)

hypothesis: $(VENV)/.installed ## what the group and LoRA bring, runs of DATA=DIR and FONTS, into docs/hypothesis.md (hours)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.hypothesis_runs \
		$(if $(DATA),--data $(DATA) --fonts $(FONTS)) $(OPTIONS)

fonts: $(VENV)/.installed ## gather free fonts for training in $(FONTS) (apt-get, npm)
	$(BIN)/python -m gsaocr.training.gather_fonts $(FONTS)

training-pack: $(VENV)/.installed ## fonts and texts for training elsewhere; CORPORA=DIR [LINES=ZIP...]
	@test -n "$(CORPORA)" || { echo "name the folder of texts: make training-pack CORPORA=DIR" >&2; exit 1; }
	$(BIN)/python -m gsaocr.training.pack --fonts $(FONTS) --corpora $(CORPORA) \
		--out $(PACK) $(if $(LINES),--lines $(LINES))

adapters: $(VENV)/.installed ## train the shipped adapters on the lines of DATA=DIR (hours); NAMES="typewriter ..."
	@test -n "$(DATA)" || { echo "name the folder of scans: make adapters DATA=DIR" >&2; exit 1; }
	GSAOCR=$(BIN)/gsaocr recipes/train_adapters.sh $(DATA) $(NAMES)

wheel: | $(BIN)/python ## build dist/gsaocr-*.whl, weights included
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@ls -l dist/*.whl

clean: ## remove caches and builds
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find gsaocr tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove the environments as well
	rm -rf $(VENV) .venv-peers
