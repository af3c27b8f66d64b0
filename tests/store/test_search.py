import math
from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.paper import default_recipe
from stablebert.runs import Recipe, RunSpec
from stablebert.store.baselines import BaselineError
from stablebert.store.search import Trial, read_search, searched_seeds, trial_of, winner, write_search
from tests.synthetic import synthetic_record

SCORES = {("trec", 1e-4): 91.0, ("trec", 2e-4): 93.0, ("sms", 1e-4): 80.0, ("sms", 2e-4): 79.0}
TRIALS = [Trial(task, rate, seed, score, False) for (task, rate), score in SCORES.items() for seed in (900, 901)]


def test_the_winner_has_the_best_mean_over_tasks():
    assert winner(TRIALS) == 2e-4
    assert winner([trial for trial in TRIALS if trial.task == "sms"]) == 1e-4


def test_of_equals_the_smallest_rate_wins():
    assert winner([Trial("trec", rate, 900, 91.0, False) for rate in (4e-4, 1e-4, 2e-4)]) == 1e-4


def test_a_diverged_rate_never_wins():
    for place in range(2):
        trials = [Trial("trec", 1e-4, 900, 91.0, False), Trial("trec", 2e-4, 900, 92.0, False)]
        trials[place] = replace(trials[place], validation=math.nan, failed=True)
        assert winner(trials) == trials[1 - place].learning_rate


@pytest.mark.parametrize("trials", [TRIALS[:-1], [*TRIALS, TRIALS[0]]], ids=["missing", "twice"])
def test_rates_tried_unequally_have_no_winner(trials):
    with pytest.raises(ValueError, match="not every rate was tried once"):
        winner(trials)


def test_no_trials_have_no_winner():
    with pytest.raises(ValueError, match="without trials"):
        winner([])


def test_a_search_comes_back(tmp_path):
    path = write_search(tmp_path, "minilm", TRIALS, "abc", "the first look was one seed")
    assert path == tmp_path / "minilm" / "search.csv"
    found = read_search(tmp_path, "minilm")
    assert sorted(found, key=repr) == sorted(TRIALS, key=repr)
    assert searched_seeds(tmp_path, "minilm") == {900, 901}
    header = [line.split(": ")[0] for line in path.read_text().splitlines() if line.startswith("#")]
    assert header == ["# stablebert-search 1", "# what", "# rule", "# winner", "# why", "# date", "# commit", "# code"]
    assert searched_seeds(tmp_path, "another") == set()


def test_a_search_needs_a_reason(tmp_path):
    with pytest.raises(ValueError, match="one line of text"):
        write_search(tmp_path, "minilm", TRIALS, "abc", " ")


def test_a_trial_is_the_line_of_a_record():
    spec = RunSpec(task="trec", seed=900, recipe=Recipe(learning_rate=1e-4))
    assert trial_of(synthetic_record(spec, 91.0)) == Trial("trec", 1e-4, 900, 91.0, False)


@pytest.mark.parametrize(
    "damage", [lambda text: text.replace("False", "no", 1), lambda text: text.replace("seed", "sed")]
)
def test_a_tampered_file_is_named(tmp_path, damage):
    path = write_search(tmp_path, "minilm", TRIALS, "abc")
    path.write_text(damage(path.read_text()))
    with pytest.raises(BaselineError, match=r"search.csv is damaged"):
        read_search(tmp_path, "minilm")


def test_the_embedded_encoders_recipe_has_the_rate_that_its_search_chose():
    folder = Path(__file__).parents[2] / "baselines"
    assert winner(read_search(folder, "minilm")) == default_recipe("minilm").learning_rate
