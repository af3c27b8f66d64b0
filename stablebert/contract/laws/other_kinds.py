"""Laws of what is no Adam: matrices that move by orthogonal ones, other weights in training than in evaluation."""

import torch

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import SPREAD, TIMES
from stablebert.contract.setting import Setting, multiplied
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, in_rates, path_of, require_close, tolerance_in


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
