"""Algorithm 1 of the paper (Section 4) in float64 numpy, with a bound on what rounding can do to it.

Written from the paper's lines, with the decoupled decay of its footnote: theta *= 1 - lr * decay before line 11. BERTAdam
is the algorithm without lines 9 and 10. Every switch of `Defect` is a mistake that real code has had.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

FLOAT64 = 2.0**-53


class Defect(StrEnum):
    CORRECTION = "bias correction where there is none, or none where there is one"
    STEP_OFF_BY_ONE = "the step of the correction counts from 2"
    EPSILON_INSIDE = "epsilon inside the root"
    EPSILON_BEFORE_CORRECTION = "epsilon on the other side of the correction"
    COUPLED = "decay added to the gradient"
    NO_DECAY = "no decay"
    DECAY_WITHOUT_RATE = "decay not times the rate"
    DECAY_AT_PEAK = "decay times the peak rate"
    DECAY_AFTER = "decay after the update"
    FIRST_RATE = "the first group's rate for all"
    CLIP_A_TENSOR = "the norm of each tensor is clipped"
    NO_CLIP = "nothing is clipped"
    BETAS_SWAPPED = "the betas change places"


@dataclass(frozen=True)
class Group:
    lr: float
    beta1: float
    beta2: float
    eps: float
    decay: float


def algorithm_1(weights, gradients, groups, factors, *, corrected, max_norm=None, unit=FLOAT64, defect=None):
    """Return the weights after every update, and how far arithmetic of this rounding unit may be from them.

    Args:
        weights: One array a parameter.
        gradients: One row an update, an array a parameter.
        groups: The group of each parameter.
        factors: Of the rate, one an update.
        corrected: Whether lines 9 and 10 are done.
        max_norm: Largest norm of all gradients together, or None.
        unit: Half the distance from 1 to the next number.
        defect: A mistake to make.
    """
    corrected ^= defect is Defect.CORRECTION
    parameters = [_Parameter(theta, group, unit) for theta, group in zip(weights, groups, strict=True)]
    path, bounds = [], []
    for t, (row, factor) in enumerate(zip(gradients, factors, strict=True), 1):
        norm = np.sqrt(sum((g**2).sum() for g in row))
        clipped = row if defect is Defect.NO_CLIP else _clipped(row, max_norm, alone=defect is Defect.CLIP_A_TENSOR)
        # torch adds 1e-6 to the norm; half as much again for the second order
        slack = (8 * unit + 1.5e-6 / norm) if max_norm is not None and norm > 0 else 0.0
        for parameter, g in zip(parameters, clipped, strict=True):
            lr = groups[0].lr if defect is Defect.FIRST_RATE else parameter.group.lr
            parameter.update(t, g, slack * np.abs(g), lr, factor, corrected, defect)
        path.append([parameter.theta.copy() for parameter in parameters])
        bounds.append([parameter.error.copy() for parameter in parameters])
    return path, bounds


def _clipped(row, max_norm, *, alone):
    if max_norm is None:
        return row
    if alone:
        return [_clipped([g], max_norm, alone=False)[0] for g in row]
    norm = np.sqrt(sum((g**2).sum() for g in row))
    return [g * min(1.0, max_norm / norm) if norm else g for g in row]


class _Parameter:
    """One parameter, its moments, and the running error of each (first order, generous by a small factor)."""

    def __init__(self, theta, group, unit):
        self.theta, self.group, self.unit = theta.astype(np.float64), group, unit
        self.m, self.v, self.m_error, self.v_error, self.error = (np.zeros_like(self.theta) for _ in range(5))

    def update(self, t, g, g_error, lr, factor, corrected, defect):
        group, u = self.group, self.unit
        beta1, beta2 = (group.beta2, group.beta1) if defect is Defect.BETAS_SWAPPED else (group.beta1, group.beta2)
        if defect is Defect.COUPLED:
            g = g + group.decay * self.theta

        self.m_error = beta1 * self.m_error + (1 - beta1) * g_error + 3 * u * (abs(self.m) + (1 - beta1) * abs(g))
        self.v_error = beta2 * self.v_error + (1 - beta2) * 2 * abs(g) * g_error
        self.m = beta1 * self.m + (1 - beta1) * g  # line 7
        self.v = beta2 * self.v + (1 - beta2) * g**2  # line 8
        self.v_error = self.v_error + 3 * u * self.v

        step = t + (defect is Defect.STEP_OFF_BY_ONE)
        first, second = (1 - beta1**step, 1 - beta2**step)
        mhat, vhat = (self.m / first, self.v / second) if corrected else (self.m, self.v)  # lines 9 and 10
        eps = group.eps
        if defect is Defect.EPSILON_BEFORE_CORRECTION:
            eps = eps / np.sqrt(second) if corrected else eps * np.sqrt(second)
        below = np.sqrt(vhat + eps) if defect is Defect.EPSILON_INSIDE else np.sqrt(vhat) + eps
        ratio = mhat / below

        rate = lr * factor
        shrink = 1 - self._decay_rate(lr, rate, defect) * group.decay
        if defect is Defect.DECAY_AFTER:
            self.theta = (self.theta - rate * ratio) * shrink
        else:
            self.theta = self.theta * shrink - rate * ratio  # line 11

        scale = first if corrected else 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            root_error = np.where(self.v > 0, self.v_error / (2 * np.sqrt(self.v)), 0.0)
        below_error = root_error / (np.sqrt(second) if corrected else 1.0) + 3 * u * below
        exponent = 8 * FLOAT64 * (1 / first + 1 / second)
        ratio_error = self.m_error / scale / below + abs(ratio) * (below_error / below + 3 * u + exponent)
        self.error = self.error + rate * ratio_error + 3 * u * (abs(self.theta) + rate * abs(ratio))

    def _decay_rate(self, lr, rate, defect):
        if defect in (Defect.NO_DECAY, Defect.COUPLED):
            return 0.0
        return {Defect.DECAY_WITHOUT_RATE: 1.0, Defect.DECAY_AT_PEAK: lr}.get(defect, rate)
