"""Optimizers with one planted defect each: a part of a right one replaced, as real code bases have had it."""

from types import ModuleType

from tests.contract.planted import decay, epsilon, groups, handling, kernels, kinds, late, moments, sizes, state, use

FILES: tuple[ModuleType, ...] = (sizes, epsilon, moments, decay, groups, state, use, late, handling, kernels, kinds)
