# make test: every test. make bench: the main job. Each sets up all it needs, once, in .venv.
PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2
OLDEST := .venv-oldest
LEANING := $(addprefix tests/,runs optim hf methods/test_methods.py methods/test_every_setting.py encoders/test_families.py \
	training/test_train.py tasks/test_loading.py tasks/test_own_tasks.py plugin/test_sessions.py \
	records/test_publication.py records/test_stored_runs.py gate/test_judging.py \
	cli/test_compare.py stats)
KILLS ?= 100
FUZZ_SECONDS ?= 60

# what the package index has all of; mrpc-1k and rte-1k need GLUE
GATED := debiased and (trec or intensity)
# the seeds of the main job are none of the baselines'
SEEDS := --stablebert-seed-block=100
CONTROL_CELL := trec_debiased_3ep
CONTROL_SEEDS := 12
CONTROL_OPTIMIZER := torch.optim:AdamW
CONTROL_ARGUMENTS := {"eps": 0.001, "weight_decay": 0.0}

.PHONY: test oldest bench docs kills kill-matrix fuzz mutants calibrate perf deviations lint gated control fetch clean

test: $(READY)
	$(BIN)/pytest -n $(JOBS)

# the rooms that lean on libraries, with the oldest of each that pyproject.toml allows, in a place of its own; what is
# ignored is said of tokenizers by transformers 5.0 itself
# left out: what asks scipy 1.13 for the power of a noncentral t
oldest: pyproject.toml tests/oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check -c tests/oldest.txt -e '.[dev]'
	$(OLDEST)/bin/pip check
	$(OLDEST)/bin/pytest -n $(JOBS) -W 'ignore:Deprecated in 0.9.0:DeprecationWarning' $(LEANING) \
		--ignore=tests/stats/test_equivalence.py --ignore=tests/stats/test_sample_size.py \
		--deselect=tests/stats/test_narrow_imports.py::test_power_has_the_noncentral_t_distribution

bench: gated control

# the site, in site/; a link that leads nowhere fails
docs: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pip check

fetch: $(READY)
	$(BIN)/stablebert fetch

gated: fetch
	$(BIN)/pytest bench -n $(JOBS) -k '$(GATED)' $(SEEDS) --stablebert-seeds=12 --stablebert-inconclusive=pass

# a planted defect in the place of the debiased optimizer: FAIL is what must come out, of pytest and of the stored runs
control: gated
	@echo 'control: $(CONTROL_OPTIMIZER) $(CONTROL_ARGUMENTS) in the place of the debiased optimizer must FAIL'
	@if $(BIN)/pytest bench -n $(JOBS) -k trec_debiased $(SEEDS) --stablebert-seeds=$(CONTROL_SEEDS) \
		--stablebert-inconclusive=pass --stablebert-optimizer=$(CONTROL_OPTIMIZER) \
		--stablebert-optimizer-args='$(CONTROL_ARGUMENTS)'; \
	then echo "control: the planted defect was not caught"; exit 1; fi
	@$(BIN)/stablebert gate $(CONTROL_CELL) --seed-block 100 --seeds $(CONTROL_SEEDS) \
		--optimizer $(CONTROL_OPTIMIZER) --optimizer-args '$(CONTROL_ARGUMENTS)'; status=$$?; \
	if [ $$status -eq 1 ]; then echo "control: the planted defect was caught"; \
	else echo "control: the planted defect was not caught (exit $$status, FAIL is 1)"; exit 1; fi

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

# sessions killed at random points, again and again, until they are done: nothing lost, torn or refused
kills: $(READY)
	$(BIN)/python -m tests.kills --kills $(KILLS)
	$(BIN)/python -m tests.kills --kills 20 --cancel
	$(BIN)/python -m tests.kills --kills 20 --planted

# every planted defect, and how long the tests that see it take
kill-matrix: $(READY)
	$(BIN)/pytest tests/defects -q -n $(JOBS)

# every parser before files that were cut, mixed up, or made by an enemy: 5,000 a test, in place of 100; then by a fuzzer
# that sees which lines a file reaches, which must find what is planted
fuzz: $(READY)
	$(BIN)/pytest tests/fuzz -q -n $(JOBS) --hypothesis-profile=fuzz
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz.guided --planted
	$(BIN)/python -m tests.fuzz.guided --seconds $(FUZZ_SECONDS) --jobs $(JOBS)

# small changes of the code that judges, and how many of them its own tests see: docs/mutants.md, and exit 1 below 90 %
mutants: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[mutants]'
	rm -rf mutants
	OMP_NUM_THREADS=1 $(BIN)/mutmut run --max-children $(JOBS)
	$(BIN)/python -m tests.mutants --write

# how often the gate errs and what it sees: docs/calibration.md, and exit 1 where a limit is exceeded
calibrate: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.calibration --write --jobs $(JOBS)

# whole runs against transformers' Trainer and a plain loop, and the figures that have a bound; on a quiet machine
perf: $(READY)
	$(BIN)/python -m perf

deviations: $(READY)
	$(BIN)/python -m stablebert.paper.fidelity

clean:
	rm -rf $(VENV) $(OLDEST) mutants site .stablebert .pytest_cache .hypothesis .mypy_cache .ruff_cache
