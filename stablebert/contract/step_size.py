"""Laws of the size and direction of updates; no decay, epsilon negligible."""

from stablebert.contract.law import BreachError
from stablebert.contract.setting import Group, Setting, multiplied, zeros_like
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, path_of, require_close, require_equal, updates_of

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
    alone = Setting((Group(rate=0.1, decay=0.0, shapes=((1,),)),), steps=1)
    ones = [[weight * 0 + 1 for weight in alone.weights()]]
    constant = updates_of(subject, alone, ones)[0][0].abs().item()
    if not constant > 0:
        raise BreachError("a gradient of 1 moves nothing")
    first = setting.gradients()[:1]
    sizes = [[update.abs() for update in row] for row in updates_of(subject, setting, first)]
    wanted = [[constant * gradient.sign().abs() for gradient in row] for row in first]
    require_close(sizes, wanted, "size over rate of update", _TOLERANCE)


def updates_scale_with_rate(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Updates over their rate do not depend on the rate."""
    setting = setting.without_decay()
    faster = updates_of(subject, setting.with_rate(3.0))
    require_close(faster, updates_of(subject, setting), "three times the rate, update over rate", _TOLERANCE)


def updates_ignore_gradient_scale(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients times the factor give the same updates."""
    setting = setting.without_decay()
    larger = updates_of(subject, setting, multiplied(setting.gradients(), setting.factor))
    what = f"gradients times {setting.factor:g}, update over rate"
    require_close(larger, updates_of(subject, setting), what, _TOLERANCE)


def mirrored_gradients_mirror_updates(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Negated gradients negate the updates."""
    setting = setting.without_decay()
    mirrored = multiplied(updates_of(subject, setting, multiplied(setting.gradients(), -1.0)), -1.0)
    require_close(mirrored, updates_of(subject, setting), "gradients negated, negative update over rate", _TOLERANCE)


def weights_do_not_shape_updates(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Weights times -3 get the same updates."""
    setting = setting.without_decay()
    other = updates_of(subject, setting, weights=[-3 * weight for weight in setting.weights()])
    require_close(other, updates_of(subject, setting), "weights times -3, update over rate", _TOLERANCE)
