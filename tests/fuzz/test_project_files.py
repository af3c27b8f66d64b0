"""A project's own file, options, ids and verdicts, as anyone may write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.baselines import BaselineError, baseline_path
from stablebert.gate import Policy, judge
from stablebert.project.options import settings_of
from stablebert.project.pyproject import adds_code, listed_grid, policy_of
from stablebert.report import to_markdown
from stablebert.report.explanation import explained
from stablebert.report.session import read_report
from stablebert.runs import Cell, parse_id
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put
from tests.synthetic import synthetic_rows

__all__ = ["folder"]
PROJECT = b"""[tool.stablebert.policy]
alpha = 0.05
looks = [6, 9, 12]
futility = [0.7, 0.5]
shown = "fail"
[tool.stablebert.grid]
mini = ["trec_debiased_3ep"]
"""
IDS = (
    b"trec_debiased_3ep_minilm_fp32_s007",
    b"rte-1k_reinit.blocks5+llrd.decay0.95.released_800st_minilm_bf16_i003d007",
)
VERDICT = judge(
    synthetic_rows(90.0, range(100, 120)), synthetic_rows(90.0, range(20)), Policy(), margin=1.0, cell="trec"
)
LEFT = {
    "session": "PASS",
    "verdicts": [VERDICT.to_dict()],
    "notes": ["x"],
    "contract": [],
    "evidence": {"a": {"b": "c"}},
}


@given(files(PROJECT))
def test_a_pyproject(folder, content):
    put(folder, "pyproject.toml", content)
    answers(lambda: policy_of(folder, settings_of({})), ValueError)
    answers(lambda: listed_grid(folder, "mini"), ValueError)
    adds_code(folder)


@given(files(*IDS))
def test_an_id_is_none_or_lies_within_its_folder(folder, content):
    text = content.decode("utf-8", "surrogateescape")
    for read in (parse_id, Cell.parse):
        found = answers(lambda read=read: read(text), ValueError)
        if found is not None:
            path = answers(lambda found=found: baseline_path(folder, getattr(found, "cell", found)), BaselineError)
            assert path is None or path.resolve().is_relative_to(folder.resolve())


@given(st.one_of(files(json.dumps(LEFT).encode()), data(LEFT).map(lambda found: json.dumps(found).encode())))
def test_verdicts_that_are_read_can_be_shown(folder, content):
    report = answers(lambda: read_report(put(folder, "verdicts.json", content)), ValueError)
    if report is not None:
        report.lines()
        # a part that nobody knows has no words
        answers(lambda: [to_markdown(report), *map(explained, report.verdicts)], ValueError)


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nstablebert = 3", "[tool.stablebert]\npolicy = 3"])
def test_a_table_that_is_none_is_named(folder, text):
    put(folder, "pyproject.toml", text.encode())
    with pytest.raises(ValueError, match=r"\[tool.* is 3; it must be a table"):
        policy_of(folder, settings_of({}))


def test_a_number_beyond_every_float_is_named(folder):
    put(folder, "pyproject.toml", b"[tool.stablebert.policy]\nalpha = 1" + b"0" * 400)
    with pytest.raises(ValueError, match=r"\[tool.stablebert.policy\]: alpha is 10"):
        policy_of(folder, settings_of({}))


@pytest.mark.parametrize("text", ["0.0000001s", "99999999999h", "9" * 400 + "s"])
def test_a_time_that_no_timer_knows_is_refused(text):
    with pytest.raises(ValueError, match="--stablebert-run-timeout .* must be a number > 0 with s, m or h"):
        settings_of({"run-timeout": text})


@pytest.mark.parametrize(
    "changed",
    [{"runs": "3"}, {"mean": []}, {"of_a_newer_version": 1}, {"parts": [{"name": 1, "says": "ok", "words": ""}]}],
)
def test_a_verdict_of_other_kinds_is_named(folder, changed):
    left = {**LEFT, "verdicts": [{**LEFT["verdicts"][0], **changed}]}
    with pytest.raises(ValueError, match="holds no verdicts of this version"):
        read_report(put(folder, "verdicts.json", json.dumps(left).encode()))
