import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.baselines import (
    BaselineError,
    Choice,
    Trial,
    length_search,
    read_search,
    searched_seeds,
    trial_of,
    winner,
    with_recorded_steps,
    write_search,
)
from stablebert.paper import intermediate_run
from stablebert.runs import Recipe, RunSpec, StepSeries, cell_id, default_recipe
from tests.synthetic import synthetic_record

BASELINES = Path(__file__).parents[2] / "baselines"
LONG = RunSpec(task="trec", method="reinit", length="long", recipe=Recipe(learning_rate=2e-4))
BY_LENGTH = {"200st": 80.0, "1600st": 85.0}


def at_rate(task, rate, seed, score):
    return Trial(task, "debiased", "3ep", rate, seed, score, False)


def at_length(length, seed, score):
    return Trial("trec", "reinit", length, 2e-4, seed, score, False)


SCORES = {("trec", 1e-4): 91.0, ("trec", 2e-4): 93.0, ("sms", 1e-4): 80.0, ("sms", 2e-4): 79.0}
TRIALS = [at_rate(task, rate, seed, score) for (task, rate), score in SCORES.items() for seed in (900, 901)]


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


def test_a_search_comes_back(tmp_path):
    path = write_search(tmp_path, "minilm", TRIALS, "abc", why="the first look was one seed")
    assert path == tmp_path / "minilm" / "search.csv"
    found = read_search(tmp_path, "minilm")
    assert sorted(found, key=repr) == sorted(TRIALS, key=repr)
    lines = [line for line in path.read_text().splitlines() if line.startswith("#")]
    names = ["# stablebert-search 2", "# what", "# rule", "# winner", "# why", "# date", "# commit", "# code"]
    assert [line.split(": ")[0] for line in lines] == names
    what = "method debiased, length 3ep, learning_rate searched; otherwise the recipe of minilm"
    assert lines[1:4:2] == [f"# what: {what}", "# winner: debiased 3ep at 0.0002"]


def test_every_search_of_an_encoder_uses_its_seeds_up(tmp_path):
    write_search(tmp_path, "minilm", TRIALS, "abc")
    trials = [at_length(length, seed, 90.0) for length in ("200st", "400st") for seed in (902, 903)]
    path = write_search(tmp_path, "minilm", trials, "abc", name=length_search("trec", "reinit"))
    assert path == tmp_path / "minilm" / "searches" / "length" / "trec_reinit.csv"
    assert searched_seeds(tmp_path, "minilm") == {900, 901, 902, 903}
    assert searched_seeds(tmp_path, "another") == set()


def test_a_search_is_no_baseline(tmp_path):
    # the doors and the report take every file two folders below an encoder for one
    path = write_search(tmp_path, "minilm", TRIALS, "abc", name=length_search("trec", "debiased"))
    assert path.is_file()
    assert list(tmp_path.glob("*/*/*.csv")) == []


def test_a_search_needs_a_reason(tmp_path):
    with pytest.raises(ValueError, match="one line of text"):
        write_search(tmp_path, "minilm", TRIALS, "abc", why=" ")


@pytest.mark.parametrize(
    "damage", [lambda text: text.replace("False", "no", 1), lambda text: text.replace("seed", "sed")]
)
def test_a_tampered_file_is_named(tmp_path, damage):
    path = write_search(tmp_path, "minilm", TRIALS, "abc")
    path.write_text(damage(path.read_text()))
    for read in (read_search, searched_seeds):
        with pytest.raises(BaselineError, match=r"search.csv is damaged"):
            read(tmp_path, "minilm")


def test_the_embedded_encoders_recipe_has_the_rate_that_its_search_chose():
    assert winner(read_search(BASELINES, "minilm")).learning_rate == default_recipe("minilm").learning_rate


def test_the_committed_searches_say_who_won():
    names = [path.relative_to(BASELINES / "minilm") for path in (BASELINES / "minilm").glob("search*/*/*.csv")]
    for name in ["search", *(str(name.with_suffix("")) for name in names)]:
        best = winner(read_search(BASELINES, "minilm", name))
        said = re.search(r"^# winner: (.*)$", (BASELINES / "minilm" / f"{name}.csv").read_text(), re.MULTILINE)[1]
        assert said in (f"{best.method} {best.length} at {best.learning_rate!r}", repr(best.learning_rate))


def record(folder, task="trec", method="reinit", scores=BY_LENGTH):
    trials = [Trial(task, method, length, 2e-4, 900, score, False) for length, score in scores.items()]
    return write_search(folder, "minilm", trials, "abc", name=length_search(task, method))


def test_long_becomes_the_steps_that_were_chosen_and_keeps_its_name(tmp_path):
    record(tmp_path)
    found = with_recorded_steps(LONG, [tmp_path / "empty", tmp_path])
    assert found == replace(LONG, steps=1600)
    assert cell_id(found) == "trec_reinit_long_minilm_fp32"
    released = replace(LONG, fidelity="released")
    assert with_recorded_steps(released, [tmp_path]).steps == 1600


@pytest.mark.parametrize(
    "change",
    [
        {"length": "3ep"},
        {"task": "sms"},
        {"method": "reinit.blocks2"},
        {"encoder": "bert-large"},
        {"recipe": Recipe(learning_rate=1e-4)},
    ],
)
def test_a_choice_serves_its_own_cell_only(tmp_path, change):
    record(tmp_path)
    spec = replace(LONG, **change)
    assert with_recorded_steps(spec, [tmp_path]) == spec


def test_a_record_of_something_else_is_refused(tmp_path):
    path = record(tmp_path)
    path.rename(path.with_name("sms_reinit.csv"))
    with pytest.raises(BaselineError, match="'long' for sms and reinit .* has other trials"):
        with_recorded_steps(replace(LONG, task="sms"), [tmp_path])
    record(tmp_path, scores={"3ep": 80.0})
    with pytest.raises(BaselineError, match="chooses nothing"):
        with_recorded_steps(LONG, [tmp_path])


def test_the_first_stage_of_transfer_is_not_long():
    spec = replace(LONG, method="transfer", steps=1600)
    assert (intermediate_run(spec).length, intermediate_run(spec).steps) == ("3ep", None)
