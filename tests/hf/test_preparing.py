"""What `prepare` builds makes the very updates of our own loop, by hand and in transformers' Trainer."""

import pytest
from torch import nn

from stablebert.hf import prepare
from tests.hf.same_updates import (
    METHODS,
    RECIPE,
    STEPS,
    draw_as_ours_does,
    fresh,
    quiet,
    require_same,
    trainer_that_listens,
)


def _prepare(model, method):
    prepared = prepare(model, method, total_steps=STEPS, recipe=RECIPE, seed=3)
    draw_as_ours_does(model, method)
    return prepared


def _by_hand(folder, method, run):
    model = fresh(folder)
    prepared = _prepare(model, method)
    losses = []
    model.train()
    for batch in run.batches:
        loss = model(**batch).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), RECIPE.max_grad_norm)
        prepared.optimizer.step()
        prepared.scheduler.step()
        prepared.optimizer.zero_grad()
        losses.append(loss.item())
    return model, losses


@pytest.mark.parametrize("method", METHODS)
def test_a_loop_by_hand_makes_our_updates(ours, tiny_encoder, method):
    model, losses = _by_hand(tiny_encoder, method, ours(method))
    require_same(model, losses, ours(method))
    # the control: no other method's run is taken for this one
    with pytest.raises(AssertionError):
        require_same(model, losses, ours("llrd.decay0.5" if method == "debiased" else "debiased"))


@pytest.mark.parametrize("method", METHODS)
def test_the_trainer_makes_our_updates(ours, tiny_encoder, tmp_path, method):
    pytest.importorskip("accelerate", reason="transformers.Trainer needs accelerate")
    run, model, losses = ours(method), fresh(tiny_encoder), []
    prepared = _prepare(model, method)
    arguments = quiet(tmp_path, max_steps=STEPS, max_grad_norm=RECIPE.max_grad_norm)
    trainer_that_listens(run, losses, model=model, args=arguments, optimizers=prepared.optimizers).train()
    require_same(model, losses, run)
    # the control: no other method's run is taken for this one
    with pytest.raises(AssertionError):
        require_same(model, losses, ours("llrd.decay0.5" if method == "debiased" else "debiased"))


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("adamw", {}, "unknown method 'adamw'"),
        ("llrd+transfer", {}, "the first stage of transfer is a run of its own"),
        ("debiased", {"total_steps": 0}, "total_steps >= 1"),
        ("debiased", {"warmup_steps": STEPS + 1}, "warmup_steps in"),
        ("debiased", {"fidelity": "faithful"}, "one of corrected, released"),
    ],
)
def test_what_cannot_be_prepared_is_one_clear_error(tiny_encoder, method, options, message):
    with pytest.raises(ValueError, match=message):
        prepare(fresh(tiny_encoder), method, **{"total_steps": STEPS, **options})


def test_any_right_text_is_taken_and_means_what_its_id_does(tiny_encoder):
    prepared = prepare(fresh(tiny_encoder), "llrd.decay0.95+reinit.blocks1", total_steps=STEPS)
    named = prepare(fresh(tiny_encoder), "reinit+llrd", total_steps=STEPS)
    assert prepared.census == named.census
    assert prepare(fresh(tiny_encoder), "reinit.blocks1", total_steps=STEPS).census == named.census
    # the control: another number of blocks changes other tensors
    assert prepare(fresh(tiny_encoder), "reinit.blocks2", total_steps=STEPS).census != named.census
