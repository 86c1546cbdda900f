PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OVMSCLIENT := .venv-ovmsclient

.PHONY: demo test attacks test-all lint bench results clean

# The environment is made anew when it is missing or older than pyproject.toml.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

$(VENV)/.bench-installed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@

# A client that the tests call from an environment of its own.
$(OVMSCLIENT)/.installed: Makefile
	$(PYTHON) -m venv $(OVMSCLIENT)
	$(OVMSCLIENT)/bin/python -m pip install --quiet ovmsclient==2023.1
	touch $@

demo: $(VENV)/.installed
	$(BIN)/tfae train leaky_relu_digits --overwrite
	$(BIN)/tfae export saved_models/leaky_relu_digits --quiet

test: $(VENV)/.installed $(OVMSCLIENT)/.installed
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal

# Wrong and hostile inputs, from tables.
attacks: $(VENV)/.installed
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal -m attacks tests/attacks

# The slow tests and the attacks, too, and the contract of every recipe.
test-all: $(VENV)/.installed $(OVMSCLIENT)/.installed
	TFAE_CONTRACT=all $(BIN)/python -m pytest --numprocesses=2 --dist=worksteal \
	  -m 'not browser'

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(VENV)/.bench-installed
	$(BIN)/python benchmarks/throughput.py --record docs/throughput.json
	$(BIN)/python benchmarks/variational.py --record docs/variational.json
	$(BIN)/python benchmarks/convolutional.py --record docs/convolutional.json
	$(BIN)/python benchmarks/detection.py --record docs/detection.json

# Tables of docs/results.md and README.md from docs/results/*.json.
results: $(VENV)/.installed
	$(BIN)/python benchmarks/results.py

clean:
	rm -rf $(VENV) $(OVMSCLIENT) build *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
