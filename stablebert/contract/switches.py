"""Torch's own switches: what they are, and put back after the code of others has run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def switches() -> dict[str, Any]:
    """Return torch's switches by name, as they are.

    Example:
        >>> switches()["gradients enabled"]
        True
    """
    import torch

    return {
        "gradients enabled": torch.is_grad_enabled(),
        "anomaly detection": torch.is_anomaly_enabled(),
        "the default dtype": torch.get_default_dtype(),
        "the number of threads": torch.get_num_threads(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
    }


@contextmanager
def put_back() -> Iterator[None]:
    """Leave torch's switches as they were, whatever was done to them."""
    import torch

    held = switches()
    try:
        yield
    finally:
        torch.set_grad_enabled(held["gradients enabled"])
        torch.autograd.set_detect_anomaly(held["anomaly detection"])
        torch.set_default_dtype(held["the default dtype"])
        torch.set_num_threads(held["the number of threads"])
        torch.use_deterministic_algorithms(held["deterministic algorithms"])


@contextmanager
def eager_on_one_thread() -> Iterator[None]:
    """Compute on one thread, as a run does, and compile nothing: a compiler takes a minute for each shape and dtype.

    On tensors of a few elements further threads only wait for each other. Torch's switches are put back.
    """
    import torch

    with put_back(), torch.compiler.set_stance("force_eager"):
        torch.set_num_threads(1)
        yield
