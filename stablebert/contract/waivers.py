"""Waivers: an optimizer that is honestly different says which laws do not hold for it, and why.

class SignDescent(torch.optim.Optimizer):
    stablebert_waives = {"impulse-fades": "the update is the sign of the momentum: its size never changes"}
"""

from collections.abc import Mapping
from types import MappingProxyType

from stablebert.contract.law import WAIVERS
from stablebert.contract.laws import LAWS
from stablebert.contract.subject import ContractError


def waivers_of(kind: type) -> Mapping[str, str]:
    """Return the laws that a class waives, each with its reason.

    Args:
        kind: Class of the optimizer; one without `stablebert_waives` waives nothing.

    Raises:
        ContractError: it is no mapping, names a law that does not exist, or gives no reason.

    Example:
        >>> class Sign:
        ...     stablebert_waives = {"impulse-fades": "its size never changes"}
        >>> dict(waivers_of(Sign))
        {'impulse-fades': 'its size never changes'}
    """
    declared = getattr(kind, WAIVERS, {})
    if not isinstance(declared, Mapping):
        raise ContractError(
            f"{kind.__name__}.{WAIVERS} is a {type(declared).__name__}; it must map law names to reasons"
        )
    known = [law.name for law in LAWS]
    for name, reason in declared.items():
        if name not in known:
            raise ContractError(
                f"{kind.__name__}.{WAIVERS} names {name!r}, which is no law; choose from {', '.join(known)}"
            )
        if not isinstance(reason, str) or not reason.strip():
            raise ContractError(f"{kind.__name__}.{WAIVERS} waives {name!r} without a reason; say why in a sentence")
    return MappingProxyType(dict(declared))
