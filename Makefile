PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OVMSCLIENT := .venv-ovmsclient

.PHONY: demo test attacks test-all docs docs-test lint bench results clean

# The environment is made anew when it is missing or older than pyproject.toml.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

$(VENV)/.bench-installed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@

$(VENV)/.docs-installed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

# A client that the tests call from an environment of its own.
$(OVMSCLIENT)/.installed: Makefile
	$(PYTHON) -m venv $(OVMSCLIENT)
	$(OVMSCLIENT)/bin/python -m pip install --quiet ovmsclient==2023.1
	touch $@

demo: $(VENV)/.installed
	$(BIN)/tfae train leaky_relu_digits --overwrite
	$(BIN)/tfae export saved_models/leaky_relu_digits

test: $(VENV)/.installed $(OVMSCLIENT)/.installed
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal

# Wrong and hostile inputs, from tables.
attacks: $(VENV)/.installed
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal -m attacks tests/attacks

# The slow tests and the attacks, too, and the contract of every recipe.
test-all: $(VENV)/.installed $(OVMSCLIENT)/.installed
	TFAE_CONTRACT=all $(BIN)/python -m pytest --numprocesses=2 --dist=worksteal \
	  -m 'not browser'

# The documentation, into site/; a warning is an error.
docs: $(VENV)/.docs-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# The same in a headless browser, such as Debian's package chromium.
docs-test: docs
	$(BIN)/python -m pytest -m browser

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(VENV)/.bench-installed
	$(BIN)/python benchmarks/throughput.py --record docs/throughput.json
	$(BIN)/python benchmarks/small_runs.py --record docs/small_runs.json
	$(BIN)/python benchmarks/variational.py --record docs/variational.json
	$(BIN)/python benchmarks/convolutional.py --record docs/convolutional.json
	$(BIN)/python benchmarks/detection.py --record docs/detection.json

# Tables of the documentation and of READMEs from docs/results/*.json.
results: $(VENV)/.installed
	$(BIN)/python benchmarks/results.py

clean:
	rm -rf $(VENV) $(OVMSCLIENT) build site *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
