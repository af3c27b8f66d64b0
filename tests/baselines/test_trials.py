import math
from dataclasses import replace

import pytest

from stablebert.baselines import Choice, trial_of, winner
from stablebert.runs import Recipe, RunSpec, StepSeries
from tests.baselines.trials import TRIALS, at_length, at_rate
from tests.synthetic import synthetic_record


def test_the_winner_has_the_best_mean_over_tasks():
    assert winner(TRIALS) == Choice("debiased", "3ep", 2e-4)
    assert winner([trial for trial in TRIALS if trial.task == "sms"]).learning_rate == 1e-4


def test_the_winner_has_the_best_mean_over_seeds_not_the_best_seed():
    trials = [at_length("200st", 900, 91.0), at_length("200st", 901, 91.0)]
    trials += [at_length("400st", 900, 95.0), at_length("400st", 901, 86.0)]
    assert winner(trials).length == "200st"


@pytest.mark.parametrize(
    ("trials", "smallest"),
    [
        ([at_rate("trec", rate, 900, 91.0) for rate in (4e-4, 1e-4, 2e-4)], 1),
        # as numbers: as text 1600st comes before 200st
        ([at_length(length, 900, 91.0) for length in ("1600st", "200st", "400st")], 1),
        # the default of p is 0.9
        (
            [
                replace(at_length("3ep", 900, 91.0), method=method)
                for method in ("mixout", "mixout.p0.1", "mixout.p0.5")
            ],
            1,
        ),
    ],
    ids=["rates", "lengths", "parameters"],
)
def test_of_equals_the_smallest_wins(trials, smallest):
    assert winner(trials) == winner(trials[::-1]) == trials[smallest].choice


@pytest.mark.parametrize("place", [0, 1])
def test_what_diverged_never_wins(place):
    trials = [at_length(length, seed, 90.0) for length in ("200st", "400st") for seed in (900, 901)]
    trials[2 * place] = replace(trials[2 * place], validation=math.nan, failed=True)
    assert winner(trials).length == ("400st", "200st")[place]


def test_where_all_diverged_none_has_won():
    with pytest.raises(ValueError, match="every choice of the search diverged"):
        winner([replace(trial, validation=math.nan) for trial in TRIALS])


@pytest.mark.parametrize("trials", [TRIALS[:-1], [*TRIALS, TRIALS[0]]], ids=["missing", "twice"])
def test_candidates_tried_unequally_have_no_winner(trials):
    with pytest.raises(ValueError, match="not every choice was tried once"):
        winner(trials)


def test_no_trials_have_no_winner():
    with pytest.raises(ValueError, match="without trials"):
        winner([])


def test_a_trial_is_the_line_of_a_record():
    spec = RunSpec(task="trec", seed=900, recipe=Recipe(learning_rate=1e-4))
    record = synthetic_record(spec, 91.0)
    assert trial_of(record) == at_rate("trec", 1e-4, 900, 91.0)
    assert trial_of(replace(record, failed=True)).validation == 91.0
    # its last good checkpoint has a score, and says nothing
    diverged = replace(record, failed=True, steps=StepSeries((0.7, math.inf), (0.0, 1e-4), (1.0, 1.0), (0.0, 0.1)))
    assert math.isnan(trial_of(diverged).validation)
