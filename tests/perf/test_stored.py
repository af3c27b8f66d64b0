"""Records that nobody trained are as long as trained ones, and say what an accepted run says."""

import json
from dataclasses import replace

import pytest

from perf import stored
from stablebert.baselines import baseline_path, write_baseline
from stablebert.records import Keys, RunStore
from stablebert.runs import Record, RunSpec, row_of
from tests.synthetic import synthetic_rows

SPEC = RunSpec(task="trec", seed=1003)
SCORES = ("test", "validation", "last_validation", "best_step", "failed", "failed_reason")


def keys_of(spec):
    return Keys(f"{spec.seed:064d}", "spec", "cell", "code", "data", "weights")


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setattr(stored, "run_keys", keys_of)


@pytest.mark.parametrize("failed", [frozenset(), frozenset({0})])
def test_a_record_has_the_scores_of_the_row_and_its_full_length(task, failed):
    row = synthetic_rows(90.0, range(1), failed=failed)[0]
    record = stored.stored_record(SPEC, row, task)
    again = row_of(Record.from_dict(json.loads(json.dumps(record.to_dict()))))
    assert [getattr(again, name) for name in SCORES] == [getattr(row, name) for name in SCORES]
    updates = 3 * -(-len(task.train) // SPEC.recipe.batch_size)
    assert len(record.steps.loss) == updates
    assert len(record.evaluations) == min(updates, SPEC.recipe.evaluations)
    assert record.test_logits["shape"] == [len(task.test), task.num_labels]
    # the control: another seed is another run
    assert row_of(stored.stored_record(replace(SPEC, seed=1004), row, task)).losses != again.losses


def test_a_store_is_filled_from_the_accepted_cells(tmp_path, task, monkeypatch):
    monkeypatch.setattr(stored, "load_task", lambda name: task)
    with pytest.raises(ValueError, match="no accepted cell of minilm"):
        stored.fill_store(tmp_path / "runs", tmp_path / "b", 3)
    header = {"cell": "trec_debiased_3ep_minilm_fp32"}
    write_baseline(baseline_path(tmp_path / "b", SPEC.cell), header, synthetic_rows(90.0, range(20)))
    assert stored.fill_store(tmp_path / "runs", tmp_path / "b", 3) == 3
    seeds = [record.spec.seed for record in RunStore(tmp_path / "runs").records()]
    assert seeds == [stored.FIRST_SEED + place for place in range(3)]
