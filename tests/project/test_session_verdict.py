"""What a session says of its cells: nothing is carried, waivers act on FAIL alone, what was lost is INVALID."""

import importlib
from dataclasses import replace

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.gate import Status, Verdict
from stablebert.project import judge_session
from stablebert.records import Keys
from stablebert.runs import Cell
from tests.frozen import freeze_margins
from tests.project.projects import project_below
from tests.synthetic import synthetic_rows

ONE, TWO, THREE, OTHER = (Cell(task) for task in ("trec", "sms", "rotten", "intensity"))
CELLS = {"one": ONE, "two": TWO, "three": THREE, "other": OTHER}
WAIVER = 'cell = "{}"\nreason = "known"\nwho = "Ada"\nuntil = 2999-12-31\n'


def waive(folder, *cells):
    (folder / "waivers").mkdir()
    for number, cell in enumerate(cells):
        (folder / "waivers" / f"{number}.toml").write_text(WAIVER.format(cell))


def judged(folder, **statuses):
    verdicts = {CELLS[name]: Verdict(CELLS[name].id, status, "said") for name, status in statuses.items()}
    return judge_session(project_below(folder), verdicts, lambda cell, most: [])


def test_only_a_fail_is_waived(tmp_path):
    waive(tmp_path, ONE, TWO, THREE)
    given = {"one": Status.FAIL, "two": Status.INVALID, "three": Status.INCONCLUSIVE, "other": Status.FAIL}
    assert list(judged(tmp_path, **given).waived) == [ONE.id]


def test_a_session_of_waived_cells_passes_and_no_other_does(tmp_path):
    waive(tmp_path, ONE)
    assert judged(tmp_path, one=Status.FAIL).status is Status.PASS
    assert judged(tmp_path, one=Status.FAIL, two=Status.FAIL).status is Status.FAIL
    assert judged(tmp_path, one=Status.INVALID).status is Status.INVALID


def test_what_was_not_judged_makes_a_session_invalid(tmp_path):
    lost = Verdict(TWO.id, Status.INVALID, "collected and not judged")
    rows = (project_below(tmp_path), {ONE: Verdict(ONE.id, Status.PASS, "")}, lambda cell, most: [], [lost])
    session = judge_session(*rows, among=[ONE, TWO])
    assert session.status is Status.INVALID
    assert session.shown[-1] == lost


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A function that judges cells by their rows, each against twenty runs about 90 points, as one session."""

    def keys(spec):
        return Keys("key", "key", "cell", "code", "data", "weights")

    monkeypatch.setattr(importlib.import_module("stablebert.project.judging"), "run_keys", keys)
    for cell in CELLS.values():
        facts = {"cell": cell.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}
        write_baseline(baseline_path(tmp_path, cell), facts, synthetic_rows(90.0, range(20)))
    freeze_margins(tmp_path)

    def judge(**rows):
        project, ours = project_below(tmp_path), {CELLS[name]: found for name, found in rows.items()}
        verdicts = {cell: project.judge(cell, found, [*ours]) for cell, found in ours.items()}
        return judge_session(project, verdicts, lambda cell, most: ours[cell][:most])

    return judge


def equal(seeds=6, start=100, lost=()):
    return synthetic_rows(90.0, range(start, start + seeds), failed=frozenset(lost))


def test_a_single_cell_keeps_to_the_session_bound_and_is_pooled_with_nothing(session):
    few, enough = session(one=equal(6)), session(one=equal(12))
    assert (few.status, enough.status) == (Status.INCONCLUSIVE, Status.PASS)
    assert few.pooled is enough.pooled is None
    assert enough.shown == enough.verdicts


def test_several_cells_keep_to_it_together(session):
    found = session(one=equal(6), two=equal(6, start=200))
    assert [one.status for one in found.shown] == [Status.PASS] * 3
    assert found.pooled.ruled_out.more_lost < 0.25
    assert {one.command for one in found.shown} == {found.pooled.command}
    assert found.pooled.command == "stablebert gate sms_debiased_3ep_minilm_fp32 trec_debiased_3ep_minilm_fp32"


def test_what_the_pool_says_of_the_others_carries_no_cell(session):
    # far too many runs fail in one of four cells, which the pool alone would let pass
    lost = session(one=equal(20, lost=range(100, 106)), two=equal(20), three=equal(20), other=equal(20))
    assert lost.verdicts[0].status is not Status.PASS
    assert lost.status is lost.verdicts[0].status
    # nor does one that is merely open
    early = session(one=equal(6, lost=[100]), two=equal(6), three=equal(6), other=equal(6))
    assert [one.status for one in early.verdicts] == [Status.INCONCLUSIVE, *[Status.PASS] * 3]
    assert early.status is Status.INCONCLUSIVE


def test_a_pool_that_stays_open_leaves_the_session_open_and_says_why(session):
    # each cell may lose so many among several, and not all of them
    found = session(one=equal(20, lost=[100, 110, 118]), two=equal(20, start=200, lost=[205, 211, 219]))
    assert [one.status for one in found.verdicts] == [Status.PASS] * 2
    # the control: by itself none of them passes
    assert session(one=equal(20, lost=[100, 110, 118])).status is Status.INCONCLUSIVE
    assert found.status is found.pooled.status is Status.INCONCLUSIVE
    assert found.pooled.reason == "the failure rate may be 27 %, above 25 %"
    assert found.pooled in found.shown


def test_a_decided_cell_brings_the_runs_that_decided_it(session):
    worse = synthetic_rows(88.0, range(300, 320))
    found = session(one=equal(6), two=equal(20, start=200), three=worse)
    assert (found.verdicts[1].runs, found.verdicts[2].status) == (6, Status.FAIL)
    assert found.status is Status.FAIL
    assert found.pooled.runs <= found.verdicts[2].runs


def test_cells_that_are_identical_leave_no_other_alone(session):
    same = synthetic_rows(90.0, range(6))
    found = session(one=same, two=equal(6))
    assert [one.pairing for one in found.verdicts] == ["identical", found.verdicts[1].pairing]
    assert [one.status for one in found.shown] == [Status.PASS] * 3
    assert session(one=same, two=same).pooled is None
    assert session(one=same, two=same).status is Status.PASS
    # the control: they excuse nobody's lost runs
    many = session(one=same, two=synthetic_rows(90.0, range(100, 106), failed=frozenset({100, 101})))
    assert many.status is not Status.PASS


def test_a_waived_cell_leaves_the_other_alone_from_the_start(session, tmp_path):
    waive(tmp_path, ONE)
    worse = synthetic_rows(88.0, range(100, 120))
    assert session(one=worse, two=equal(6)).status is Status.INCONCLUSIVE
    found = session(one=worse, two=equal(12))
    assert (found.status, found.pooled, list(found.waived)) == (Status.PASS, None, [ONE.id])


def test_a_cell_that_cannot_be_read_again_makes_the_pool_invalid(tmp_path, session, monkeypatch):
    def unreadable(cell, most):
        raise ValueError("gone")

    project, cells = project_below(tmp_path), [ONE, TWO]
    verdicts = {cell: replace(project.judge(cell, equal(6), cells), cell=cell.id) for cell in cells}
    found = judge_session(project, verdicts, unreadable)
    assert (found.status, found.pooled.reason) == (Status.INVALID, "gone")
