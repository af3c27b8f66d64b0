"""The optimizer whose laws are checked: which class, how it is built, and which laws it waives.

One that is honestly different says which laws do not hold for it, and why:

class SignDescent(torch.optim.Optimizer):
    stablebert_waives = {"impulse-fades": "the update is the sign of the momentum: its size never changes"}
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stablebert.contract.kinds import Kind, kind_of
from stablebert.contract.known import known_of
from stablebert.contract.law import WAIVERS
from stablebert.contract.laws.table import LAWS
from stablebert.contract.laws.terms import SCALED
from stablebert.contract.switches import eager_on_one_thread
from stablebert.foreign import contained, reason_of

if TYPE_CHECKING:
    from torch.optim import Optimizer

# more elements than a block of 4,096, from which on some quantise
_LARGE = (80, 64)


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
        from stablebert.optim.driving import build

        kept = [{key: value for key, value in group.items() if key == "params" or self.takes(key)} for group in groups]
        # a class that asks for a rate gets one that no group has: each group brings its own
        usual = {"lr": 1.0, "weight_decay": 0.0} | dict(self.arguments) | options
        asked = {key: value for key, value in usual.items() if self.takes(key) or key in self.arguments}
        return build(self.kind, kept, asked)

    def takes(self, name: str) -> bool:
        """Return whether the class takes a keyword argument."""
        return name in self._defaults

    def lacks(self, need: str) -> str | None:
        """Return why a law with this need says nothing about the optimizer, or None.

        Args:
            need: `eps`, `betas`, `amsgrad`, `maximize`, `float64`, `tensor rate`, `decay`, `decoupled decay`,
                `coupled decay` or `foreach or fused`.
        """
        if need == "eps":
            return None if isinstance(self._defaults.get("eps"), float) else "takes no eps as one number"
        if need == "foreach or fused":
            return None if self.takes("foreach") or self.takes("fused") else "takes neither foreach nor fused"
        if need == "float64":
            return None if need in self.precisions else "does no float64"
        if need == "tensor rate":
            return self._refusal_of_a_tensor
        if need in ("amsgrad", "maximize"):
            return self._refusal_of(need) if self.takes(need) else f"takes no {need}"
        if need == "betas":
            pair = self._defaults.get("betas")
            return None if isinstance(pair, tuple | list) and len(pair) == 2 else "takes no betas as two numbers"
        if not self.takes("weight_decay"):
            return "takes no weight_decay"
        if need == "decay" or self._decay == need:
            return None
        if self._decay == "silent":
            return "does not say whether its weight decay is coupled"
        return f"says or shows that its weight decay is {self._decay.removesuffix(' decay')}"

    @cached_property
    def behaves_as(self) -> Kind:
        """What it is taken for."""
        return kind_of(self.kind)

    @cached_property
    def precisions(self) -> tuple[str, ...]:
        """The dtypes in which its laws are checked: as trained, and with more digits where it has them."""
        return ("float64", "float32") if _steps_in(self, "float64") else ("float32",)

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        from stablebert.optim.adapter import accepted

        return accepted(self.kind)

    def _refusal_of(self, switch: str) -> str | None:
        """Return why it is not built with a switch that it takes, None where it is."""
        import torch

        from stablebert.optim.adapter import OptimizerError

        try:
            self.build([{"params": [torch.nn.Parameter(torch.ones(1))], "lr": 1e-3}], **{switch: True})
        except OptimizerError as error:
            return f"refuses {switch}: {error}"
        return None

    @cached_property
    def _refusal_of_a_tensor(self) -> str | None:
        """Why it does no update at a rate that is a tensor, None where it does."""
        import torch

        weight = torch.nn.Parameter(torch.ones(1))
        optimizer = self.build([{"params": [weight], "lr": 1e-3}])
        optimizer.param_groups[0]["lr"] = torch.tensor(1e-3, dtype=torch.float64)
        weight.grad = torch.ones(1)
        try:
            with contained(self.name):
                optimizer.step()
        except Exception as error:
            return f"does no update at a rate that is a tensor: {reason_of(error.__cause__ or error)}"
        return None

    @cached_property
    def _decay(self) -> str:
        """What it says of its decay; for one that says nothing, what it does to a weight without gradient."""
        import torch

        weight = torch.nn.Parameter(torch.ones(2, 2))
        rate, decay = 1e-2, 1e-5
        optimizer = self.build([{"params": [weight], "lr": rate, "weight_decay": decay}])
        group = optimizer.param_groups[0]
        for name in ("decoupled_weight_decay", "weight_decouple"):
            if name in group:
                return "decoupled decay" if group[name] else "coupled decay"
        if self.behaves_as not in SCALED:
            return "silent"
        weight.grad = torch.zeros(2, 2)
        with eager_on_one_thread():
            optimizer.step()
        # through the moments the smallest decay moves a weight by a rate, or by a tenth of it in a matrix
        return "coupled decay" if float((1 - weight.detach()).max()) > rate / 20 else "decoupled decay"


def load_subject(path: str, arguments: str = "{}") -> OptimizerUnderTest:
    """Return the optimizer of a class path, after one update with it.

    Args:
        path: `package.module:Class`.
        arguments: Its keyword arguments as a JSON object.

    Raises:
        ContractError: it does not import, is no optimizer, does not take the arguments, or cannot step here, be it only
            on a tensor as large as a model's.

    Example:
        >>> load_subject("torch.optim:AdamW", '{"eps": 1e-6}').name
        'torch.optim:AdamW {"eps": 1e-6}'
    """
    from stablebert.optim.adapter import OptimizerError
    from stablebert.optim.driving import load_class, parse_arguments, probe

    try:
        kind, given = load_class(path), parse_arguments(arguments)
        subject = OptimizerUnderTest(f"{path} {arguments}" if given else path, kind, MappingProxyType(given))
        kind_of(kind)
        with eager_on_one_thread():
            probe(kind, given)
            _update_large(subject)
    except (OptimizerError, ValueError) as error:
        raise ContractError(f"{path!r} with the arguments {arguments}: {error}") from error
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
    of_others: dict[str, str] = {}
    for each in reversed(list(known_of(kind))):
        of_others |= each.waives
    return MappingProxyType({**of_others, **declared})


def _update_large(subject: OptimizerUnderTest) -> None:
    """Update a matrix as large as a model's once: some have another kernel for these, which may be of a GPU alone.

    Raises:
        ContractError: it cannot.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        matrix = torch.nn.Parameter(torch.linspace(1, 2, math.prod(_LARGE)).view(_LARGE))
        optimizer = subject.build([{"params": [matrix], "lr": 1e-3, "weight_decay": 0.0}])
        matrix.grad = matrix.detach() - 1.5
        try:
            with contained(subject.name):
                optimizer.step()
        except Exception as error:
            reason = reason_of(error.__cause__ or error)
            where = f"a matrix of {' x '.join(map(str, _LARGE))}"
            raise ContractError(
                f"{subject.kind.__name__} cannot be driven here: an update of {where} raised {reason}"
            ) from error


def _steps_in(subject: OptimizerUnderTest, precision: str) -> bool:
    import torch

    dtype = getattr(torch, precision)
    tensors = [torch.nn.Parameter(torch.full(shape, 1 + 2.0**-40, dtype=dtype)) for shape in ((4, 6), (4,))]
    with torch.random.fork_rng(devices=[]), eager_on_one_thread():
        try:
            optimizer = subject.build([{"params": tensors, "lr": 1e-3, "weight_decay": 0.0}])
            for tensor in tensors:
                tensor.grad = tensor.detach().clone()
            with contained(subject.name):
                optimizer.step()
        except Exception:
            return False
    if not all(bool(tensor.isfinite().all()) for tensor in tensors):
        return False
    # one that computes in float32 and casts back steps too
    return precision != "float64" or any(bool((tensor != tensor.float()).any()) for tensor in tensors)
