"""What `prepare` builds makes the very updates of our own loop, by hand and in transformers' Trainer."""

import pytest
import torch
from torch import nn
from transformers import TrainerCallback

from stablebert.hf import prepare
from stablebert.optim import linear_warmup_decay
from tests.hf.same_updates import (
    METHODS,
    RECIPE,
    STEPS,
    distance,
    draw_as_ours_does,
    fresh,
    quiet,
    require_same,
    trainer_that_listens,
)

# of the way that weights go in 20 updates, what bfloat16 may turn them aside: Adam makes whole updates of small gradients
_ROUNDING = 0.15


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


class _Rates(TrainerCallback):
    """Notes the rates of every group at every update."""

    def __init__(self):
        self.seen = []

    def on_optimizer_step(self, args, state, control, *, optimizer, **_):
        self.seen.append([group["lr"] for group in optimizer.param_groups])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_the_trainer_in_a_half_precision_makes_our_updates_but_for_rounding(
    ours, tiny_encoder, tmp_path, method, precision
):
    pytest.importorskip("accelerate", reason="transformers.Trainer needs accelerate")
    run, model, losses, rates = ours(method), fresh(tiny_encoder), [], _Rates()
    start = {name: value.detach().clone() for name, value in model.named_parameters()}
    prepared = _prepare(model, method)
    base = prepared.scheduler.base_lrs
    options = {"max_steps": STEPS, "max_grad_norm": RECIPE.max_grad_norm, precision: True}
    arguments = {"model": model, "args": quiet(tmp_path, **options), "optimizers": prepared.optimizers}
    trainer_that_listens(run, losses, **arguments, callbacks=[rates]).train()
    # groups and rates are those of float32, and so are the weights that are updated
    assert rates.seen == [[rate * linear_warmup_decay(step, STEPS, 2) for rate in base] for step in range(STEPS)]
    assert {value.dtype for value in model.parameters()} == {torch.float32}
    if precision == "fp16":
        # on a processor accelerate has neither a cast nor a scaled loss for it: this is float32
        require_same(model, losses, run)
        return
    # rounding it is: bfloat16 has 8 bits
    assert losses != pytest.approx(run.losses, rel=1e-6)
    assert losses[0] == pytest.approx(run.losses[0], rel=2**-8)
    assert losses == pytest.approx(run.losses, rel=0.03)
    assert distance(model, run, start) < _ROUNDING
    # the control: no other method's run is so near, but where a pull moves weights less in 20 updates than rounding does
    if method not in ("wdecay.coefficient0.5", "prior.coefficient0.5"):
        assert distance(model, ours("llrd.decay0.5" if method == "debiased" else "debiased"), start) > _ROUNDING


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
