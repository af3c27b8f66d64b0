"""What is known of optimizers of others: what they behave as, and which laws they honestly do not keep."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Known:
    """What is known of one class.

    Attributes:
        kind: A `Kind`, or empty where its arguments say enough.
        waives: Reasons by law.
    """

    kind: str = ""
    waives: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def known_of(optimizer: type) -> Iterator[Known]:
    """Yield what is known of an optimizer's class and of its bases, the nearest first.

    Args:
        optimizer: The class.

    Example:
        >>> import torch
        >>> [known.kind for known in known_of(torch.optim.SGD)]
        ['other']
    """
    for base in optimizer.__mro__:
        package = base.__module__.partition(".")[0]
        for name in (f"{package}:{base.__name__}", f"{package}:*"):
            if name in KNOWN:
                yield KNOWN[name]


_NESTEROV = "its momentum looks one update ahead"
_LARGEST = "its second moment is a largest size, not a mean of squares"
_RECTIFIED = "its first five updates have no second moment"

KNOWN: Mapping[str, Known] = {
    "torch:NAdam": Known(
        waives={"constant-gradient-moves-one-rate": _NESTEROV, "second-update-is-that-of-the-betas": _NESTEROV}
    ),
    "torch:Adamax": Known(waives={"second-update-is-that-of-the-betas": _LARGEST}),
    "torch:RAdam": Known(
        waives=dict.fromkeys(
            (
                "first-step-is-a-constant-times-rate",
                "updates-ignore-gradient-scale",
                "epsilon-has-the-unit-of-gradients",
                "constant-gradient-moves-one-rate",
                "second-update-is-that-of-the-betas",
                "epsilon-equal-to-the-gradient-halves-the-first-step",
            ),
            _RECTIFIED,
        )
    ),
    "torch:Rprop": Known(
        waives={"zero-rate-moves-nothing": "its rate is the size of a first step only; later steps grow by themselves"}
    ),
    # an epsilon, and yet no Adam
    **{f"torch:{name}": Known("other") for name in ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adafactor")},
}
