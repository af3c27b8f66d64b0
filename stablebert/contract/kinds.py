"""What an optimizer behaves as, which decides the laws that are asked of it."""

from enum import StrEnum

from stablebert.contract.known import known_of
from stablebert.contract.law import KIND


class Kind(StrEnum):
    """Kinds of optimizers, each with laws of its own.

    Attributes:
        ADAM: Moments with betas, an update of about one rate an element.
        SIGN: Every element moves by the same amount, as in Lion.
        ORTHOGONAL: A matrix moves by an orthogonal one, as in Muon.
        SCHEDULE_FREE: Other weights in training than in evaluation, whose average is the schedule.
        OTHER: Anything else: only the laws of use, independence and memory are asked.
    """

    ADAM = "adam"
    SIGN = "sign"
    ORTHOGONAL = "orthogonal"
    SCHEDULE_FREE = "schedule-free"
    OTHER = "other"


def kind_of(optimizer: type) -> Kind:
    """Return what an optimizer behaves as: what its class says, what is known of it, else what its arguments suggest.

    One of which nothing is known and that takes betas or an epsilon is taken for an Adam, the strictest of all; with
    betas and no epsilon it is one of signs if its first two updates are of one size.

    Args:
        optimizer: Its class.

    Raises:
        ValueError: it says a kind that there is not.

    Example:
        >>> import torch
        >>> [str(kind_of(each)) for each in (torch.optim.AdamW, torch.optim.Muon, torch.optim.SGD)]
        ['adam', 'orthogonal', 'other']
    """
    from stablebert.optim.adapter import accepted, adapter_of

    declared = getattr(optimizer, KIND, None)
    if declared is not None:
        if declared not in list(Kind):
            wanted = ", ".join(Kind)
            raise ValueError(f"{optimizer.__name__}.{KIND} is {declared!r}, which is no kind; choose from {wanted}")
        return Kind(declared)
    for known in known_of(optimizer):
        if known.kind:
            return Kind(known.kind)
    adapter = adapter_of(optimizer)
    if adapter.own_schedule:
        return Kind.SCHEDULE_FREE
    if adapter.matrices:
        return Kind.ORTHOGONAL
    takes = {"betas", "eps"} & set(accepted(optimizer))
    if takes == {"betas"} and _moves_by_signs(optimizer):
        return Kind.SIGN
    return Kind.ADAM if takes else Kind.OTHER


def is_guessed(optimizer: type) -> bool:
    """Return whether a kind is only what an optimizer's arguments suggest: nobody says it.

    Args:
        optimizer: Its class.

    Example:
        >>> import torch
        >>> is_guessed(type("Mine", (torch.optim.Optimizer,), {})), is_guessed(torch.optim.SGD)
        (True, False)
    """
    return getattr(optimizer, KIND, None) is None and not any(known.kind for known in known_of(optimizer))


def _moves_by_signs(optimizer: type) -> bool:
    """Return whether a gradient of 1 and one of a half move a weight by the same; an Adam's second move is smaller."""
    import torch

    from stablebert.optim.driving import build

    weight = torch.nn.Parameter(torch.zeros(1))
    path = [0.0]
    try:
        built = build(optimizer, [{"params": [weight], "lr": 1e-2}])
        for gradient in (1.0, 0.5):
            weight.grad = torch.tensor([gradient])
            built.step()
            path.append(weight.item())
    except Exception:
        # whatever it is, it cannot be driven, which the probe says
        return False
    first, second = path[1] - path[0], path[2] - path[1]
    return first != 0 and abs(second - first) <= 1e-4 * abs(first)
