"""Laws of what a loop does beside `step`: it sets groups, clears gradients, and shares torch's settings."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import FORMS
from stablebert.contract.setting import Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.switches import put_back, switches
from stablebert.contract.trial import Trial, in_rates, path_of, require_close, require_same_updates

_TOLERANCE = 1e-8
_RATES = (1.0, 0.5, 0.0, 2.0, 0.25, 1.0)
_OTHER_SETTINGS: dict[str, Any] = {"weight_decay": 0.25, "betas": (0.6, 0.95), "eps": 0.125}


def groups_are_read_at_every_update(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Decay, betas and epsilon set in the groups after construction do what they do when constructed with."""
    fits = {
        "weight_decay": subject.takes("weight_decay"),
        "betas": not subject.lacks("betas"),
        "eps": not subject.lacks("eps"),
    }
    other = {name: value for name, value in _OTHER_SETTINGS.items() if fits[name]}
    decayed = replace(
        setting, groups=tuple(replace(group, decay=_OTHER_SETTINGS["weight_decay"]) for group in setting.groups)
    )
    built = Trial(subject, decayed, **{name: value for name, value in other.items() if name != "weight_decay"})
    later = Trial(subject, setting.without_decay())
    for group in later.optimizer.param_groups:
        group.update({name: value for name, value in other.items() if name in group})
    found, wanted = path_of(later, setting.gradients()), path_of(built, setting.gradients())
    what = f"with {', '.join(other) or 'nothing'} set after construction, update over rate"
    require_same_updates(in_rates(found, setting), in_rates(wanted, setting), setting, what, _TOLERANCE)


def a_tensor_rate_is_read_at_every_update(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Rates in tensors that are filled between updates do what numbers do, and come out as they were filled."""
    usual, trial = Trial(subject, setting), Trial(subject, setting)
    for group in trial.optimizer.param_groups:
        group["lr"] = torch.tensor(group["lr"], dtype=torch.float64)
    held = [group["lr"] for group in trial.optimizer.param_groups]
    found, wanted = [trial.weights()], [usual.weights()]
    for factor, row in zip(_RATES, setting.gradients(), strict=False):
        for each in (usual, trial):
            each.set_rates(factor)
            each.step(row)
        found.append(trial.weights())
        wanted.append(usual.weights())
        for rate, group, number in zip(held, trial.optimizer.param_groups, usual.optimizer.param_groups, strict=True):
            if group["lr"] is not rate or float(rate) != number["lr"]:
                raise BreachError(f"a rate of {number['lr']!r} in a tensor is {group['lr']!r} after the update")
    what = "with a rate that is a tensor, update over rate"
    require_same_updates(in_rates(found, setting), in_rates(wanted, setting), setting, what, _TOLERANCE)


def clearing_gradients_changes_nothing_else(subject: OptimizerUnderTest, setting: Setting) -> None:
    """`zero_grad` between updates clears gradients, into None or zeros that are written into again."""
    wanted = path_of(Trial(subject, setting), setting.gradients())
    for to_none in (True, False):
        trial = Trial(subject, setting)
        found = [trial.weights()]
        for row in setting.gradients():
            for parameter, gradient in zip(trial.parameters, row, strict=True):
                if parameter.grad is None:
                    parameter.grad = gradient.to(parameter.dtype, copy=True)
                else:
                    # what a backward does: it adds to what is there
                    parameter.grad.add_(gradient.to(parameter.dtype))
            trial.optimizer.step()
            found.append(trial.weights())
            trial.optimizer.zero_grad(set_to_none=to_none)
            left = [parameter.grad for parameter in trial.parameters]
            if any(gradient is not None and bool(gradient.any()) for gradient in left):
                raise BreachError(f"zero_grad(set_to_none={to_none}) leaves a gradient that is not 0")
        tolerance = 1e-12 if setting.dtype is torch.float64 else 1e-6
        require_close(found, wanted, f"with zero_grad(set_to_none={to_none}), weights at time", tolerance)


def form_changes_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The same elements as scalars, a matrix, a tensor of three dimensions, or beside one without elements."""
    size = torch.Size(FORMS[0]).numel()
    vector = replace(setting, groups=(replace(setting.groups[0], shapes=((size,),)),))
    rows, weights = vector.gradients(), vector.weights()
    wanted = in_rates(path_of(Trial(subject, vector), rows), vector)
    forms: list[tuple[tuple[int, ...], ...]] = [*((form,) for form in FORMS), ((),) * size, ((size,), (0,))]
    for shapes in forms:
        formed = replace(vector, groups=(replace(vector.groups[0], shapes=shapes),))
        trial = Trial(subject, formed, _formed(weights[0], shapes))
        path = path_of(trial, [_formed(row[0], shapes) for row in rows])
        found = [[torch.cat([each.reshape(-1) for each in row])] for row in in_rates(path, formed)]
        what = f"in {len(shapes)} of shape {shapes[0]}, update over rate"
        require_same_updates(found, wanted, vector, what, _TOLERANCE)


def settings_of_torch_are_left_alone(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients enabled, anomaly detection, the default dtype and threads are as they were."""
    with put_back():
        before = switches()
        path_of(Trial(subject, setting), setting.gradients())
        changed = [
            f"{name} was {before[name]} and is {value}" for name, value in switches().items() if value != before[name]
        ]
    if changed:
        raise BreachError(f"after updates {', '.join(changed)}")


def _formed(flat: Tensor, shapes: tuple[tuple[int, ...], ...]) -> list[Tensor]:
    sizes = [torch.Size(shape).numel() for shape in shapes]
    return [part.reshape(shape) for part, shape in zip(flat.split(sizes), shapes, strict=True)]
