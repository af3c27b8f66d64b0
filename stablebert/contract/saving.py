"""Laws of `state_dict`: a break in training leaves no trace."""

from typing import Any

from stablebert.contract.setting import Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, in_rates, path_of, require_close

# torch keeps some scalars in float32 until they are loaded
_TOLERANCE = 1e-6


def saved_state_goes_on(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A fresh optimizer with the loaded state does what the old one would have done."""
    old = Trial(subject, setting)
    path_of(old, setting.gradients())
    new = Trial(subject, setting, old.weights())
    new.optimizer.load_state_dict(old.saved())
    gone_on, resumed = path_of(old, setting.gradients()), path_of(new, setting.gradients())
    require_close(in_rates(resumed, setting), in_rates(gone_on, setting), "loaded, update over rate", _TOLERANCE)


def loaded_state_follows_its_parameter(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The new optimizer has everything in reverse order, and so has the list of ids in the saved state."""
    old = Trial(subject, setting)
    path_of(old, setting.gradients())
    new = Trial(subject, setting.reversed(), old.weights()[::-1])
    new.optimizer.load_state_dict(_reversed(old.saved()))
    backwards = [row[::-1] for row in path_of(new, [row[::-1] for row in setting.gradients()])]
    gone_on = path_of(old, setting.gradients())
    what = "loaded in reverse order, update over rate"
    require_close(in_rates(backwards, setting), in_rates(gone_on, setting), what, _TOLERANCE)


def _reversed(saved: dict[str, Any]) -> dict[str, Any]:
    groups = [{**group, "params": group["params"][::-1]} for group in saved["param_groups"][::-1]]
    return {**saved, "param_groups": groups}
