from dataclasses import replace

import pytest

from stablebert.baselines import BaselineError, Trial, length_search, with_recorded_steps, write_search
from stablebert.paper import intermediate_run
from stablebert.runs import Recipe, RunSpec, cell_id

LONG = RunSpec(task="trec", method="reinit", length="long", recipe=Recipe(learning_rate=2e-4))
SCORES = {"200st": 80.0, "1600st": 85.0}


def record(folder, task="trec", method="reinit", scores=SCORES):
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
