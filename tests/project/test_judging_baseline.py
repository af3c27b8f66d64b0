"""Which baseline may judge a cell: of its task and data, also where another encoder is judged; else INVALID."""

import importlib

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.gate import Status
from stablebert.records import Keys
from stablebert.runs import Cell
from tests.frozen import freeze_margins
from tests.project.projects import project_below
from tests.synthetic import synthetic_rows

CELL = Cell("trec")
HEADER = {"cell": CELL.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}
OTHER = {"model": "some/model"}


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """A function that returns the verdict on equal runs by a baseline with some header."""

    def keys(spec):
        return Keys("key", "key", "cell", "code", "data", "weights")

    monkeypatch.setattr(importlib.import_module("stablebert.project.judging"), "run_keys", keys)

    def judge(given, **header):
        facts = {name: value for name, value in (HEADER | header).items() if value is not None}
        write_baseline(baseline_path(tmp_path, CELL), facts, synthetic_rows(90.0, range(20)))
        freeze_margins(tmp_path)
        project = project_below(tmp_path, **given)
        return project.judge(project.declared("trec", "debiased", "3ep"), synthetic_rows(90.0, range(100, 112)))

    return judge


@pytest.mark.parametrize("given", [{}, OTHER])
def test_a_baseline_of_the_cell_judges(judged, given):
    assert judged(given).status is Status.PASS


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"data": "other"}, "its baseline was made with other data"),
        ({"data": None}, "does not say which data it was made with"),
        ({"cell": "sms_debiased_3ep_minilm_fp32"}, "in its place is of sms_debiased_3ep_minilm_fp32, not of trec"),
        ({"cell": "trec_reinit_3ep_minilm_fp32"}, "in its place is of trec_reinit_3ep_minilm_fp32"),
        ({"cell": None}, "is not a cell id"),
        ({"environment_class": "cuda-fp32"}, "of class cuda-fp32, these runs of cpu-fp32"),
        ({"environment_class": "cpu-fp32x4"}, "of class cpu-fp32x4, these runs of cpu-fp32"),
    ],
)
def test_another_encoder_is_judged_by_no_baseline_of_other_data_or_another_cell(judged, header, reason):
    found = judged(OTHER, **header)
    assert (found.status, reason in found.reason) == (Status.INVALID, True), found.reason


def test_recipe_and_weights_are_those_of_another_encoder_by_intent(judged):
    assert judged(OTHER, cell_key="other").status is Status.PASS
    # the control
    assert judged({}, cell_key="other").status is Status.INVALID


def test_the_class_in_the_header_is_no_other_cell(judged):
    assert judged(OTHER, cell="trec_debiased_3ep_minilm_bf16").status is Status.PASS


def test_seeds_side_by_side_are_judged_by_those_made_alone_over_a_bridge_only(judged):
    found = judged({"precision": "fp32x4"})
    assert (found.cell, found.status) == ("trec_debiased_3ep_minilm_fp32x4", Status.INVALID)
    assert "its baseline is of class cpu-fp32, these runs of cpu-fp32x4, and no bridge" in found.reason
    # the control: of their own class
    assert judged({"precision": "fp32x4"}, environment_class="cpu-fp32x4").status is Status.PASS
