"""Laws of memory: what a single gradient does to later updates, and that a break in training leaves no trace."""

from typing import Any

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import LARGE, WAIT
from stablebert.contract.setting import Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, in_rates, path_of, require_same_updates, tolerance_in, updates_of

# torch keeps some scalars in float32 until they are loaded
_TOLERANCE = 1e-6
# what is loaded decides, not what the new one was built with
_OTHER_RATE = 3.0


def impulse_fades(subject: OptimizerUnderTest, setting: Setting) -> None:
    """One parameter, a gradient and then zeros: the first update is the largest, and the last is smaller."""
    sizes = _sizes(subject, setting, [1.0] + [0.0] * WAIT)
    largest = max(sizes)
    if largest > sizes[0] * (1 + tolerance_in(setting, 1e-6)):
        place = sizes.index(largest) + 1
        raise BreachError(f"update {place} has size {largest:.6g} rates, update 1 has {sizes[0]:.6g}")
    if sizes[-1] > 0.9 * sizes[0]:
        raise BreachError(f"update {len(sizes)} still has size {sizes[-1]:.6g} rates, update 1 had {sizes[0]:.6g}")


def large_gradient_is_remembered(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A usual gradient long after a large one moves less than half of what it moves without."""
    silence = [0.0] * (WAIT - 1)
    after = _sizes(subject, setting, [LARGE, *silence, 1.0])[-1]
    without = _sizes(subject, setting, [0.0, *silence, 1.0])[-1]
    if not after < without / 2:
        raise BreachError(
            f"{WAIT} updates after a gradient {LARGE} times the usual, a usual one moves {after:.6g} rates; "
            f"without the large one {without:.6g}"
        )


def saved_state_goes_on(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A fresh optimizer of other rates with the loaded state does what the old one would have done without a break."""
    unbroken = path_of(Trial(subject, setting), setting.gradients() * 2)[setting.steps :]
    old = Trial(subject, setting)
    path_of(old, setting.gradients())
    new = Trial(subject, setting.with_rate(_OTHER_RATE).without_decay(), old.weights())
    new.optimizer.load_state_dict(old.saved())
    gone_on, resumed = path_of(old, setting.gradients()), path_of(new, setting.gradients())
    for path, what in ((gone_on, "after saving, update over rate"), (resumed, "loaded, update over rate")):
        require_same_updates(in_rates(path, setting), in_rates(unbroken, setting), setting, what, _TOLERANCE)


def loaded_state_follows_its_parameter(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The new optimizer has everything in reverse order, and so has the list of ids in the saved state."""
    old = Trial(subject, setting)
    path_of(old, setting.gradients())
    new = Trial(subject, setting.reversed(), old.weights()[::-1])
    new.optimizer.load_state_dict(_reversed(old.saved()))
    backwards = [row[::-1] for row in path_of(new, [row[::-1] for row in setting.gradients()])]
    gone_on = path_of(old, setting.gradients())
    what = "loaded in reverse order, update over rate"
    require_same_updates(in_rates(backwards, setting), in_rates(gone_on, setting), setting, what, _TOLERANCE)


def _sizes(subject: OptimizerUnderTest, setting: Setting, factors: list[float]) -> list[float]:
    """Return each update's size in rates, for one parameter whose gradients are these multiples of a usual one."""
    single = setting.of_one(setting.shapes[0], steps=1)
    usual = single.weights()[0] * setting.scale
    updates = updates_of(subject, single, [[usual * factor] for factor in factors])
    return [float(row[0].abs().max()) for row in updates]


def _reversed(saved: dict[str, Any]) -> dict[str, Any]:
    groups = [{**group, "params": group["params"][::-1]} for group in saved["param_groups"][::-1]]
    return {**saved, "param_groups": groups}
