import doctest
import importlib

import pytest
import torch

from perf import __main__ as command
from perf import comparison, job, peaks
from perf.job import Job, Outcome

MODULES = ("job", "peaks", "comparison", "ours")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name):
    failed, tried = doctest.testmod(importlib.import_module(f"perf.{name}"))
    assert failed == 0
    assert tried > 0


def test_a_ratio_is_paired_by_repetition():
    assert comparison.ratio([10.0, 30.0], [1.0, 3.0]) == comparison.Ratio(10.0, 10.0, 10.0)
    with pytest.raises(ValueError, match="argument"):
        comparison.ratio([1.0], [1.0, 2.0])


def test_a_line_holds_the_ratio_and_the_speed_beside_the_peaks():
    found = {
        "trainer": [Outcome(40.0, (0.5,), 80.0, 1000.0, 900.0)],
        "ours": [Outcome(10.0, (0.5,), 80.0, 1000.0, 700.0)],
    }
    theirs, ours = comparison.task_lines("trec", found, {"fp32": 200.0})
    assert "25.0 useful GFLOP/s (12 % of fp32)" in theirs
    assert theirs.endswith("ours is 4.00x (4.00 to 4.00) faster")
    assert "100.0 useful GFLOP/s (50 % of fp32)" in ours
    assert "faster" not in ours


def test_losses_that_differ_are_not_the_same():
    assert comparison.sameness_line([1.0], [1.0 + 1e-6], "fp32").startswith("the same")
    assert comparison.sameness_line([1.0], [1.01], "fp32").startswith("NOT THE SAME")
    for ours, theirs in (([], []), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="cannot be compared"):
            comparison.largest_difference(ours, theirs)


def test_a_job_out_of_range_is_refused():
    with pytest.raises(ValueError, match="system is 'theirs'"):
        Job("theirs", "trec")
    with pytest.raises(ValueError, match="steps is 0"):
        Job("ours", "trec", steps=0)


def test_a_shortened_task_keeps_its_training_set(task):
    short = job.shortened(task, 5)
    assert (len(short.train), len(short.validation), len(short.test)) == (len(task.train), 5, 5)
    assert job.shortened(task, None) is task


def test_a_peak_is_measured_and_the_threads_are_put_back():
    before = torch.get_num_threads()
    assert peaks.matrix_peak(torch.float32, seconds=0.0) > 0
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("loss", [1.0, 1.01])
def test_systems_that_compute_different_things_are_not_timed(monkeypatch, loss):
    found = {"trainer": Outcome(1.0, (1.0,), 80.0, 1.0, 1.0), "ours": Outcome(1.0, (loss,), 80.0, 1.0, 1.0)}
    monkeypatch.setattr(command, "together", lambda _, jobs: (1.0, [found[jobs[0].system]]))
    jobs = [Job(system="ours", task="trec")]
    if loss == 1.0:
        command._compare_losses(jobs)
        return
    with pytest.raises(SystemExit, match="ours does not compute what the trainer does: trec"):
        command._compare_losses(jobs)


def outcomes(scores, losses):
    return [Outcome(1.0, (loss, loss), score, 1.0, 1.0) for score, loss in zip(scores, losses, strict=True)]


def test_distributions_that_agree_are_equivalent_and_others_are_not_shown_to_be():
    scores, losses = [90.0, 90.5, 91.0, 90.2, 90.7], [1.00, 1.01, 0.99, 1.0, 1.0]
    one = outcomes(scores, losses)
    assert [line.partition(":")[0] for line in comparison.distribution_lines(one, one)] == ["equivalent"] * 2
    worse = outcomes([score - 0.9 for score in scores], [loss + 0.03 for loss in losses])
    for line in comparison.distribution_lines(worse, one):
        assert line.startswith("NOT SHOWN equivalent")
    assert "difference -0.9000 in" in comparison.distribution_lines(worse, one)[0]
