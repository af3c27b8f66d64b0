"""Laws of what is no Adam: matrices that move by orthogonal ones, other weights in training than in evaluation."""

from itertools import pairwise

import torch

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import CONSTANT, FADED, SPREAD, TIMES
from stablebert.contract.setting import Setting, multiplied
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, in_rates, negligible_epsilon, path_of, require_close, tolerance_in

# whose means and sums are not 0 either
_SHARES = (1.0, -0.7, -1.1, 0.45, 1.7)
_BETAS = ((0.9, 0.999), (0.5, 0.9))


def matrix_update_is_orthogonal(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The gradient's singular values are 1 to 10; those of the update are about equal, and it goes downhill."""
    single = setting.of_one((6, 4), steps=1)
    generator = torch.Generator().manual_seed(setting.seed)
    drawn = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    left, _, right = torch.linalg.svd(drawn, full_matrices=False)
    gradient = left @ torch.diag(torch.linspace(1, 10, 4, dtype=torch.float64)) @ right * setting.scale
    trial = Trial(subject, single, single.origin())
    path = [trial.weights()]
    trial.step([gradient])
    path.append(trial.weights())
    update = in_rates(path, single)[0][0].double()
    if not float((update * gradient).sum()) < 0:
        raise BreachError("the first update of a matrix does not go against its gradient")
    values = torch.linalg.svdvals(update)
    if not float(values.max() / values.min()) < SPREAD:
        raise BreachError(
            f"the first update of a matrix has singular values {[round(each, 3) for each in values.tolist()]}"
        )


def matrix_updates_ignore_gradient_scale(subject: OptimizerUnderTest, setting: Setting) -> None:
    """All gradients of a matrix times a power of two, which no precision rounds: updates are about the same."""
    single = setting.of_one((6, 4), steps=2)
    paths = []
    for rows in (single.gradients(), multiplied(single.gradients(), TIMES)):
        paths.append(in_rates(path_of(Trial(subject, single, single.origin()), rows), single))
    require_close(paths[1], paths[0], f"of a matrix with gradients times {TIMES}, update over rate", 0.1)


def matrix_updates_are_one_size(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A gradient, its opposite, half of it and so on: what is orthogonal has one size, whatever the momentum's is."""
    single = setting.of_one((6, 4), steps=1)
    (gradient,) = single.gradients()[0]
    rows = [[share * gradient] for share in _SHARES]
    path = path_of(Trial(subject, single, single.origin()), rows)
    sizes = [float((new[0] - old[0]).norm()) / single.rates[0] for old, new in pairwise(path)]
    if not all(abs(size - sizes[0]) <= 0.1 * sizes[0] for size in sizes):
        shown = ", ".join(f"{size:.4g}" for size in sizes)
        raise BreachError(f"under multiples {_SHARES} of a gradient a matrix moves by {shown} rates")


def momentum_lasts_and_fades(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A gradient, then a thousandth of its opposite for long: the second goes with the first, the last against."""
    single = setting.of_one((6, 4), steps=1)
    (gradient,) = single.gradients()[0]
    rows = [[gradient], *([[-0.001 * gradient]] * FADED)]
    path = path_of(Trial(subject, single, single.origin()), rows)
    first, second, last = (path[place + 1][0] - path[place][0] for place in (0, 1, FADED))
    if not float((first * second).sum()) > 0:
        raise BreachError("a thousandth of the gradient, turned around, turns the next update around")
    if not float((first * last).sum()) < 0:
        raise BreachError(f"{FADED} updates later the first gradient still outweighs those since")


def iterates_are_those_of_adam_without_momentum(subject: OptimizerUnderTest, setting: Setting) -> None:
    """From weights in evaluation, means of the iterates, the iterates are found; theirs are Adam's steps."""
    betas = _BETAS[setting.seed % len(_BETAS)]
    single = setting.of_one((3,), steps=CONSTANT)
    trial = Trial(subject, single, single.origin(), **negligible_epsilon(subject), betas=betas)
    optimizer, rate = trial.optimizer, single.rates[0]
    square = torch.zeros(3, dtype=torch.float64)
    average = iterate = torch.zeros(3, dtype=torch.float64)
    for step, row in enumerate(single.gradients(), 1):
        trial.step(row)
        training = trial.weights()
        optimizer.eval()  # type: ignore[attr-defined]
        found = trial.weights()
        optimizer.train()  # type: ignore[attr-defined]
        square = betas[1] * square + (1 - betas[1]) * row[0] ** 2
        root = (square / (1 - betas[1] ** step)).sqrt()
        iterate = iterate - torch.where(root > 0, rate * row[0] / root, 0.0)
        average = average + (iterate - average) / step
        between = betas[0] * average + (1 - betas[0]) * iterate
        share = tolerance_in(single, 1e-6)
        require_close([found], [[average]], f"at update {step} in evaluation, weights", share * rate, relative=share)
        require_close([training], [[between]], f"at update {step} in training, weights", share * rate, relative=share)


def first_decay_is_rate_times_decay(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A gradient of 0 and decay: after the first update iterate, average and weights are one product."""
    trial = Trial(subject, setting)
    start = trial.weights()
    trial.step([weight * 0 for weight in start])
    decays = [group.decay * group.rate for group in setting.groups for _ in group.shapes]
    wanted = [weight * (1 - decay) for weight, decay in zip(start, decays, strict=True)]
    tolerance = 1e-9 if setting.dtype is torch.float64 else 1e-6
    require_close([trial.weights()], [wanted], "with a gradient of 0, weights after update", tolerance)


def evaluation_is_the_average(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Under a constant gradient and rate equal steps are averaged: after t of them weights have gone (t + 1) / 2."""
    single = setting.of_one(setting.shapes[0])
    gradient = single.weights()[0] * single.scale
    trial = Trial(subject, single, single.origin())
    optimizer = trial.optimizer
    steps = []
    for _ in range(single.steps):
        trial.step([gradient])
        optimizer.eval()  # type: ignore[attr-defined]
        steps.append(trial.weights())
        optimizer.train()  # type: ignore[attr-defined]
    wanted = [[step * (count + 1) / 2 for step in steps[0]] for count in range(1, single.steps + 1)]
    size = float(steps[0][0].abs().max())
    what = "in evaluation under a constant gradient, weights after update"
    require_close(steps, wanted, what, 1e-5 * size, relative=tolerance_in(single, 1e-6))


def modes_undo_each_other(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Evaluation and back leaves the weights; done twice, a mode does nothing more."""
    trial = Trial(subject, setting)
    optimizer = trial.optimizer
    for row in setting.gradients():
        trial.step(row)
        before = trial.weights()
        optimizer.eval()  # type: ignore[attr-defined]
        averaged = trial.weights()
        optimizer.eval()  # type: ignore[attr-defined]
        tolerance = 1e-9 if setting.dtype is torch.float64 else 1e-5
        require_close([trial.weights()], [averaged], "after eval() twice, weights", tolerance)
        optimizer.train()  # type: ignore[attr-defined]
        require_close([trial.weights()], [before], "after eval() and train(), weights", tolerance)
