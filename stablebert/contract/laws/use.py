"""Laws of use: what an optimizer may touch, and how a loop and a scheduler drive it."""

import random
import warnings
from typing import Any

import numpy
import torch

from stablebert.contract.law import BreachError
from stablebert.contract.setting import Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import (
    Trial,
    in_rates,
    negligible_epsilon,
    path_of,
    require_close,
    require_equal,
    require_same_updates,
    updates_of,
)

_FACTORS = (0.0, 0.5, 1.0, 0.75, 0.5, 0.25)
_LOSS = 0.125


def gradients_are_not_changed(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Gradients are the same before and after."""
    trial = Trial(subject, setting)
    for row in setting.gradients():
        trial.step(row)
        left = [parameter.grad for parameter in trial.parameters]
        if any(gradient is None for gradient in left):
            raise BreachError("a gradient is None after the update")
        given = [gradient.to(setting.dtype) for gradient in row]
        require_equal([[gradient for gradient in left if gradient is not None]], [given], "gradients after update")


def settings_are_not_changed(subject: OptimizerUnderTest, setting: Setting) -> None:
    """What the groups were built with is the same before and after."""
    trial = Trial(subject, setting)
    before = [_plain(subject, group) for group in trial.optimizer.param_groups]
    for row in setting.gradients():
        trial.step(row)
    after = [_plain(subject, group) for group in trial.optimizer.param_groups]
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        changed = [f"{key} was {old[key]!r} and is {new.get(key)!r}" for key in old if old[key] != new.get(key)]
        if changed:
            raise BreachError(f"group {place}: {', '.join(changed)}")


def equal_inputs_give_equal_updates(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Twice the same is the same, bit for bit."""
    one, other = (path_of(Trial(subject, setting), setting.gradients()) for _ in range(2))
    require_equal(one, other, "done twice, weights at time")


def scheduler_sets_the_rate(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Updates under a scheduler are those of the constant rate times the factor."""
    setting = setting.without_decay()
    trial = Trial(subject, setting, **negligible_epsilon(subject))
    scheduler = torch.optim.lr_scheduler.LambdaLR(trial.optimizer, lambda step: _FACTORS[step % len(_FACTORS)])
    path = [trial.weights()]
    for row in setting.gradients():
        trial.step(row)
        with warnings.catch_warnings():
            # the scheduler looks for its own wrapper, which not every class keeps
            warnings.simplefilter("ignore", UserWarning)
            scheduler.step()
        path.append(trial.weights())
    constant = updates_of(subject, setting, weights=setting.weights())
    wanted = [[factor * update for update in row] for factor, row in zip(_FACTORS, constant, strict=False)]
    require_same_updates(in_rates(path, setting), wanted, setting, "under a scheduler, update over peak rate", 1e-5)


def closure_runs_once_with_gradients(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The closure's gradients are those of the update, and its loss comes back."""
    trial = Trial(subject, setting)
    row = setting.gradients()[0]
    enabled: list[bool] = []

    def closure() -> float:
        enabled.append(torch.is_grad_enabled())
        trial.give(row)
        return _LOSS

    returned = trial.optimizer.step(closure)
    if enabled != [True]:
        raise BreachError(f"the closure was called {len(enabled)} times, gradients enabled: {enabled}")
    if not isinstance(returned, float | torch.Tensor) or float(returned) != _LOSS:
        raise BreachError(f"step(closure) returned {returned!r}, the closure {_LOSS!r}")
    wanted = path_of(Trial(subject, setting), [row])
    require_close(
        [trial.weights()],
        wanted[1:],
        "with a closure, weights after update",
        1e-12 if setting.dtype is torch.float64 else 1e-6,
    )


def low_precision_keeps_its_dtype(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Parameters are the same tensors of the same dtype before and after, and finite."""
    for dtype in (torch.float32, torch.bfloat16):
        trial = Trial(subject, setting, dtypes=(dtype,))
        places = [parameter.data_ptr() for parameter in trial.parameters]
        path_of(trial, setting.gradients())
        for parameter, place in zip(trial.parameters, places, strict=True):
            if parameter.dtype != dtype:
                raise BreachError(f"a parameter of {dtype} has become {parameter.dtype}")
            if parameter.data_ptr() != place:
                raise BreachError(
                    f"a parameter of {dtype} has new storage: whoever shares its weights sees the old ones"
                )
            if not bool(parameter.isfinite().all()):
                raise BreachError(f"a parameter of {dtype} is not finite")


def random_stream_is_left_alone(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The global random streams of torch, NumPy and Python stand where they stood."""
    before = _streams()
    path_of(Trial(subject, setting), setting.gradients())
    moved = [name for name, state in _streams().items() if state != before[name]]
    if moved:
        raise BreachError(
            f"an update moves the global random stream of {' and '.join(moved)}, and so what is drawn later"
        )


def sparse_gradients_are_refused_or_right(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A sparse gradient, as an embedding gives it, is refused in words that say so, or does what the dense one does."""
    single = setting.of_one((4, 2), steps=1)
    values = single.gradients()[0][0].to(single.dtype)
    # the first row is stored twice, the second not at all
    sparse = torch.sparse_coo_tensor(torch.tensor([[0, 2, 3, 0]]), values, (4, 2), check_invariants=True)
    usual = path_of(Trial(subject, single), [[sparse.to_dense()]])
    trial = Trial(subject, single)
    trial.parameters[0].grad = sparse
    try:
        trial.optimizer.step()
    except Exception as error:
        if "sparse" not in str(error).lower():
            raise BreachError(f"refused without a word of sparse: {type(error).__name__}: {error}") from error
        return
    require_close([trial.weights()], usual[1:], "with a sparse gradient, weights after update", 1e-6)


def _streams() -> dict[str, Any]:
    _, numbers, place, *_ = numpy.random.get_state()
    return {
        "torch": torch.get_rng_state().tolist(),
        "NumPy": [*map(int, numbers), place],
        "Python": random.getstate(),
    }


def _plain(subject: OptimizerUnderTest, group: dict[str, Any]) -> dict[str, Any]:
    kinds = (bool, int, float, str, tuple, type(None))
    return {key: value for key, value in group.items() if subject.takes(key) and isinstance(value, kinds)}
