"""What tests of commands need: no training, and a baseline with candidate runs."""

import importlib
from dataclasses import replace

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.records import Keys, RunStore
from stablebert.runs import RunSpec
from tests.frozen import freeze_margins
from tests.synthetic import synthetic_record, synthetic_rows, wobble

CELL = "trec_debiased_3ep_minilm_fp32"
HEADER = {"cell": CELL, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}
# the package has a function of the same name
OBTAIN = importlib.import_module("stablebert.records.obtain")


@pytest.fixture(autouse=True)
def no_training(monkeypatch, tmp_path):
    """A test that would train for minutes fails instead, and none writes where it was started."""

    def refuse(spec):
        raise AssertionError(f"{spec} would be trained")

    monkeypatch.setattr(OBTAIN, "_train", refuse)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A baseline about 90 points, and a function that stores twelve candidate runs about a mean."""

    def keys(spec):
        key = f"{spec.seed:03d}{spec.optimizer}{spec.method}".ljust(64, "0")
        return Keys(key, key, "cell", "code", "data", "weights")

    for module in ("stablebert.project.judging", "stablebert.records.obtain"):
        monkeypatch.setattr(importlib.import_module(module), "run_keys", keys)
    spec = RunSpec(task="trec")
    write_baseline(baseline_path(tmp_path / "b", spec.cell), HEADER, synthetic_rows(90.0, range(20)))
    freeze_margins(tmp_path / "b")

    def store(mean, runs=12, without=(), method="debiased"):
        for seed in sorted({*range(100, 100 + runs)} - {*without}):
            run = replace(spec, method=method, seed=seed)
            RunStore(tmp_path / "s").publish(keys(run).record, synthetic_record(run, mean + wobble(seed)))
        return ["gate", CELL, "--seed-block", "100", "--seeds", "12", "--store", "s", "--baselines", "b"]

    return store
