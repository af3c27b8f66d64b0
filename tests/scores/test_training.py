"""Training functions run look by look, and their scores in a file."""

import math
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import torch

from stablebert.scores import TableError, measure, noninferior, read_scores, read_table, run_of, write_scores
from stablebert.scores.score_table import RawRow
from stablebert.scores.training import runs_of
from tests.synthetic import wobble

PAGE = Path(__file__).parents[2] / "docs" / "judging.md"


def scores(mean):
    return lambda seed: mean + wobble(seed + (0 if mean == 90.0 else 300))


def counted(function):
    made = []

    def train(seed):
        made.append(seed)
        return function(seed)

    return train, made


@pytest.mark.parametrize(("mean", "word", "runs"), [(90.1, "PASS", 12), (87.0, "FAIL", 6), (90.0, "PASS", 6)])
def test_it_is_called_until_a_look_decides(mean, word, runs):
    baseline = measure(scores(90.0), range(20))
    train, made = counted(scores(mean))
    verdict = noninferior(train, baseline, margin=1.0)
    assert (verdict.status, made) == (word, [*range(runs)])
    # the same scores at the same seeds
    assert verdict.reason.startswith("identical") == (mean == 90.0)


def test_the_seeds_are_the_baselines():
    train, made = counted(scores(87.0))
    noninferior(train, measure(scores(90.0), range(100, 120)), margin=1.0)
    assert made == [*range(100, 106)]


@pytest.mark.parametrize(
    ("returned", "row"),
    [
        (0.5, {"seed": 3, "score": 0.5, "failed": False, "failed_reason": ""}),
        (np.float32(0.5), {"seed": 3, "score": 0.5, "failed": False, "failed_reason": ""}),
        (np.array([0.5]), {"seed": 3, "score": 0.5, "failed": False, "failed_reason": ""}),
        (torch.tensor(0.5, requires_grad=True), {"seed": 3, "score": 0.5, "failed": False, "failed_reason": ""}),
        (Decimal("0.5"), {"seed": 3, "score": 0.5, "failed": False, "failed_reason": ""}),
        (
            {"score": torch.tensor([0.5]), "loss": np.float64(0.25), "failed": np.bool_(False), "sizes": [1, 2]},
            {"seed": 3, "score": 0.5, "loss": 0.25, "sizes": "[1, 2]", "failed": False, "failed_reason": ""},
        ),
        ({"score": 1, "loss": 2, "f1": 3}, {"seed": 3, "score": 1, "loss": 2, "f1": 3, "failed": False, "failed_reason": ""}),
        ({"score": 0.1, "failed": True, "reason": "flat"}, {"seed": 3, "score": 0.1, "failed": True, "failed_reason": "flat"}),
        (math.inf, {"seed": 3, "score": math.inf, "failed": True, "failed_reason": "the score is inf"}),
    ],
)  # fmt: skip
def test_what_a_function_may_return(returned, row):
    found = run_of(lambda seed: returned, 3)
    assert found == row
    # numbers of a library are none that a file or JSON can have
    assert {type(value) for value in found.values()} <= {int, float, bool, str}


def test_a_function_is_called_and_run_through():
    async def later(seed):
        return 0.5

    with pytest.raises(TableError, match="is async; it must be one that runs, as lambda seed: asyncio.run"):
        run_of(later, 3)
    with pytest.raises(TableError, match="train is 0.5; it must be a function of a seed"):
        run_of(0.5, 3)


def test_an_exception_is_a_failed_run_and_what_ends_a_process_is_none():
    def diverges(seed):
        raise FloatingPointError("loss\nnot finite")

    found = run_of(diverges, 3)
    assert (found["failed"], found["failed_reason"]) == (True, "FloatingPointError: loss not finite")

    def leaves(seed):
        raise SystemExit

    with pytest.raises(SystemExit):
        run_of(leaves, 3)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (None, "score is None"),
        ("0.9 %", "score is '0.9 %'"),
        (True, "score is True"),
        (np.bool_(True), "score is True"),
        (torch.tensor([0.5, 0.6]), "score is tensor"),
        (np.array([0.5, 0.6]), "score is array"),
        (0.5 + 1j, "score is"),
        ((0.5, 3), "score is"),
        ({"acc": 0.9}, "must be a score, or a mapping that has one"),
        ({"score": 0.9, "seed": 4}, "is of another seed"),
    ],
)
def test_what_is_no_score_is_no_failed_run(returned, said):
    with pytest.raises(TableError, match=said):
        run_of(lambda seed: returned, 3)


def test_written_scores_are_read_again_to_the_last_digit(tmp_path):
    def train(seed):
        if seed == 2:
            raise RuntimeError("a, b\n# c")
        return {"score": 90 + seed / 3, "loss": 1 / (seed + 1), "note": "one\ntwo"}

    path = tmp_path / "deep" / "scores.csv"
    rows = [*runs_of(train, range(6))]
    written = write_scores(path, {"test": "test_it", "why": "two\nlines"}, rows)
    found = read_scores(path)
    assert found.header["why"] == "two lines"
    assert repr(found.table) == repr(written) == repr(read_table(path))
    assert [row.score for row in written.rows if not row.failed] == [90 + seed / 3 for seed in (0, 1, 3, 4, 5)]
    assert written.rows[2].reason == "RuntimeError: a, b # c"
    before = path.read_bytes()
    write_scores(path, {"test": "test_it", "why": "two\nlines"}, rows)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "said", ["its 6 runs all score 90: the seed is ignored", "every run has failed, the first by nan"]
)
def test_what_can_be_no_baseline_is_refused(tmp_path, said):
    failed = "every" in said
    rows = [
        RawRow(str(seed), {"seed": seed, "score": 90.0, "failed": failed, "failed_reason": "nan"}) for seed in range(6)
    ]
    with pytest.raises(TableError, match=said):
        write_scores(tmp_path / "scores.csv", {}, rows)
    assert not (tmp_path / "scores.csv").exists()


def test_the_page_runs(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(code, {})
    assert capsys.readouterr().out.startswith("FAIL: ")
