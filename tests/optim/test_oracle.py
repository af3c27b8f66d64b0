"""Whole trajectories of BERTAdam and of debiased Adam against Algorithm 1 in float64 numpy."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.optim import BertAdam
from tests.optim.oracle import FLOAT64, Defect, Group, algorithm_1

STEPS = 8
UNITS = {torch.float64: FLOAT64, torch.float32: 2.0**-24, torch.bfloat16: 2.0**-9}
KERNELS = {"loop": {"foreach": False, "fused": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}
# a schedule as that of the paper: first update at rate 0, a peak, a decay to nearly 0
FACTORS = (0.0, 0.5, 1.0, 0.8, 0.6, 0.4, 0.2, 0.1)


@dataclass(frozen=True)
class Problem:
    """Parameters of three numbers, one to three a group."""

    groups: tuple[Group, ...]
    sizes: tuple[int, ...]
    scale: float
    zeros: float
    max_norm: float | None
    seed: int

    @property
    def group_of_each(self):
        return [group for group, size in zip(self.groups, self.sizes, strict=True) for _ in range(size)]

    def numbers(self, dtype):
        """Weights, and gradients of which a share is 0, as numbers that the dtype has."""
        generator = np.random.default_rng(self.seed)
        count = len(self.group_of_each)
        weights = generator.normal(size=(count, 3))
        gradients = self.scale * generator.normal(size=(STEPS, count, 3))
        gradients[generator.random(gradients.shape) < self.zeros] = 0
        return [torch.tensor(numbers).to(dtype) for numbers in (weights, gradients)]


GROUPS = st.builds(
    Group,
    lr=st.sampled_from([1e-3, 1e-5, 0.1]),
    beta1=st.sampled_from([0.9, 0.0, 0.999]),
    beta2=st.sampled_from([0.999, 0.0, 0.5, 0.9999]),
    eps=st.sampled_from([1e-8, 1e-12, 1e-3]),
    decay=st.sampled_from([0.01, 0.5, 0.0]),
)
PROBLEMS = st.lists(st.tuples(GROUPS, st.integers(1, 3)), min_size=2, max_size=3).flatmap(
    lambda pairs: st.builds(
        Problem,
        groups=st.just(tuple(group for group, _ in pairs)),
        sizes=st.just(tuple(size for _, size in pairs)),
        scale=st.sampled_from([1.0, 1e-8, 1e-3, 1e6]),
        zeros=st.sampled_from([0.1, 0.9, 1.0]),
        max_norm=st.sampled_from([None, 1.0, 1e-3]),
        seed=st.integers(0, 99),
    )
)
CORNERS = {
    "decay in every group": lambda problem: all(group.decay > 0 for group in problem.groups),
    "two groups": lambda problem: len(problem.groups) == 2,
    "three groups": lambda problem: len(problem.groups) == 3,
    "two rates": lambda problem: len({group.lr for group in problem.groups}) > 1,
    "tiny gradients": lambda problem: problem.scale == 1e-8 and problem.zeros < 1,
    "huge gradients": lambda problem: problem.scale == 1e6 and problem.zeros < 1,
    "only zero gradients": lambda problem: problem.zeros == 1,
    "large epsilon": lambda problem: any(group.eps == 1e-3 for group in problem.groups),
    "tiny epsilon": lambda problem: any(group.eps == 1e-12 for group in problem.groups),
    "no first moment": lambda problem: any(group.beta1 == 0 for group in problem.groups),
    "no second moment": lambda problem: any(group.beta2 == 0 for group in problem.groups),
    "clipped": lambda problem: problem.max_norm is not None and problem.scale * 3 > problem.max_norm,
    "not clipped": lambda problem: problem.max_norm is None,
}


def build(parameters, problem, corrected, kernel):
    left = iter(parameters)
    groups = [
        {
            "params": [next(left) for _ in range(size)],
            "lr": group.lr,
            "betas": (group.beta1, group.beta2),
            "eps": group.eps,
            "weight_decay": group.decay,
        }
        for group, size in zip(problem.groups, problem.sizes, strict=True)
    ]
    return (torch.optim.AdamW if corrected else BertAdam)(groups, **KERNELS[kernel])


def trajectory(problem, corrected, kernel, dtype=torch.float64):
    """Return the weights after every update, one array (updates, parameters, 3)."""
    weights, gradients = problem.numbers(dtype)
    parameters = [torch.nn.Parameter(weight.clone()) for weight in weights]
    optimizer = build(parameters, problem, corrected, kernel)
    path = []
    for row, factor in zip(gradients, FACTORS, strict=True):
        for group, given_ in zip(optimizer.param_groups, problem.groups, strict=True):
            group["lr"] = given_.lr * factor
        for parameter, gradient in zip(parameters, row, strict=True):
            parameter.grad = gradient.clone()
        if problem.max_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, problem.max_norm)
        optimizer.step()
        path.append(torch.stack([parameter.detach().double() for parameter in parameters]).numpy())
    return np.array(path)


def wanted(problem, corrected, dtype=torch.float64, defect=None):
    weights, gradients = (numbers.double().numpy() for numbers in problem.numbers(dtype))
    path, bounds = algorithm_1(
        weights,
        gradients,
        problem.group_of_each,
        FACTORS,
        corrected=corrected,
        max_norm=problem.max_norm,
        unit=UNITS[dtype],
        defect=defect,
    )
    return np.array(path), np.array(bounds)


def excess(problem, corrected, kernel, dtype=torch.float64, defect=None):
    """Return the largest difference over what rounding explains."""
    path, bounds = wanted(problem, corrected, dtype, defect)
    return float((np.abs(trajectory(problem, corrected, kernel, dtype) - path) / (bounds + 1e-300)).max())


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("corrected", [False, True], ids=["uncorrected", "corrected"])
@given(PROBLEMS)
@settings(max_examples=60)
def test_a_trajectory_is_that_of_the_algorithm(kernel, corrected, problem):
    assert excess(problem, corrected, kernel) <= 1


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("corrected", [False, True], ids=["uncorrected", "corrected"])
@given(PROBLEMS)
@settings(max_examples=30)
def test_a_trajectory_in_low_precision_is_as_close_as_rounding_allows(kernel, corrected, dtype, problem):
    assert excess(problem, corrected, kernel, dtype) <= 1


# what every defect shows on: two rates, decay, an epsilon that matters, clipping that cuts
TELLING = Problem(
    groups=(Group(0.1, 0.9, 0.999, 1e-2, 0.5), Group(1e-3, 0.9, 0.99, 1e-2, 0.1)),
    sizes=(2, 1),
    scale=1.0,
    zeros=0.1,
    max_norm=1.0,
    seed=1,
)


@pytest.mark.parametrize(
    ("corrected", "defect"),
    # BERTAdam corrects nothing, so it counts nothing
    [(kind, defect) for kind in (False, True) for defect in Defect if kind or defect is not Defect.STEP_OFF_BY_ONE],
    ids=lambda value: getattr(value, "name", f"corrected {value}"),
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_a_wrong_algorithm_is_told_from_the_right_one(dtype, corrected, defect):
    assert excess(TELLING, corrected, "loop", dtype) <= 1
    assert excess(TELLING, corrected, "loop", dtype, defect) > 1000


@pytest.mark.parametrize("corrected", [False, True], ids=["uncorrected", "corrected"])
def test_the_wrong_correction_is_seen_in_bfloat16_too(corrected):
    assert excess(TELLING, corrected, "fused", torch.bfloat16) <= 1
    assert excess(TELLING, corrected, "fused", torch.bfloat16, Defect.CORRECTION) > 3


def test_every_corner_is_drawn():
    drawn = []

    @given(PROBLEMS)
    @settings(max_examples=60, database=None, derandomize=True)
    def draw(problem):
        drawn.append(problem)

    draw()
    assert [name for name, holds in CORNERS.items() if not any(holds(problem) for problem in drawn)] == []
