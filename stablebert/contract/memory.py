"""Laws of the moments: what a single gradient does to later updates. One parameter, no decay, epsilon negligible."""

from stablebert.contract.law import BreachError
from stablebert.contract.setting import Group, Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import updates_of

# updates until the first moment has forgotten a gradient and the second has not
_WAIT = 60
_LARGE = 1000.0


def impulse_fades(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A gradient and then zeros: the first update is the largest, and the last is smaller."""
    sizes = _sizes(subject, setting, [1.0] + [0.0] * _WAIT)
    largest = max(sizes)
    if largest > sizes[0] * (1 + 1e-6):
        place = sizes.index(largest) + 1
        raise BreachError(f"update {place} has size {largest:.6g} rates, update 1 has {sizes[0]:.6g}")
    if sizes[-1] > 0.9 * sizes[0]:
        raise BreachError(f"update {len(sizes)} still has size {sizes[-1]:.6g} rates, update 1 had {sizes[0]:.6g}")


def large_gradient_is_remembered(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A usual gradient long after a large one moves less than half of what it moves without."""
    silence = [0.0] * _WAIT
    after = _sizes(subject, setting, [_LARGE, *silence, 1.0])[-1]
    without = _sizes(subject, setting, [0.0, *silence, 1.0])[-1]
    if not after < without / 2:
        raise BreachError(
            f"{_WAIT} updates after a gradient {_LARGE:g} times the usual, a usual one moves {after:.6g} rates; "
            f"without the large one {without:.6g}"
        )


def _sizes(subject: OptimizerUnderTest, setting: Setting, factors: list[float]) -> list[float]:
    """Return each update's size in rates, for one parameter whose gradients are these multiples of a usual one."""
    first = setting.groups[0]
    single = Setting(groups=(Group(first.rate, 0.0, first.shapes[:1]),), steps=1, scale=setting.scale)
    usual = single.weights()[0] * setting.scale
    updates = updates_of(subject, single, [[usual * factor] for factor in factors])
    return [float(row[0].abs().max()) for row in updates]
