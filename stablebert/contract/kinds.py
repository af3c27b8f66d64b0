"""What an optimizer behaves as, which decides the laws that are asked of it."""

from enum import StrEnum

from stablebert.contract.known import known_of

# attribute of a class that says what it behaves as
KIND = "stablebert_kind"


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

    One of which nothing is known and that takes betas or an epsilon is taken for an Adam, the strictest of all.

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
    return Kind.ADAM if {"betas", "eps"} & set(accepted(optimizer)) else Kind.OTHER
