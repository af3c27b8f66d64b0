"""The verdict of a refactoring: from accepted beginnings and those of now to PASS, FAIL or INVALID, at both doors."""

import importlib
from dataclasses import replace

import pytest

from stablebert.baselines import baseline_path, series_path, write_baseline, write_series
from stablebert.gate import Status
from stablebert.project import judge_stored_session, unchanged
from stablebert.records import Keys
from stablebert.runs import Beginning, Cell, RunSpec, digest_of, format_id, row_of
from tests.frozen import freeze_margins
from tests.project.projects import project_below
from tests.synthetic import synthetic_record, wobble

CELL = Cell("trec")
HEADER = {"cell": CELL.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}


def keys_of(spec):
    key = digest_of([format_id(spec)])
    return Keys(key, key, "cell", "code", "data", "weights")


def record_of(spec):
    return synthetic_record(spec, 90.0 + wobble(spec.seed))


def beginning_of(spec, factor=1.0):
    """Return the beginning of a run's own record, its updates a factor as long."""
    record = record_of(spec)
    moved = tuple(factor * norm for norm in record.steps.update_norm)
    clipped = tuple(min(norm, spec.recipe.max_grad_norm) for norm in record.steps.gradient_norm)
    first = record.evaluations[0]
    return Beginning(
        replace(record.steps, update_norm=moved), clipped, record.evaluations, (first, first), record.fingerprints
    )


@pytest.fixture
def begun(monkeypatch):
    """What was begun: ids of the runs; `begun.factor` is by how much their updates are longer than accepted."""

    class Begun(list):
        factor = 1.0

    found = Begun()

    def begin(spec, updates):
        found.append(format_id(spec))
        assert updates == 3
        return beginning_of(spec, found.factor)

    for module in ("stablebert.project.judging", "stablebert.records.obtain"):
        monkeypatch.setattr(importlib.import_module(module), "run_keys", keys_of)
    monkeypatch.setattr(unchanged, "_begun", begin)
    return found


@pytest.fixture
def accepted(tmp_path):
    """A folder with the baseline of `CELL` and its series; call it for a project with further options."""
    records = [record_of(RunSpec(task="trec", seed=seed)) for seed in range(20)]
    write_baseline(baseline_path(tmp_path, CELL), HEADER, [row_of(record) for record in records])
    write_series(series_path(tmp_path, CELL), records)
    freeze_margins(tmp_path)
    return lambda **given: project_below(tmp_path, expect="unchanged", **given)


def test_runs_that_begin_as_accepted_pass_and_nothing_is_stored(accepted, begun, tmp_path):
    session = judge_stored_session(accepted(), [CELL])
    assert (session.status, session.pooled) == (Status.PASS, None)
    assert begun == [f"{CELL.id}_s000", f"{CELL.id}_s001"]
    assert "s000 and s001" in session.verdicts[0].reason
    assert session.verdicts[0].command == f"stablebert gate {CELL.id}"
    assert not (tmp_path / "runs").exists()


def test_a_run_that_begins_otherwise_fails_by_what_differs_first(accepted, begun):
    begun.factor = 1.01
    verdict = accepted().judge_stored(CELL)
    assert verdict.status is Status.FAIL
    assert verdict.reason == "changed: s000 has another update norm at update 2: 0.101 where it was 0.1"


def test_what_cannot_be_said_is_invalid(accepted, begun, tmp_path):
    assert "bridge" in accepted(precision="bf16").judge_stored(replace(CELL, precision="bf16")).reason
    assert "no baseline" in accepted().judge_stored(Cell("sms")).reason
    series_path(tmp_path, CELL).unlink()
    verdict = accepted().judge_stored(CELL)
    assert verdict.status is Status.INVALID
    assert "no first updates are kept" in verdict.reason
    assert not begun


@pytest.mark.parametrize("name", ["seeds", "seed_block", "all", "model", "accept", "against"])
def test_what_leaves_nothing_to_expect_is_refused(accepted, name):
    with pytest.raises(ValueError, match=f"expect unchanged cannot stand with --stablebert-{name.replace('_', '-')}"):
        accepted(**{name: "1"})
