# make test: every test. make bench: the main job. Each sets up all it needs, once, in .venv.
PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2

# the seeds of the main job are none of the baselines'
SEEDS := --stablebert-seed-block=100
CONTROL_CELL := intensity_debiased_3ep_minilm_fp32
CONTROL_SEEDS := 20
CONTROL_OPTIMIZER := stablebert.optim:BertAdam

.PHONY: test bench deviations lint gated control fetch clean

test: $(READY)
	$(BIN)/pytest -n $(JOBS)

bench: gated control

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fetch: $(READY)
	$(BIN)/stablebert fetch

gated: fetch
	$(BIN)/pytest bench -n $(JOBS) -k debiased $(SEEDS) --stablebert-seeds=10 --stablebert-inconclusive=pass

# a planted defect in the place of the debiased optimizer: FAIL is what must come out, of pytest and of the stored runs
control: gated
	@echo "control: $(CONTROL_OPTIMIZER) in the place of the debiased optimizer must FAIL"
	@if $(BIN)/pytest bench -n $(JOBS) -k intensity_debiased $(SEEDS) --stablebert-seeds=$(CONTROL_SEEDS) \
		--stablebert-inconclusive=pass --stablebert-optimizer=$(CONTROL_OPTIMIZER); \
	then echo "control: the planted defect was not caught"; exit 1; fi
	@$(BIN)/stablebert gate $(CONTROL_CELL) --seed-block 100 --seeds $(CONTROL_SEEDS) \
		--optimizer $(CONTROL_OPTIMIZER); status=$$?; \
	if [ $$status -eq 1 ]; then echo "control: the planted defect was caught"; \
	else echo "control: the planted defect was not caught (exit $$status, FAIL is 1)"; exit 1; fi

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

deviations: $(READY)
	$(BIN)/python -m stablebert.paper.deviations

clean:
	rm -rf $(VENV) .stablebert .pytest_cache .hypothesis .mypy_cache .ruff_cache
