"""Laws of a whole run: hundreds of updates with gradients of every size, in a state that does not grow."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import LASTING
from stablebert.contract.setting import Group, Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, path_of, require_same_updates, updates_of
from stablebert.optim import bias_ratio

# the second one steps over a rate after a gradient far above those before
_BETAS = ((0.9, 0.999), (0.5, 0.9))
_BETAS_OF_SIGNS = ((0.9, 0.99), (0.5, 0.9))
# of the gradient, far below what the tolerance sees; a hard-wired epsilon may be more
_CLOSE, _HARD_WIRED = 1e-9, 1e-5


def updates_are_those_of_adam(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients of sizes over a thousandfold: every update is Adam's, or BERTAdam's, at these betas."""
    betas = _BETAS[setting.seed % len(_BETAS)] if not subject.lacks("betas") else _BETAS[0]
    options: dict[str, Any] = {} if subject.lacks("betas") else {"betas": betas}
    options |= {} if subject.lacks("amsgrad") else {"amsgrad": False}
    single = Setting((Group(0.1, 0.0, ((3,),)),), LASTING, setting.scale, 2.0, setting.seed, setting.precision)
    generator = torch.Generator().manual_seed(setting.seed)
    sizes = 10 ** (3 * torch.rand(LASTING, generator=generator, dtype=torch.float64))
    rows = [[size * row[0]] for size, row in zip(sizes, single.gradients(), strict=True)]
    found = updates_of(subject, single, rows, single.origin(), **options)
    debiased = list(_adam([row[0] for row in rows], betas))
    wanted = [[update] for update in debiased]
    first = rows[0][0] != 0
    if bool(first.any()):
        ratio = float((found[0][0][first] / debiased[0][first]).mean())
        if abs(ratio - 1) > abs(ratio - bias_ratio(1, betas)):
            wanted = [[bias_ratio(step, betas) * update] for step, update in enumerate(debiased, 1)]
    tolerance = _HARD_WIRED if subject.lacks("eps") else _CLOSE
    what = f"with betas {betas} and gradients of every size, update over rate"
    require_same_updates(found, wanted, single, what, tolerance)


def signs_are_those_of_lion(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients of sizes over a hundredfold: every update has the sign of Lion's mean of momentum and gradient."""
    betas = _BETAS_OF_SIGNS[setting.seed % len(_BETAS_OF_SIGNS)]
    single = Setting((Group(0.1, 0.0, ((3,),)),), LASTING, setting.scale, 2.0, setting.seed, setting.precision)
    generator = torch.Generator().manual_seed(setting.seed)
    sizes = 10 ** (2 * torch.rand(LASTING, generator=generator, dtype=torch.float64))
    rows = [[size * row[0]] for size, row in zip(sizes, single.gradients(), strict=True)]
    found = updates_of(subject, single, rows, single.origin(), betas=betas)
    momentum = torch.zeros(3, dtype=torch.float64)
    for step, (row, update) in enumerate(zip(rows, found, strict=True), 1):
        mean = betas[0] * momentum + (1 - betas[0]) * row[0]
        # where momentum and gradient nearly cancel, rounding decides
        clear = mean.abs() > 1e-3 * (momentum.abs() + row[0].abs())
        wrong = clear & (update[0].sign() != -mean.sign())
        if bool(wrong.any()):
            place = int(wrong.nonzero()[0])
            raise BreachError(
                f"with betas {betas}, update {step} of element {place} is {update[0][place].item():.6g} rates, where "
                f"beta1 of a momentum of {momentum[place].item():.6g} and a gradient of {row[0][place].item():.6g} are "
                f"{mean[place].item():.6g}"
            )
        momentum = betas[1] * momentum + (1 - betas[1]) * row[0]


def state_stops_growing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """What is kept after twice as many updates is as much as after half of them."""
    trial = Trial(subject, setting)
    path_of(trial, setting.gradients())
    half = _kept(trial.optimizer.state)
    path_of(trial, setting.gradients())
    whole = _kept(trial.optimizer.state)
    if whole > half:
        raise BreachError(
            f"after {setting.steps} updates the state has {half} numbers, after {2 * setting.steps} {whole}"
        )


def _adam(gradients: list[Tensor], betas: tuple[float, float]) -> Iterator[Tensor]:
    """Yield Adam's updates over the rate, with bias correction and without epsilon; 0 where there was no gradient."""
    beta1, beta2 = betas
    mean, square = torch.zeros_like(gradients[0]), torch.zeros_like(gradients[0])
    for step, gradient in enumerate(gradients, 1):
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        root = (square / (1 - beta2**step)).sqrt()
        yield torch.where(root > 0, -mean / (1 - beta1**step) / root, torch.zeros_like(root))


def _kept(held: Any) -> int:
    """Return how many numbers a state holds, whatever it is nested in."""
    if isinstance(held, Tensor):
        return held.numel()
    if isinstance(held, dict):
        return sum(_kept(each) for each in held.values())
    if isinstance(held, list | tuple | set):
        return sum(_kept(each) for each in held)
    return 1
