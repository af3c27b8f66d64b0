"""Laws of independence: parameters do not notice each other, however grouped and computed, with or without gradient."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from stablebert.contract.law import BreachError
from stablebert.contract.setting import Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Row, Trial, in_rates, path_of, require_close, require_equal

_TOLERANCE = 1e-8
# of weights, where nothing is divided by a rate
_SAME_WEIGHTS = 1e-10
_DTYPES = (torch.float32, torch.float64)


def groups_keep_rate_and_decay(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Each group alone does what it does beside the others."""
    together = path_of(Trial(subject, setting), setting.gradients())
    alone: list[list[Tensor]] = [[] for _ in together]
    start = 0
    for group in setting.groups:
        part = slice(start, start + len(group.shapes))
        trial = Trial(subject, replace(setting, groups=(group,)), setting.weights()[part])
        for found, row in zip(alone, path_of(trial, [row[part] for row in setting.gradients()]), strict=True):
            found += row
        start = part.stop
    _require_same(together, alone, setting, "all groups in one optimizer, update over rate")


def partition_changes_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """One group a parameter does what the groups do."""
    split = path_of(Trial(subject, setting.one_parameter_a_group()), setting.gradients())
    whole = path_of(Trial(subject, setting), setting.gradients())
    _require_same(split, whole, setting, "one parameter a group, update over rate")


def order_changes_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Everything in reverse order gets the same updates."""
    trial = Trial(subject, setting.reversed(), setting.weights()[::-1])
    backwards = [row[::-1] for row in path_of(trial, [row[::-1] for row in setting.gradients()])]
    _require_same(
        backwards, path_of(Trial(subject, setting), setting.gradients()), setting, "in reverse order, update over rate"
    )


def dtypes_in_a_group_change_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A float32 and a float64 parameter in one group do what each does in an optimizer of its own."""
    group = replace(setting.groups[0], shapes=((2,), (2,)))
    pair = replace(setting, groups=(group,))
    together = path_of(Trial(subject, pair, dtypes=_DTYPES), pair.gradients())
    alone: list[list[Tensor]] = [[] for _ in together]
    for place, dtype in enumerate(_DTYPES):
        single = replace(setting, groups=(replace(group, shapes=((2,),)),))
        trial = Trial(subject, single, pair.weights()[place : place + 1], dtypes=(dtype,))
        for found, row in zip(alone, path_of(trial, [row[place : place + 1] for row in pair.gradients()]), strict=True):
            found += row
    require_close(together, alone, "float32 and float64 in one group, weights at time", 1e-12)


def kernels_agree(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Whatever computes the update, it is the same."""
    off: dict[str, Any] = {"foreach": False, "fused": False}
    kernels = {name: off | {name: True} for name in off if subject.takes(name)}
    plain = path_of(Trial(subject, setting, **off), setting.gradients())
    for name, options in kernels.items():
        trial = Trial(subject, setting, **options)
        kept = {key: value for key, value in trial.optimizer.param_groups[0].items() if key in kernels}
        if not kept.get(name, True):
            raise BreachError(f"{name}=True is taken and not kept: the groups say {kept}")
        _require_same(path_of(trial, setting.gradients()), plain, setting, f"{name}, update over rate")


def missing_gradient_changes_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The last parameter has no gradient: it stays, and the others do what they do beside one that has."""
    path = path_of(Trial(subject, setting), _without_last(setting.gradients()))
    require_equal([row[-1:] for row in path], [path[0][-1:]] * len(path), "without gradient, weights at time")
    usual = path_of(Trial(subject, setting), setting.gradients())
    what = "beside a parameter without gradient, weights at time"
    require_close([row[:-1] for row in path], [row[:-1] for row in usual], what, _SAME_WEIGHTS)


def late_parameter_gets_its_first_step(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The last parameter has no gradient at first, and then does what it would have done from the start."""
    usual = setting.gradients()
    path = path_of(Trial(subject, setting), [*_without_last(usual), *usual])[setting.steps :]
    wanted = path_of(Trial(subject, setting), usual)
    what = f"after {setting.steps} updates without gradient, weights at time"
    require_close([row[-1:] for row in path], [row[-1:] for row in wanted], what, _SAME_WEIGHTS)


def _require_same(found: list[list[Tensor]], wanted: list[list[Tensor]], setting: Setting, what: str) -> None:
    require_close(in_rates(found, setting), in_rates(wanted, setting), what, _TOLERANCE)


def _without_last(gradients: list[list[Tensor]]) -> list[Row]:
    return [[*row[:-1], None] for row in gradients]
