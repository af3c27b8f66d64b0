"""Laws of epsilon, and of gradients that are small against it."""

import torch

from stablebert.contract.law import BreachError
from stablebert.contract.setting import Setting, multiplied
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, in_rates, path_of, require_close, updates_of

_TOLERANCE = 1e-5
# BERTAdam's updates reach ten rates
_MOST = 100
_TINY = (0.0, 1e-45, 1e-30, -1e-30, 1e-8, -1e-8)


def epsilon_has_the_unit_of_gradients(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients and epsilon times the factor give the same updates, at an epsilon that matters."""
    setting = setting.without_decay()
    epsilon = 0.1 * setting.scale
    base = updates_of(subject, setting, eps=epsilon)
    larger = multiplied(setting.gradients(), setting.factor)
    scaled = updates_of(subject, setting, larger, eps=epsilon * setting.factor)
    require_close(scaled, base, f"gradients and epsilon times {setting.factor:g}, update over rate", _TOLERANCE)


def epsilon_dominates_small_gradients(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Twice the gradients, all far below epsilon, give twice the updates."""
    setting = setting.without_decay()
    epsilon = 1e8 * setting.scale
    # from weights of 0: an update of 1e-8 rates would be lost in the rounding of a weight of 1
    origin = [weight * 0 for weight in setting.weights()]
    once = updates_of(subject, setting, weights=origin, eps=epsilon)
    twice = updates_of(subject, setting, multiplied(setting.gradients(), 2.0), weights=origin, eps=epsilon)
    what = "epsilon 1e8 times the gradients, half of the update of twice the gradients,"
    require_close(multiplied(twice, 0.5), once, what, 0.0, relative=_TOLERANCE)


def tiny_gradients_stay_finite(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients at the bottom of float32 give updates of at most a hundred rates."""
    setting = setting.without_decay()
    generator = torch.Generator().manual_seed(setting.seed)
    values = torch.tensor(_TINY, dtype=torch.float64)
    rows = [
        [values[torch.randint(len(values), shape, generator=generator)] for shape in setting.shapes]
        for _ in range(setting.steps)
    ]
    path = path_of(Trial(subject, setting, dtypes=(torch.float32,)), rows)
    for step, updates in enumerate(in_rates(path, setting)):
        for gradient, update in zip(rows[step], updates, strict=True):
            # NaN is not below anything
            if not bool((update.abs() < _MOST).all()):
                raise BreachError(f"update {step + 1} is {update.tolist()} rates, its gradient {gradient.tolist()}")
