"""Laws of Adam's size and memory, exactly: one rate, or the curve of BERTAdam; betas, epsilon, AMSGrad, maximize."""

from typing import Any

from torch import Tensor

from stablebert.contract.law import BreachError
from stablebert.contract.laws.terms import AT_LAST, CONSTANT, LARGE
from stablebert.contract.setting import Setting, multiplied
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.contract.trial import Trial, path_of, require_close, require_same_updates, tolerance_in, updates_of
from stablebert.optim import bias_ratio

Betas = tuple[float, float]

_BETAS: tuple[Betas, ...] = ((0.9, 0.999), (0.8, 0.95), (0.5, 0.9), (0.9, 0.9))
_TOLERANCE = 1e-5
_AGES = 30
_AT_LAST_TOLERANCE = 1e-4


def constant_gradient_moves_one_rate(subject: OptimizerUnderTest, setting: Setting) -> None:
    """One element, a constant gradient: sizes are one rate throughout, or those of BERTAdam at these betas."""
    betas, options = _betas(subject, setting)
    sizes = _sizes(subject, setting, [1.0] * CONSTANT, **options)
    _require_one_rate(sizes, betas, tolerance_in(setting, _TOLERANCE))


def constant_gradient_moves_one_rate_at_last(subject: OptimizerUnderTest, setting: Setting) -> None:
    """The same over as many updates as a run has."""
    betas, options = _betas(subject, setting)
    sizes = _sizes(subject, setting, [1.0] * AT_LAST, **options)
    # weights have come far, and are rounded there
    _require_one_rate(sizes, betas, max(_AT_LAST_TOLERANCE, tolerance_in(setting, _AT_LAST_TOLERANCE)))


def _require_one_rate(sizes: list[float], betas: Betas, share: float) -> None:
    debiased = [1.0] * len(sizes)
    biased = [bias_ratio(step, betas) for step in range(1, len(sizes) + 1)]
    for step, size in enumerate(sizes, 1):
        for curve in (debiased, biased):
            if any(abs(here - there) > share * there for here, there in zip(sizes[:step], curve[:step], strict=True)):
                continue
            break
        else:
            raise BreachError(
                f"update {step} under a constant gradient is {size:.6g} rates; 1 wanted, or BERTAdam's "
                f"{biased[step - 1]:.6g} at betas {betas}"
            )


def second_update_is_that_of_the_betas(subject: OptimizerUnderTest, setting: Setting) -> None:
    """A gradient, then 0: the ratio of the second update to the first is beta1 / sqrt(beta2), corrected or not."""
    betas, options = _betas(subject, setting)
    first, second = _sizes(subject, setting, [1.0, 0.0], **options)
    if not first > 0:
        raise BreachError("a first gradient moves nothing")
    plain = betas[0] / betas[1] ** 0.5
    corrected = plain / bias_ratio(2, betas) * bias_ratio(1, betas)
    wanted = corrected if _is_debiased(first, betas) else plain
    if not abs(second - wanted * first) <= tolerance_in(setting, _TOLERANCE) * first:
        raise BreachError(
            f"with betas {betas}, after one gradient and a 0, the second update is {second / first:.6g} of "
            f"the first, wanted {wanted:.6g}"
        )


def epsilon_equal_to_the_gradient_halves_updates(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Epsilon as large as a constant gradient: half of each update, or BERTAdam's share."""
    betas, options = _betas(subject, setting)
    ones = [1.0] * setting.steps
    without = _sizes(subject, setting, ones, **options)
    found = _sizes(subject, setting, ones, **options, eps=setting.scale)
    if not min(without) > 0:
        raise BreachError("a constant gradient moves nothing")
    debiased = _is_debiased(without[0], betas)
    for step, (size, usual) in enumerate(zip(found, without, strict=True), 1):
        root = (1 - betas[1] ** step) ** 0.5
        wanted = 0.5 if debiased else root / (root + 1)
        if not abs(size - wanted * usual) <= tolerance_in(setting, _TOLERANCE) * usual:
            raise BreachError(
                f"with epsilon equal to a constant gradient update {step} is {size / usual:.6g} of the usual, "
                f"wanted {wanted:.6g}"
            )


def amsgrad_keeps_the_largest(subject: OptimizerUnderTest, setting: Setting) -> None:
    """With amsgrad a large gradient keeps later updates small, not a constant one; without, it is forgotten."""
    ones = [1.0] * setting.steps
    same, usual = (_sizes(subject, setting, ones, amsgrad=on) for on in (True, False))
    if any(
        abs(here - there) > tolerance_in(setting, _TOLERANCE) * there for here, there in zip(same, usual, strict=True)
    ):
        raise BreachError(f"under a constant gradient updates with amsgrad are {same} rates, without it {usual}")
    gradients = [float(LARGE), *[1.0] * _AGES]
    options = {"betas": (0.5, 0.5)} if not subject.lacks("betas") else {}
    kept = _sizes(subject, setting, gradients, amsgrad=True, **options)[-1]
    forgot = _sizes(subject, setting, gradients, amsgrad=False, **options)[-1]
    if not kept < 10 / LARGE:
        raise BreachError(f"with amsgrad, {_AGES} updates after a large gradient, an update is {kept:.6g} rates")
    if options and not forgot > 0.5:
        raise BreachError(f"without amsgrad, {_AGES} updates after a large gradient, an update is {forgot:.6g} rates")


def maximize_ascends(subject: OptimizerUnderTest, setting: Setting) -> None:
    """With maximize, gradients do what their negatives do without; decay is as it was."""
    up = path_of(Trial(subject, setting, maximize=True), setting.gradients())
    down = path_of(Trial(subject, setting, maximize=False), multiplied(setting.gradients(), -1.0))
    tolerance = 1e-9 if setting.dtype.itemsize == 8 else 1e-5
    require_close(up, down, "with maximize, weights at time", tolerance)


def every_update_is_one_size(subject: OptimizerUnderTest, setting: Setting) -> None:
    """Every update of every element with a gradient is one rate."""
    setting = setting.without_decay()
    ones = [[gradient * 0 + 1 for gradient in row] for row in setting.gradients()]
    sizes = [[update.abs() for update in row] for row in updates_of(subject, setting, ones)]
    wanted = [[update * 0 + 1 for update in row] for row in sizes]
    require_same_updates(sizes, wanted, setting, "under a constant gradient, size over rate of update", _TOLERANCE)


def _betas(subject: OptimizerUnderTest, setting: Setting) -> tuple[Betas, dict[str, Any]]:
    """Return the betas that the updates are made with, and options: these where they are taken, and no AMSGrad."""
    off: dict[str, Any] = {} if subject.lacks("amsgrad") else {"amsgrad": False}
    if subject.lacks("betas"):
        # hard-wired ones are the usual
        return _BETAS[0], off
    betas = _BETAS[setting.seed % len(_BETAS)]
    return betas, off | {"betas": betas}


def _is_debiased(first: float, betas: Betas) -> bool:
    return abs(first - 1) < abs(first - bias_ratio(1, betas))


def _sizes(subject: OptimizerUnderTest, setting: Setting, factors: list[float], **options: Any) -> list[float]:
    """Return the size in rates of each update of one element, whose gradients are these multiples of the scale."""
    single = setting.of_one((1,), steps=len(factors))
    rows: list[list[Tensor]] = [[single.origin()[0] + factor * setting.scale] for factor in factors]
    updates = updates_of(subject, single, rows, single.origin(), **options)
    return [float(row[0].abs().max()) for row in updates]
