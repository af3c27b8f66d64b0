"""Laws of parameters that have no gradient, for a while or for ever."""

from torch import Tensor

from stablebert.contract.setting import Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Row, Trial, path_of, require_close, require_equal

_TOLERANCE = 1e-10


def missing_gradient_changes_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The last parameter has no gradient: it stays, and the others do what they do beside one that has."""
    path = path_of(Trial(subject, setting), _without_last(setting.gradients()))
    require_equal([row[-1:] for row in path], [path[0][-1:]] * len(path), "without gradient, weights at time")
    usual = path_of(Trial(subject, setting), setting.gradients())
    what = "beside a parameter without gradient, weights at time"
    require_close([row[:-1] for row in path], [row[:-1] for row in usual], what, _TOLERANCE)


def late_parameter_gets_its_first_step(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The last parameter has no gradient at first, and then does what it would have done from the start."""
    usual = setting.gradients()
    path = path_of(Trial(subject, setting), [*_without_last(usual), *usual])[setting.steps :]
    wanted = path_of(Trial(subject, setting), usual)
    what = f"after {setting.steps} updates without gradient, weights at time"
    require_close([row[-1:] for row in path], [row[-1:] for row in wanted], what, _TOLERANCE)


def _without_last(gradients: list[list[Tensor]]) -> list[Row]:
    return [[*row[:-1], None] for row in gradients]
