"""Laws of the size and direction of updates, without decay; epsilon is negligible until the laws about it.

The bound on updates of tiny gradients leaves room for BERTAdam's, which reach ten rates.
"""

import torch

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import MOST_RATES, SMALL, TINY
from stablebert.contract.setting import Group, Setting, multiplied, zeros_like
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import (
    Trial,
    in_rates,
    path_of,
    require_close,
    require_equal,
    require_same_updates,
    tolerance_in,
    updates_of,
)

# a hard-wired epsilon of 1e-8 changes BERTAdam's first updates by 3e-7 of their size
_TOLERANCE = 1e-5


def zero_rate_moves_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """With rate 0 the weights stay, bit for bit."""
    path = path_of(Trial(subject, setting.with_rate(0.0)), setting.gradients())
    require_equal(path, [path[0]] * len(path), "with rate 0, weights at time")


def zero_gradients_move_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """With zero gradients the weights stay, bit for bit."""
    path = path_of(Trial(subject, setting.without_decay()), zeros_like(setting.gradients()))
    require_equal(path, [path[0]] * len(path), "with zero gradients, weights at time")


def first_step_opposes_the_gradient(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The first update has the sign of the negative gradient."""
    setting = setting.without_decay()
    first = setting.gradients()[:1]
    signs = [[update.sign() for update in row] for row in updates_of(subject, setting, first)]
    require_equal(signs, [[-gradient.sign() for gradient in row] for row in first], "sign of update")


def first_step_is_a_constant_times_rate(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The first update has the size of that of one weight with gradient 1, measured in rates."""
    setting = setting.without_decay()
    alone = Setting((Group(rate=0.1, decay=0.0, shapes=((1,),)),), steps=1, precision=setting.precision)
    ones = [[weight * 0 + 1 for weight in alone.weights()]]
    constant = updates_of(subject, alone, ones)[0][0].abs().item()
    if not constant > 0:
        raise BreachError("a gradient of 1 moves nothing")
    first = setting.gradients()[:1]
    sizes = [[update.abs() for update in row] for row in updates_of(subject, setting, first)]
    wanted = [[constant * gradient.sign().abs() for gradient in row] for row in first]
    require_same_updates(sizes, wanted, setting, "size over rate of update", _TOLERANCE)


def updates_scale_with_rate(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Updates over their rate do not depend on the rate."""
    setting = setting.without_decay()
    faster = updates_of(subject, setting.with_rate(3.0))
    usual = updates_of(subject, setting)
    require_same_updates(faster, usual, setting, "three times the rate, update over rate", _TOLERANCE)


def updates_ignore_gradient_scale(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients times the factor, and small ones, give the same updates."""
    setting = setting.without_decay()
    usual = updates_of(subject, setting)
    # a hard-wired epsilon is felt by small ones, as it should be
    factors = (setting.factor,) if subject.lacks("eps") else (setting.factor, SMALL / setting.scale)
    for factor in factors:
        scaled = updates_of(subject, setting, multiplied(setting.gradients(), factor))
        what = f"gradients times {factor:g}, update over rate"
        require_same_updates(scaled, usual, setting, what, _TOLERANCE)


def mirrored_gradients_mirror_updates(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Negated gradients negate the updates."""
    setting = setting.without_decay()
    mirrored = multiplied(updates_of(subject, setting, multiplied(setting.gradients(), -1.0)), -1.0)
    what = "gradients negated, negative update over rate"
    require_same_updates(mirrored, updates_of(subject, setting), setting, what, _TOLERANCE)


def weights_do_not_shape_updates(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Weights times -3, and weights of 0, get the same updates."""
    setting = setting.without_decay()
    usual = updates_of(subject, setting, weights=setting.weights())
    for factor in (-3.0, 0.0):
        other = updates_of(subject, setting, weights=[factor * weight for weight in setting.weights()])
        require_same_updates(other, usual, setting, f"weights times {factor:g}, update over rate", _TOLERANCE)


def epsilon_has_the_unit_of_gradients(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients and epsilon times the factor give the same updates, at an epsilon that matters."""
    setting = setting.without_decay()
    epsilon = 0.1 * setting.scale
    base = updates_of(subject, setting, eps=epsilon)
    larger = multiplied(setting.gradients(), setting.factor)
    scaled = updates_of(subject, setting, larger, eps=epsilon * setting.factor)
    what = f"gradients and epsilon times {setting.factor:g}, update over rate"
    require_same_updates(scaled, base, setting, what, _TOLERANCE)


def epsilon_dominates_small_gradients(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Twice the gradients, all far below epsilon, give twice the updates."""
    setting = setting.without_decay()
    epsilon = 1e8 * setting.scale
    # from weights of 0: an update of 1e-8 rates would be lost in the rounding of a weight of 1
    origin = setting.origin()
    once = updates_of(subject, setting, weights=origin, eps=epsilon)
    twice = updates_of(subject, setting, multiplied(setting.gradients(), 2.0), weights=origin, eps=epsilon)
    what = "epsilon 1e8 times the gradients, half of the update of twice the gradients,"
    require_close(multiplied(twice, 0.5), once, what, 0.0, relative=tolerance_in(setting, _TOLERANCE))


def tiny_gradients_stay_finite(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients at the bottom of float32 give updates of at most the rates said."""
    setting = setting.without_decay()
    generator = torch.Generator().manual_seed(setting.seed)
    values = torch.tensor([sign * float(size) for size in TINY for sign in (1, -1)], dtype=torch.float64)
    rows = [
        [values[torch.randint(len(values), shape, generator=generator)] for shape in setting.shapes]
        for _ in range(setting.steps)
    ]
    path = path_of(Trial(subject, setting, dtypes=(torch.float32,)), rows)
    for step, updates in enumerate(in_rates(path, setting)):
        for gradient, update in zip(rows[step], updates, strict=True):
            # NaN is not at most anything
            if not bool((update.abs() <= MOST_RATES).all()):
                raise BreachError(f"update {step + 1} is {update.tolist()} rates, its gradient {gradient.tolist()}")
