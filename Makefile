# Two commands do everything: `make book` and `make test`. The others are for people who work on it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PORT   ?= 8000

export PYTHONWARNINGS := ignore::DeprecationWarning
# Threads that wait for each other by spinning make two busy programs on two cores crawl.
export OMP_WAIT_POLICY := PASSIVE

# A page is executed again when a cell of it changes, or anything that its cells call.
BOOK_KEY = $$(find melonb results constraints.txt -type f ! -name '*.pyc' -print0 | sort -z \
             | xargs -0 cat | sha256sum | cut -c1-16)

.DEFAULT_GOAL := help
.PHONY: help setup book test check lab serve bench notebooks clean

help:  ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "melonb needs Python 3.10 or newer; name one: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[book,dev]'
	@touch $@

setup: $(READY)  ## make .venv and install everything into it

book: $(READY)  ## execute and build the whole book
	@key=$(BOOK_KEY); mkdir -p _build; \
	  test "$$(cat _build/.key 2>/dev/null)" = "$$key" || rm -rf _build/.jupyter_cache; \
	  echo "$$key" > _build/.key
	@# Unpacked beforehand: a page that did it would show the progress bar for ever.
	@$(BIN)/python -c "from melonb import corpora; corpora.mix(('folk', 'houseband'))"
	$(BIN)/jupyter-book build book --config _config.yml --toc $(CURDIR)/_toc.yml --path-output . \
	  --warningiserror --nitpick --keep-going
	@echo; echo "The book: $(CURDIR)/_build/html/index.html   (make serve shows it at http://localhost:$(PORT))"

check: $(READY)  ## lint, types, floors of the house, rules of the book
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/melonb tables --check
	$(BIN)/python -m pytest tests/book/test_lint.py

test: $(READY) check  ## run everything that CI runs
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal tests --ignore tests/book --ignore tests/bench
	$(MAKE) --no-print-directory book
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile tests/book --nbval-lax book

notebooks: $(READY)  ## execute the committed notebooks in place
	for page in $$(git ls-files 'book/*.ipynb'); do \
	  $(BIN)/jupyter nbconvert --to notebook --execute --inplace --log-level WARN $$page || exit 1; done

bench: $(READY)  ## measure speeds, each as a ratio within one run
	$(BIN)/python -m pytest tests/bench -m bench -s -p no:xdist --timeout 1800

lab: $(READY)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab book

serve: $(READY)  ## show the built book at localhost
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

clean:  ## remove what was built, keep .venv
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
