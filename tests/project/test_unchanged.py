"""The verdict of a refactoring: from accepted beginnings and those of now to PASS, FAIL or INVALID, at both doors."""

import importlib
from dataclasses import replace

import pytest

from stablebert.baselines import baseline_path, series_path, write_baseline, write_series
from stablebert.gate import Status
from stablebert.project import judge_stored_session, unchanged
from stablebert.records import Keys
from stablebert.report import explained, verdict_lines
from stablebert.runs import Cell, RunSpec, digest_of, format_id, row_of
from tests.frozen import freeze_margins
from tests.project.projects import project_below
from tests.project.stores import Root
from tests.project.test_one_verdict import run, session_line
from tests.synthetic import synthetic_beginning, synthetic_record, wobble

CELL = Cell("trec")
HEADER = {"cell": CELL.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}


# every run begins as its record does, but for what is planted
PLANTED = """
import stablebert.project.unchanged as unchanged
from tests.synthetic import synthetic_beginning

unchanged._begun = lambda spec, updates: synthetic_beginning(spec, {factor})
"""


def keys_of(spec):
    key = digest_of([format_id(spec)])
    return Keys(key, key, "cell", "code", "data", "weights")


def record_of(spec):
    return synthetic_record(spec, 90.0 + wobble(spec.seed))


@pytest.fixture
def begun(monkeypatch):
    """What was begun: ids of the runs; `begun.factor` is by how much their updates are longer than accepted."""

    class Begun(list):
        factor = 1.0

    found = Begun()

    def begin(spec, updates):
        found.append(format_id(spec))
        assert updates == 3
        return synthetic_beginning(spec, found.factor)

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
    assert begun == [f"{CELL.id}_s000"]
    assert "first updates of s000 are the accepted ones" in session.verdicts[0].reason
    assert session.verdicts[0].command.startswith(f"stablebert gate {CELL.id}")
    said = explained(session.verdicts[0])
    assert "Whether it trains as well was not asked" in said.replace("\n    ", " ")
    assert "begins as accepted" in "\n".join(verdict_lines(session.shown))
    assert not (tmp_path / "runs").exists()


def test_a_run_that_begins_otherwise_fails_by_what_differs_first(accepted, begun):
    begun.factor = 1.01
    verdict = accepted().judge_stored(CELL)
    assert verdict.status is Status.FAIL
    assert verdict.reason == "changed: s000, update norm at update 2: 0.101 where it was 0.1"


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


@pytest.mark.parametrize(("factor", "status"), [(1.0, "PASS"), (0.9, "FAIL")])
def test_a_session_begins_what_is_gated_and_makes_no_run(tmp_path, request, factor, status):
    root, other = Root(tmp_path / "root", request.config.rootpath), Cell("trec", "reinit")
    for cell in (CELL, other):
        root.accept(cell)
        records = [record_of(RunSpec(task="trec", method=cell.method, seed=seed)) for seed in range(20)]
        write_series(series_path(root.baselines, cell), records)
    root.finish(CELL, other)
    conftest = root.folder / "conftest.py"
    conftest.write_text(conftest.read_text() + PLANTED.format(factor=factor))
    said = run(root.folder, "-m", "pytest", "bench", "--stablebert-expect=unchanged")
    assert session_line(said.stdout) == status
    assert said.returncode == (status != "PASS")
    assert said.stdout.count("s000") >= 2
    assert not list(root.store.records())
