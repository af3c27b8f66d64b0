"""The optimizer whose laws are checked: which class, how it is built, and which laws it waives.

One that is honestly different says which laws do not hold for it, and why:

class SignDescent(torch.optim.Optimizer):
    stablebert_waives = {"impulse-fades": "the update is the sign of the momentum: its size never changes"}
"""

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stablebert.contract.law import WAIVERS
from stablebert.contract.laws.table import LAWS

if TYPE_CHECKING:
    from torch.optim import Optimizer


class ContractError(ValueError):
    """An optimizer cannot be built, or its waivers are not well formed: no law can be checked."""


@dataclass(frozen=True)
class OptimizerUnderTest:
    """A class and the keyword arguments that it is judged with.

    Attributes:
        name: How it is called in messages.
        kind: The class: takes parameter groups first, as those of `torch.optim` do.
        arguments: Keyword arguments; a law overrides those that it is about.
    """

    name: str
    kind: "type[Any]"
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def build(self, groups: Sequence[Mapping[str, Any]], **options: Any) -> "Optimizer":
        """Return an optimizer over groups; what the class does not take is not passed.

        Args:
            groups: Torch parameter groups, each with `params`, `lr` and `weight_decay`.
            options: Keyword arguments in place of the subject's.
        """
        kept = [{key: value for key, value in group.items() if key == "params" or self.takes(key)} for group in groups]
        # a class that asks for a rate gets one that no group has: each group brings its own
        usual = {"lr": 1.0, "weight_decay": 0.0} | dict(self.arguments) | options
        asked = {key: value for key, value in usual.items() if self.takes(key) or key in self.arguments}
        built: Optimizer = self.kind(kept, **asked)
        return built

    def takes(self, name: str) -> bool:
        """Return whether the class takes a keyword argument."""
        return name in self._defaults

    def lacks(self, need: str) -> str | None:
        """Return why a law with this need says nothing about the optimizer, or None.

        Args:
            need: `eps`, `decoupled decay`, `coupled decay` or `foreach or fused`.
        """
        if need == "eps":
            return None if isinstance(self._defaults.get("eps"), float) else "takes no eps as one number"
        if need == "foreach or fused":
            return None if self.takes("foreach") or self.takes("fused") else "takes neither foreach nor fused"
        if not self.takes("weight_decay"):
            return "takes no weight_decay"
        said = "decoupled decay" if self._decouples else "coupled decay"
        return None if said == need else f"says that its weight decay is {said.removesuffix(' decay')}"

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        """Keyword arguments of the class, also those that it passes on to its bases."""
        found: dict[str, Any] = {}
        for base in self.kind.__mro__:
            if "__init__" not in vars(base) or base is object:
                continue
            parameters = list(inspect.signature(vars(base)["__init__"]).parameters.values())[2:]
            found = {each.name: each.default for each in parameters if each.kind is not each.VAR_KEYWORD} | found
            if not any(each.kind is each.VAR_KEYWORD for each in parameters):
                break
        return found

    @cached_property
    def _decouples(self) -> bool:
        # torch's classes say it in every group; one that says nothing is taken for an AdamW
        return bool(self.build([_group()]).param_groups[0].get("decoupled_weight_decay", True))


def load_subject(path: str, arguments: str = "{}") -> OptimizerUnderTest:
    """Return the optimizer of a class path, after building it once.

    Args:
        path: `package.module:Class`.
        arguments: Its keyword arguments as a JSON object.

    Raises:
        ContractError: it does not import, is no optimizer, or does not take the arguments.

    Example:
        >>> load_subject("torch.optim:AdamW", '{"eps": 1e-6}').name
        'torch.optim:AdamW {"eps": 1e-6}'
    """
    module, _, name = path.partition(":")
    try:
        kind = getattr(importlib.import_module(module), name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ContractError(f"{path!r} (package.module:Class) does not import: {reason}") from error
    if not isinstance(kind, type):
        raise ContractError(f"{path!r} is not a class, but of type {type(kind).__name__}")
    given = json.loads(arguments)
    subject = OptimizerUnderTest(f"{path} {arguments}" if given else path, kind, MappingProxyType(given))
    try:
        built = subject.build([_group()])
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ContractError(f"{path!r} does not take the arguments {arguments}: {reason}") from error
    import torch

    if not isinstance(built, torch.optim.Optimizer):
        raise ContractError(f"{path!r} is not a torch.optim.Optimizer but a {type(built).__name__}")
    return subject


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


def _group() -> dict[str, Any]:
    import torch

    return {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 1e-3, "weight_decay": 0.0}
