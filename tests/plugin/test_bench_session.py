"""One process's bench over synthetic runs: what it refuses to judge, and what it leaves alone."""

import importlib

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.gate import Status
from stablebert.plugin import bench_session
from stablebert.plugin.bench_session import BenchSession
from stablebert.plugin.requests import RunRequest
from stablebert.project import judging
from stablebert.records import Keys
from stablebert.runs import Cell, RunSpec, digest_of, format_id
from tests.frozen import freeze_margins
from tests.project.projects import project_below
from tests.synthetic import synthetic_record, synthetic_rows, wobble

CELL = Cell("trec")
OBTAINING = importlib.import_module("stablebert.records.obtain")


def keys_of(spec):
    key = digest_of(format_id(spec))
    return Keys(key, key, "cell", "code", "data", "weights")


def verdict_below(folder, monkeypatch, **header):
    """Return the verdict of twelve runs about 90 points against a baseline about 90 points below a folder."""
    monkeypatch.setattr(OBTAINING, "run_keys", keys_of)
    monkeypatch.setattr(judging, "run_keys", keys_of)
    monkeypatch.setattr(bench_session, "obtain", lambda spec, store: synthetic_record(spec, 90.0 + wobble(spec.seed)))
    facts = {"cell_key": "cell", "environment_class": "cpu-fp32", **header}
    write_baseline(baseline_path(folder, RunSpec(task="trec").cell), facts, synthetic_rows(90.0, range(20)))
    freeze_margins(folder)
    project = project_below(folder, seeds=12, seed_block=100)
    before = written(folder)
    verdict = BenchSession(project, [CELL]).verdict(CELL)
    assert written(folder) == before
    return verdict


def test_a_record_is_read_once_and_a_look_judged_once(tmp_path, monkeypatch):
    verdict_below(tmp_path, monkeypatch)
    made, judged, judge = [], [], judging.judge_rows
    # undecided until there are no more seeds
    monkeypatch.setattr(
        bench_session,
        "obtain",
        lambda spec, store: made.append(spec) or synthetic_record(spec, 89.2 + wobble(spec.seed)),
    )
    monkeypatch.setattr(
        judging, "judge_rows", lambda rows, *given, **named: judged.append(rows) or judge(rows, *given, **named)
    )
    project = project_below(tmp_path, seeds=20, seed_block=100, store=tmp_path / "s")

    def whole_session():
        session = BenchSession(project, [CELL])
        for place, spec in enumerate(project.specs(CELL)):
            session.run(RunRequest(CELL, spec, place))
        return session.verdict(CELL)

    assert whole_session().runs == 20
    assert (len(made), len(judged)) == (20, 4)
    # the control: what another session knows is not known here
    whole_session()
    assert (len(made), len(judged)) == (40, 8)


def written(folder):
    return {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}])
def test_judging_leaves_the_baselines_as_they_are(tmp_path, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert verdict_below(tmp_path, monkeypatch).status is Status.PASS


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"environment_class": "cuda-bf16"}, "of class cuda-bf16, these runs of cpu-fp32"),
        ({"cell_key": "other"}, "another recipe, other data or other weights"),
    ],
)
def test_a_baseline_of_elsewhere_is_invalid(tmp_path, monkeypatch, header, reason):
    verdict = verdict_below(tmp_path, monkeypatch, **header)
    assert verdict.status is Status.INVALID
    assert reason in verdict.reason
