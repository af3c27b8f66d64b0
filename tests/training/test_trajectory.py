"""The trajectory fingerprint: one deterministic path sees every defect in the wiring of a run."""

import numpy as np
import pytest
import torch

from stablebert.training.fast.native import kernels
from tests.training.fast.native.kept import NEEDS_KERNELS
from tests.training.trajectory import COLUMNS, METHODS, read, trajectory, write_exact_encoder

# float64 rounding, grown over fifty updates; vectorised exp and erf differ in the last bit between processors
TOLERANCE = 1e-8


@pytest.fixture(scope="module")
def exact_encoder(tmp_path_factory):
    return write_exact_encoder(tmp_path_factory.mktemp("exact"))


def distance(found, stored):
    """Return the largest relative difference in any column."""
    return max(
        float(np.max(np.abs(np.array(found[name]) - stored[name]) / (np.abs(stored[name]) + 1e-12))) for name in COLUMNS
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_path_is_the_stored_one(method, exact_encoder):
    assert distance(trajectory(method, exact_encoder), read(method)) < TOLERANCE


def test_an_optimizer_put_in_the_methods_place_is_the_run_of_that_method(exact_encoder):
    # the whole vocabulary and torch's default kernel, against a compact one and the fused kernel
    found = trajectory("debiased", exact_encoder, optimizer="stablebert.optim:BertAdam")
    assert distance(found, read("bertadam")) < TOLERANCE
    assert distance(found, read("debiased")) > 1e-2


@NEEDS_KERNELS
@pytest.mark.parametrize("method", METHODS)
def test_the_native_path_is_the_portable_one(method, exact_encoder):
    portable = trajectory(method, exact_encoder, dropout=0.0)
    assert distance(trajectory(method, exact_encoder, dropout=0.0, kernels="auto"), portable) < TOLERANCE


@NEEDS_KERNELS
def test_a_kernel_that_is_slightly_off_would_be_seen(exact_encoder, monkeypatch):
    right = kernels.residual_norm_backward

    def slightly_off(*given):
        rows, *others = right(*given)
        return (1.0001 * rows, *others)

    monkeypatch.setattr(kernels, "residual_norm_backward", slightly_off)
    portable = trajectory("debiased", exact_encoder, dropout=0.0)
    assert distance(trajectory("debiased", exact_encoder, dropout=0.0, kernels="auto"), portable) > TOLERANCE


@pytest.mark.parametrize("method", METHODS)
def test_in_single_precision_it_stays_close_while_rounding_is_small(method, exact_encoder):
    found, stored = trajectory(method, exact_encoder, double=False), read(method)
    early = {name: values[:10] for name, values in found.items()}
    assert distance(early, {name: values[:10] for name, values in stored.items()}) < 5e-3


def test_the_recipe_is_in_it():
    for method in METHODS:
        stored = read(method)
        assert len(stored["loss"]) == 50
        assert stored["rate"][0] == 0.0
        assert stored["update_norm"][0] == 0.0
        assert max(stored["gradient_norm"]) > 0.5, "clipping never acts"
        assert (max(stored["decay_norm"]) > 0) == ("wdecay" in method)


def test_a_change_of_the_wiring_is_seen(exact_encoder, monkeypatch):
    # the planted defect: each tensor clipped alone
    clip = torch.nn.utils.clip_grad_norm_

    def clip_alone(parameters, limit):
        return torch.stack([clip([tensor], limit) for tensor in parameters]).norm()

    monkeypatch.setattr("torch.nn.utils.clip_grad_norm_", clip_alone)
    assert distance(trajectory("debiased", exact_encoder), read("debiased")) > 1e-3
