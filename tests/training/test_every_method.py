"""One battery for every method: a new one is covered by its row in `tests/methods/settings.py`."""

from dataclasses import replace
from statistics import fmean

import pytest
import torch

from stablebert.runs import Recipe, RunSpec, parse_method
from stablebert.training import setup, train
from tests.methods.settings import SETTINGS, TEXTS
from tests.tiny import tiny_task

COMPOSED = ["reinit+llrd", "bertadam+llrd+wdecay", "reinit+mixout.p0.3+prior", "llrd.lr0.015+prior", "llrd+transfer"]
EVERY = [*TEXTS, *COMPOSED]


@pytest.fixture(autouse=True)
def tiny_intermediate_task(monkeypatch):
    """The first stage of `transfer` reads a tiny task too."""
    monkeypatch.setattr("stablebert.training.loop.load_task", lambda name, source: tiny_task(train=16))


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(
        task="trec",
        length="4ep",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        recipe=Recipe(batch_size=8, evaluations=4),
    )


def losses(spec, task):
    rate = min(SETTINGS[choice.name].rate for choice in parse_method(spec.method))
    return train(replace(spec, recipe=replace(spec.recipe, learning_rate=rate)), task=task).steps.loss


@pytest.mark.parametrize("fidelity", ["corrected", "released"])
@pytest.mark.parametrize("text", EVERY)
def test_it_learns(text, fidelity, spec, task):
    path = losses(replace(spec, method=text, fidelity=fidelity), task)
    assert fmean(path[-10:]) < 0.95 * fmean(path[:10])


@pytest.mark.parametrize("text", EVERY)
def test_it_repeats_and_leaves_the_callers_generator_alone(text, spec, task):
    state = torch.get_rng_state()
    one, two = (train(replace(spec, method=text, length="6st"), task=task) for _ in range(2))
    assert {**one.to_dict(), "seconds": 0} == {**two.to_dict(), "seconds": 0}
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("text", [text for text in EVERY if text != "debiased"])
def test_it_is_not_the_standard_way(text, spec, task):
    assert losses(replace(spec, method=text, length="6st"), task) != losses(replace(spec, length="6st"), task)


@pytest.mark.parametrize("text", EVERY)
def test_packing_and_a_compact_vocabulary_change_nothing(text, spec, task, monkeypatch):
    # masks of dropout are drawn for other shapes; what mixes weights keeps its own
    still = replace(spec, method=text, length="6st", recipe=replace(spec.recipe, dropout=0.0))
    packed = losses(still, task)
    family = setup.load_encoder(still.encoder, source=still.encoder_source).family
    monkeypatch.setattr("stablebert.encoders.model.family_of", lambda *_: replace(family, packed=False))
    assert losses(still, task) == pytest.approx(packed, rel=2e-3)


def test_a_recipe_of_its_own_is_trained_as_it_says(spec, task):
    own = losses(replace(spec, length="own", steps=6, layerwise_decay=0.5), task)
    assert own == losses(replace(spec, method="llrd.decay0.5", length="6st"), task)
    assert own != losses(replace(spec, length="6st"), task)
    epochs = losses(replace(spec, length="own", epochs=1), task)
    assert epochs == losses(replace(spec, length="1ep"), task)


def test_the_census_names_what_was_changed(spec, task):
    census = {text: train(replace(spec, method=text, length="1st"), task=task).census for text in EVERY}
    assert census["reinit"]["reinitialized"]
    assert census["mixout.p0.3"]["mixed"]
    assert [group["lr"] for group in census["llrd.decay0.5"]["groups"]] == pytest.approx([0.5e-5, 1e-5, 2e-5])
    assert {group["weight_decay"] for group in census["wdecay.coefficient0.5"]["groups"]} == {0.0, 0.5}
    assert all(sum(group["tensors"] for group in found["groups"]) == 41 for found in census.values())


def test_the_released_code_evaluates_unevenly_and_ends_a_length_in_steps_late(spec, task):
    ours, theirs = (
        train(replace(spec, length="13st", fidelity=fidelity), task=task) for fidelity in ("corrected", "released")
    )
    assert [item.step for item in ours.evaluations] == [3, 6, 9, 13]
    assert [item.step for item in theirs.evaluations] == [3, 6, 9, 12, 14]
    assert theirs.steps.rate == (*ours.steps.rate, 0.0)


def test_the_released_code_selects_by_accuracy_where_f1_is_reported(spec, task, monkeypatch):
    from stablebert.training import loop

    asked = []
    score = loop.score_of
    monkeypatch.setattr(loop, "score_of", lambda *a, metric=None: asked.append(metric) or score(*a, metric=metric))
    by_f1 = replace(task, metric="f1")
    train(replace(spec, length="4st"), task=by_f1)
    assert set(asked) == {None}
    train(replace(spec, length="4st", fidelity="released"), task=by_f1)
    assert set(asked) == {None, "accuracy"}
    asked.clear()
    train(replace(spec, length="4st", fidelity="released"), task=task)
    assert set(asked) == {None}
