"""Laws of independence: parameters do not notice each other, however grouped and computed, with or without gradient."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import FEW, LONG, PIECES, SIZED
from stablebert.contract.setting import Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Row, Trial, in_rates, path_of, require_close, require_equal, require_same_updates

_TOLERANCE = 1e-8
# of weights, where nothing is divided by a rate
_SAME_WEIGHTS = 1e-10
# no number of parameters that comes out even in twos, threes or fours, whatever stands beside them
_MANY = ((2,), (3, 2), (), (1,), (2,), (5,), (2, 2), (3,), (1,))
_SWITCHES = {"amsgrad": 1, "maximize": 2}
_DTYPES = (torch.float32, torch.float64)
_BETAS = ((0.9, 0.999), (0.5, 0.9))
_EPSILONS = (1e-8, 0.5)


def groups_keep_rate_and_decay(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Each group alone does what it does beside the others, also where its betas, epsilon and direction are its own."""
    together = path_of(_with_own_settings(Trial(subject, setting), subject, 0), setting.gradients())
    alone: list[list[Tensor]] = [[] for _ in together]
    start = 0
    for place, group in enumerate(setting.groups):
        part = slice(start, start + len(group.shapes))
        trial = Trial(subject, replace(setting, groups=(group,)), setting.weights()[part])
        _with_own_settings(trial, subject, place)
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
    """Whatever computes the update, it is the same, also of more parameters than are taken at a time."""
    # which switches are on, and what is missing or long, goes by the seed
    switches: dict[str, Any] = {
        name: bool(setting.seed & bit) for name, bit in _SWITCHES.items() if not subject.lacks(name)
    }
    first, long = setting.groups[0], ((LONG,),) if setting.seed & 4 else ()
    setting = replace(setting, groups=(replace(first, shapes=(*first.shapes, *_MANY, *long)), *setting.groups[1:]))
    rows = _without(setting.gradients(), 0) if setting.seed & 8 else setting.gradients()
    off: dict[str, Any] = {"foreach": False, "fused": False}
    kernels = {name: off | {name: True} for name in off if subject.takes(name)}
    plain = path_of(Trial(subject, setting, **off, **switches), rows)
    beside = "".join(f" with {name}" for name, on in switches.items() if on)
    for name, options in kernels.items():
        trial = Trial(subject, setting, **options, **switches)
        kept = {key: value for key, value in trial.optimizer.param_groups[0].items() if key in kernels}
        if not kept.get(name, True):
            raise BreachError(f"{name}=True is taken and not kept: the groups say {kept}")
        _require_same(path_of(trial, rows), plain, setting, f"{name}{beside}, update over rate")


def missing_gradient_changes_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """One parameter has no gradient: it stays, and the others do what they do beside one that has."""
    usual = path_of(Trial(subject, setting), setting.gradients())
    for place in {0, len(setting.shapes) - 1}:
        path = path_of(Trial(subject, setting), _without(setting.gradients(), place))
        start = [path[0][place : place + 1]] * len(path)
        require_equal([row[place : place + 1] for row in path], start, "without gradient, weights at time")
        what = "beside a parameter without gradient, weights at time"
        _require_same_weights([_but(row, place) for row in path], [_but(row, place) for row in usual], setting, what)


def late_parameter_gets_its_first_step(subject: OptimizerUnderTest, setting: Setting) -> None:
    """One parameter joins late: it does what it would have done from the start, and the others go on as they were."""
    usual = setting.gradients()
    twice = [*usual, *usual]
    wanted, alone = path_of(Trial(subject, setting), usual), path_of(Trial(subject, setting), twice)
    for place in {0, len(setting.shapes) - 1}:
        path = path_of(Trial(subject, setting), [*_without(usual, place), *usual])
        joined = [row[place : place + 1] for row in path[setting.steps :]]
        what = f"after {setting.steps} updates without gradient, weights at time"
        _require_same_weights(joined, [row[place : place + 1] for row in wanted], setting, what)
        what = "beside a parameter that joins late, weights at time"
        _require_same_weights([_but(row, place) for row in path], [_but(row, place) for row in alone], setting, what)


def absent_gradient_is_a_pause(subject: OptimizerUnderTest, setting: Setting) -> None:
    """One parameter has a gradient, then none, then one again: it does what it does without the gap."""
    usual = setting.gradients()
    wanted = path_of(Trial(subject, setting), [*usual, *usual])
    for place in {0, len(setting.shapes) - 1}:
        path = path_of(Trial(subject, setting), [*usual, *_without(usual, place), *usual])
        found = [*path[: setting.steps + 1], *path[2 * setting.steps + 1 :]]
        what = f"with a gap of {setting.steps} updates without gradient, weights at time"
        _require_same_weights(
            [row[place : place + 1] for row in found], [row[place : place + 1] for row in wanted], setting, what
        )


def late_group_gets_its_first_step(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A group is added after some updates: it does what it does in an optimizer of its own, and the others go on."""
    group = setting.groups[-1]
    early = replace(setting, groups=(replace(setting.groups[0], decay=0.0),))
    trial = Trial(subject, early)
    gone_on = path_of(Trial(subject, early), early.gradients() * 2)[setting.steps :]
    path_of(trial, early.gradients())
    late = replace(setting, groups=(group,))
    wanted = path_of(Trial(subject, late), late.gradients())
    weights = [torch.nn.Parameter(weight.to(setting.dtype)) for weight in late.weights()]
    options = {"lr": group.rate, "weight_decay": group.decay}
    trial.optimizer.add_param_group(
        {"params": weights, **{name: value for name, value in options.items() if subject.takes(name)}}
    )
    found = [[weight.detach().clone() for weight in weights]]
    others = [trial.weights()]
    for before, row in zip(early.gradients(), late.gradients(), strict=True):
        for weight, gradient in zip(weights, row, strict=True):
            weight.grad = gradient.to(weight.dtype)
        trial.step(before)
        found.append([weight.detach().clone() for weight in weights])
        others.append(trial.weights())
    _require_same(found, wanted, late, "in a group added late, update over rate")
    _require_same(others, gone_on, early, "beside a group added late, update over rate")


def tensors_are_moved_whole(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A long tensor does what its pieces do as parameters of their own, and its first elements what they do alone."""
    whole = replace(setting, groups=(replace(setting.groups[0], shapes=((LONG,),)),), steps=2)
    pieces = replace(whole, groups=(replace(whole.groups[0], shapes=((LONG // PIECES,),) * PIECES),))
    found = [[row[0]] for row in path_of(Trial(subject, whole), whole.gradients())]
    wanted = [[torch.cat(row)] for row in path_of(Trial(subject, pieces), pieces.gradients())]
    _require_same(found, wanted, whole, f"in a tensor of {LONG} elements, update over rate")
    few = replace(whole, groups=(replace(whole.groups[0], shapes=((FEW,),)),))
    alone = path_of(Trial(subject, few, [whole.weights()[0][:FEW]]), [[row[0][:FEW]] for row in whole.gradients()])
    _require_same([[row[0][:FEW]] for row in found], alone, few, f"of the first of {LONG} elements, update over rate")


def layout_changes_nothing(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A transposed weight with a transposed gradient, as autograd lays it out, does what a contiguous one does."""
    single = setting.of_one((3, 5))
    usual = path_of(Trial(subject, single), single.gradients())
    trial = Trial(subject, single)
    weight = trial.parameters[0]
    weight.data = weight.data.t().contiguous().t()
    found = [trial.weights()]
    for row in single.gradients():
        weight.grad = row[0].to(weight.dtype).t().contiguous().t()
        trial.optimizer.step()
        found.append(trial.weights())
    _require_same(found, usual, single, "of a transposed weight, update over rate")


def _with_own_settings(trial: Trial, subject: OptimizerUnderTest, first: int) -> Trial:
    """Give groups betas, epsilon and direction of their own, by their place in the setting, where they mean Adam's."""
    if subject.behaves_as in SIZED:
        own = {"betas": _BETAS, "eps": _EPSILONS, "maximize": (False, True), "amsgrad": (False, True)}
        for place, group in enumerate(trial.optimizer.param_groups, first):
            group.update(
                {name: values[place % 2] for name, values in own.items() if name in group and not subject.lacks(name)}
            )
    return trial


def _require_same_weights(found: list[list[Tensor]], wanted: list[list[Tensor]], setting: Setting, what: str) -> None:
    require_close(found, wanted, what, _SAME_WEIGHTS if setting.dtype is torch.float64 else 1e-6)


def _require_same(found: list[list[Tensor]], wanted: list[list[Tensor]], setting: Setting, what: str) -> None:
    require_same_updates(in_rates(found, setting), in_rates(wanted, setting), setting, what, _TOLERANCE)


def _without(gradients: list[list[Tensor]], place: int) -> list[Row]:
    return [[None if here == place else gradient for here, gradient in enumerate(row)] for row in gradients]


def _but(row: list[Tensor], place: int) -> list[Tensor]:
    return [tensor for here, tensor in enumerate(row) if here != place]
