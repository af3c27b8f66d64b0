"""The files of a root directory whose runs are synthetic: a bench module, and a conftest in place of training."""

BENCH = """
from stablebert.bench import cells

CELLS = [
    *cells(["trec", "sms"], ["bertadam", "debiased"], {"section": "4", "figure": "2"}),
    *cells(["trec", "rte"], ["reinit"], {"section": "5", "table": "1"}),
]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
"""
CONFTEST = """
import importlib
import os
import sys
import time
from pathlib import Path

import stablebert.plugin.bench_session as bench_session
import stablebert.project.judging as judging
from stablebert.records import Keys, StoreError, load_run
from stablebert.runs import digest_of, format_id

sys.path.insert(0, {root!r})
from tests.synthetic import synthetic_record, wobble

HERE = Path(__file__).parent
LOSS = {loss!r}
FAILED = {failed!r}
BROKEN = {broken!r}


def run_keys(spec):
    key = digest_of([format_id(spec), spec.optimizer])
    return Keys(key, key, "cell", "code", "data", "weights")


def train(spec):
    with (HERE / "trained.txt").open("a") as stream:
        stream.write(format_id(spec) + "\\n")
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
    if spec.seed in BROKEN:
        raise StoreError(f"seed {{spec.seed}} is broken")
    cell = f"{{spec.task}}_{{spec.method}}"
    score = 90.0 + wobble(spec.seed) - LOSS.get(cell, 0.0)
    return synthetic_record(spec, 20.0 if spec.seed in FAILED else score, failed=spec.seed in FAILED)


def obtain(spec, store):
    key = run_keys(spec).record
    found = load_run(spec, store)
    if found is not None:
        return found
    with store.lock(key):
        found = load_run(spec, store)
        if found is not None:
            return found
        with store.attempt(key):
            return store.publish(key, train(spec))


bench_session.obtain = obtain
judging.run_keys = importlib.import_module("stablebert.records.obtain").run_keys = run_keys
import stablebert.assets

stablebert.assets.fetch = lambda name, **_: None
"""
FRESH = "--stablebert-seed-block=100"
