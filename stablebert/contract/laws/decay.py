"""Laws of weight decay: decoupled as in AdamW, or coupled as an L2 term of the gradient."""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import DECAYING
from stablebert.contract.setting import Setting, multiplied, zeros_like
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import (
    Trial,
    negligible_epsilon,
    path_of,
    require_close,
    require_same_updates,
    tolerance_in,
    updates_of,
)

_FACTORS = (1.0, 0.5, 0.0, 2.0, 0.25, 1.0)


def decay_alone_is_a_product(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Zero gradients: weights are multiplied by 1 - rate * decay."""
    path = path_of(Trial(subject, setting), zeros_like(setting.gradients()))
    _require_products(path, setting, [1.0] * setting.steps)


def decay_follows_the_rate(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Zero gradients under a changing rate: the decay of an update is that of its rate."""
    trial = Trial(subject, setting)
    path = [trial.weights()]
    factors = _FACTORS[: setting.steps]
    for factor, row in zip(factors, zeros_like(setting.gradients()), strict=True):
        trial.set_rates(factor)
        trial.step(row)
        path.append(trial.weights())
    _require_products(path, setting, factors)


def decay_comes_on_top_of_the_update(subject: OptimizerUnderTest, setting: Setting) -> None:
    """With gradients and a changing rate a step is the one without decay, and the product before or after it."""
    setting = replace(setting, steps=DECAYING)
    with_decay, without = (
        Trial(subject, each, **negligible_epsilon(subject)) for each in (setting, setting.without_decay())
    )
    decays = [group.decay * group.rate for group in setting.groups for _ in group.shapes]
    found, before, after = [], [], []
    for step, row in enumerate(setting.gradients()):
        old, start = with_decay.weights(), without.weights()
        factor = _FACTORS[step % len(_FACTORS)]
        for trial in (with_decay, without):
            trial.set_rates(factor)
            trial.step(row)
        found.append(with_decay.weights())
        moves = [new - weight for new, weight in zip(without.weights(), start, strict=True)]
        shares = [1 - factor * decay for decay in decays]
        before.append([share * weight + move for share, weight, move in zip(shares, old, moves, strict=True)])
        after.append([share * (weight + move) for share, weight, move in zip(shares, old, moves, strict=True)])
    what, tolerance = "with decay and gradients, weights after update", 1e-9 if setting.dtype is torch.float64 else 1e-5
    try:
        require_close(found, after, what, tolerance)
    except BreachError:
        require_close(found, before, what, tolerance)


def gradient_scale_leaves_decay_alone(subject: OptimizerUnderTest, setting: Setting) -> None:
    """With decay on, gradients times the factor give the same updates."""
    larger = updates_of(subject, setting, multiplied(setting.gradients(), setting.factor), setting.weights())
    what = f"with decay and gradients times {setting.factor:g}, update over rate"
    require_same_updates(larger, updates_of(subject, setting, weights=setting.weights()), setting, what, 1e-5)


def coupled_decay_is_a_gradient(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Decay does what gradients with decay * weight added do."""
    inside = Trial(subject, setting, **negligible_epsilon(subject))
    outside = Trial(subject, setting.without_decay(), **negligible_epsilon(subject))
    decays = [group.decay for group in setting.groups for _ in group.shapes]
    found, wanted = [], []
    for row in setting.gradients():
        inside.step(row)
        pulled = zip(row, decays, outside.weights(), strict=True)
        outside.step([gradient + decay * weight for gradient, decay, weight in pulled])
        found.append(inside.weights())
        wanted.append(outside.weights())
    # where decay and gradient nearly cancel, float32 leaves few digits of their sum
    lost = [1e-12 if setting.dtype is torch.float64 else 0.02 * rate for rate in setting.rates]
    require_close(found, wanted, "weights after update", 1e-9 if setting.dtype is torch.float64 else 1e-5, extra=lost)


def a_weight_of_0_does_not_decay(subject: OptimizerUnderTest, setting: Setting) -> None:
    """From 0, the first update with decay is the one without, or that times 1 - rate * decay (decay after it)."""
    rows = setting.gradients()[:1]
    with_decay = updates_of(subject, setting, rows, setting.origin())
    without = updates_of(subject, setting.without_decay(), rows, setting.origin())
    decays = [group.decay * group.rate for group in setting.groups for _ in group.shapes]
    after = [[update * (1 - decay) for update, decay in zip(without[0], decays, strict=True)]]
    tolerance = tolerance_in(setting, 1e-6)
    try:
        require_close(with_decay, after, "update", tolerance)
    except BreachError:
        require_close(with_decay, without, "from a weight of 0 with decay, update over rate", tolerance)


def _require_products(path: list[list[Tensor]], setting: Setting, factors: Sequence[float]) -> None:
    decays = [group.decay * group.rate for group in setting.groups for _ in group.shapes]
    kept = [[math.prod(1 - factor * each for factor in factors[:step]) for each in decays] for step in range(len(path))]
    wanted = [[weight * share for weight, share in zip(path[0], row, strict=True)] for row in kept]
    require_close(
        path[1:],
        wanted[1:],
        "with zero gradients, weights after update",
        0.0,
        relative=1e-9 if setting.dtype is torch.float64 else 5e-6,
    )
