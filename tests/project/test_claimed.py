"""Claims on the runs at hand: which rows, series and bridges are evidence of which arm, and what fills what is missing."""

from dataclasses import replace

import pytest

from stablebert.analysis import ClaimOutcome
from stablebert.baselines import (
    Trial,
    baseline_path,
    parameter_search,
    series_path,
    write_baseline,
    write_bridges,
    write_search,
    write_series,
)
from stablebert.paper import Arm
from stablebert.project.claimed import Asked, judge_claims_at_hand
from stablebert.runs import Cell, Evaluation, RunSpec, row_of
from tests.gate.exact_rows import exact_rows
from tests.project.projects import project_below
from tests.synthetic import passed_bridge, synthetic_record, wobble


def as_named(task, method, encoder):
    """Choose nothing."""
    return method


def reinit_at(text):
    """Choose a value for re-initialisation alone."""
    return lambda task, method, encoder: text if method == "reinit" else method


def test_an_arm_that_names_neither_encoder_nor_class_is_the_comparisons():
    cells = {
        Cell("rte"): 1,
        Cell("rte", precision="bf16"): 2,
        Cell("rte", "reinit", "own", "bart-large"): 3,
        Cell("rte", fidelity="released"): 4,
    }
    assert Asked("minilm", "fp32", as_named).by_arm(cells) == {
        ("rte", Arm("debiased")): 1,
        ("rte", Arm("debiased", precision="fp32")): 1,
        ("rte", Arm("debiased", precision="bf16")): 2,
        ("rte", Arm("reinit", "own", encoder="bart-large")): 3,
    }
    grid = Asked("minilm", "fp32", as_named).by_arm({Cell("rte"): 1}, grid=True)
    assert grid == {("rte", Arm("debiased", grid=True)): 1}


@pytest.mark.parametrize("chosen", ["reinit", "reinit.blocks2", "reinit.blocks3"])
def test_a_bare_name_is_at_the_value_chosen_and_a_value_that_is_named_stays(chosen):
    cells = {Cell("trec", "reinit"): 1, Cell("trec", "reinit.blocks2"): 2, Cell("trec", "reinit.blocks3"): 3}
    found = Asked("minilm", "fp32", reinit_at(chosen)).by_arm(cells)
    assert found == {
        ("trec", Arm("reinit")): cells[Cell("trec", chosen)],
        ("trec", Arm("reinit.blocks1")): 1,
        ("trec", Arm("reinit.blocks3")): 3,
    }


def test_runs_at_another_value_than_the_chosen_are_none_of_its_arm():
    asked = Asked("minilm", "fp32", reinit_at("reinit.blocks2"))
    assert asked.by_arm({Cell("trec", "reinit"): 1}) == {("trec", Arm("reinit.blocks1")): 1}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A mini project of a folder of baselines, with nothing of the wheel."""
    monkeypatch.setattr("stablebert.project.project.INSTALLED", tmp_path / "none")
    return project_below(tmp_path)


def outcome(project, name) -> ClaimOutcome:
    return next(one for one in judge_claims_at_hand(project, "fp32") if one.claim.name == name)


def accept(project, method, course, series=True):
    """Accept ten runs of trec whose validation scores lie about a level on the way."""
    records = [
        replace(
            synthetic_record(RunSpec("trec", method, seed=seed), 80.0 + wobble(seed)),
            evaluations=tuple(Evaluation(step, course + wobble(seed), 1.0, {"block01": 1.0}) for step in (1, 3)),
        )
        for seed in range(10)
    ]
    cell = Cell("trec", method)
    header = {"cell": cell.id, "cell_key": "cell", "environment_class": "cpu-fp32"}
    write_baseline(baseline_path(project.home, cell), header, [row_of(record) for record in records])
    if series:
        write_series(series_path(project.home, cell), records)


def test_the_series_beside_accepted_rows_are_evidence(project):
    accept(project, "debiased", 70.0)
    accept(project, "bertadam", 60.0)
    found = outcome(project, "debiased-course")
    assert (str(found.status), found.tasks) == ("PASS", ("trec",))
    assert found.estimate == pytest.approx(10.0)


def test_without_a_series_an_arm_counts_as_not_run(project):
    accept(project, "debiased", 70.0)
    accept(project, "bertadam", 60.0, series=False)
    found = outcome(project, "debiased-course")
    assert not found.was_run
    assert found.command == "stablebert run trec_bertadam_3ep_minilm_fp32"
    # of their scores the rows know enough
    assert outcome(project, "debiased-mean").was_run


def test_recorded_bridges_are_evidence_of_a_precision(project):
    write_bridges(project.home, [passed_bridge()])
    found = outcome(project, "precision-bf16")
    assert (str(found.status), found.tasks, found.estimate) == ("PASS", ("trec",), 0.0)
    assert (found.lower, found.upper) == pytest.approx((-0.1, 0.1))
    assert not outcome(project, "precision-fp16").was_run


def test_a_bridge_that_has_not_passed_is_evidence_too(project):
    apart = replace(passed_bridge(), difference=4.0, lower=3.0, upper=5.0)
    assert apart.outcome == "failed"
    write_bridges(project.home, [apart])
    assert str(outcome(project, "precision-bf16").status) == "FAIL"
    # one that is only planned is none
    planned = replace(apart, difference=None, lower=None, upper=None, failed=None, recorded="")
    write_bridges(project.home, [planned])
    assert not outcome(project, "precision-bf16").was_run


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("debiased-mean", "stablebert run trec_debiased_3ep_minilm_fp32 trec_bertadam_3ep_minilm_fp32"),
        ("precision-fp16", "stablebert run trec_debiased_3ep_minilm_fp16 trec_debiased_3ep_minilm_fp32"),
        ("sources-alike", "stablebert run trec_debiased_3ep_minilm_fp32_i{000..009}d{000..009}"),
        ("near-random", "stablebert run rte_bertadam_3ep_bert-large_fp32 --profile paper"),
        (
            "longer-reinit",
            "stablebert run mrpc_reinit_long_minilm_fp32 mrpc_debiased_long_minilm_fp32 mnli-1k_reinit_long_minilm_fp32 "
            "mnli-1k_debiased_long_minilm_fp32",
        ),
    ],
)
def test_what_is_missing_comes_with_the_command_that_fills_it(project, name, command):
    found = outcome(project, name)
    assert (found.was_run, str(found.status), found.command) == (False, "INVALID", command)


def test_the_task_that_lacks_least_is_filled(project):
    cell = Cell("sms", "reinit")
    header = {"cell": cell.id, "cell_key": "cell", "environment_class": "cpu-fp32"}
    write_baseline(baseline_path(project.home, cell), header, exact_rows(80.0, 1.0))
    assert outcome(project, "reinit-mean").command == "stablebert run sms_debiased_3ep_minilm_fp32"


def choose(project, best, method="reinit", task="trec"):
    """Record a search that has chosen a value."""
    values = ("reinit", "reinit.blocks3")
    trials = [Trial(task, one, "3ep", 2e-4, 900, 50.0 + (one == best), False) for one in values]
    write_search(project.home, "minilm", trials, "abc", name=parameter_search(task, method))


@pytest.mark.parametrize(("best", "held"), [("reinit", "FAIL"), ("reinit.blocks3", "PASS")])
def test_the_values_that_a_search_has_chosen_are_judged_in_rows_and_series(project, best, held):
    choose(project, best)
    for method, course in (("debiased", 70.0), ("reinit", 60.0), ("reinit.blocks3", 80.0)):
        accept(project, method, course)
    assert str(outcome(project, "reinit-course").status) == held
    # what names its value is judged at it, whatever was chosen: the distances of both are those of debiased Adam
    found = [outcome(project, f"reinit-{blocks}-bottom-distance") for blocks in (1, 3)]
    assert [(one.was_run, one.estimate) for one in found] == 2 * [(True, 0.0)]


def test_runs_of_a_value_that_was_not_chosen_are_no_evidence_and_the_command_names_the_chosen_one(project):
    accept(project, "debiased", 70.0)
    accept(project, "reinit", 60.0)
    assert outcome(project, "reinit-mean").was_run
    choose(project, "reinit.blocks3")
    project = project_below(project.root)
    found = outcome(project, "reinit-mean")
    assert (found.was_run, found.command) == (False, "stablebert run trec_reinit.blocks3_3ep_minilm_fp32")
    assert outcome(project, "reinit-1-bottom-distance").was_run
