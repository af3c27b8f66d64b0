"""The three systems compute the same: else their times say nothing."""

from dataclasses import replace

import pytest

from perf import ours, plain
from perf.comparison import TOLERANCES, largest_difference
from perf.job import Job


@pytest.fixture
def job(tiny_encoder):
    return Job(
        "ours",
        "trec",
        steps=6,
        evaluations=2,
        dropout=0.0,
        learning_rate=1e-3,
        max_length=32,
        encoder_source=str(tiny_encoder),
    )


@pytest.mark.filterwarnings("ignore")
def test_without_dropout_the_losses_and_the_test_score_are_the_same(job, task):
    pytest.importorskip("accelerate", reason="transformers' Trainer needs accelerate, which is not installed")
    from perf import trainer

    found = {system.__name__: system.run(job, task) for system in (ours, plain, trainer)}
    losses, test = found["perf.ours"]
    for theirs, score in (found["perf.plain"], found["perf.trainer"]):
        assert largest_difference(losses, theirs) < TOLERANCES["fp32"]
        assert score == test


def test_plain_computes_what_ours_does_and_dropout_would_be_seen(job, task):
    losses, test = ours.run(job, task)
    theirs, score = plain.run(job, task)
    assert largest_difference(losses, theirs) < TOLERANCES["fp32"]
    assert score == test
    dropped, _ = plain.run(replace(job, dropout=0.5), task)
    assert largest_difference(losses, dropped) > TOLERANCES["fp32"]


def test_the_work_counts_real_tokens_only(job, task):
    texts = {len(text.split()) + 2 for text in task.train["sentence1"]}
    weights, trained, evaluated = ours.work_of(replace(job, steps=3, evaluations=1), task)
    assert weights > 0
    assert 80 * min(texts) < trained < 80 * max(texts)
    _, longer, more = ours.work_of(replace(job, steps=6, evaluations=2), task)
    assert longer == 2 * trained
    assert evaluated < more < 2 * evaluated


def test_the_shares_of_an_update_add_up(job, task):
    total, parts = ours.milliseconds_by_kind(replace(job, steps=8), task)
    assert total > 0
    assert sum(parts.values()) == pytest.approx(total)
    assert parts["products"] > 0
