"""An optimizer built as its adapter says, for a run and for its contract alike, and driven: rates and modes."""

import json
import math
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from stablebert.foreign import ForeignError, contained, load_object, reason_of
from stablebert.optim.adapter import ONLY, Adapter, OptimizerError, accepted, adapter_of, has_modes
from stablebert.optim.split import Split

Groups = Sequence[Mapping[str, Any]]
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def load_class(path: str) -> type:
    """Return the class at a path.

    Args:
        path: `package.module:Class`.

    Raises:
        OptimizerError: the path is of another form, does not import, or names no class of optimizers.

    Example:
        >>> load_class("torch.optim:AdamW").__name__
        'AdamW'
    """
    if not path.partition(":")[2]:
        raise OptimizerError(f"optimizer {path!r} is not of the form package.module:Class and does not import")
    try:
        kind = load_object(path)
    except ForeignError as error:
        raise OptimizerError(f"optimizer {path!r} (package.module:Class) {error}") from error
    if not isinstance(kind, type):
        raise OptimizerError(f"optimizer {path!r} is not a class, but of type {type(kind).__name__}")
    if not issubclass(kind, torch.optim.Optimizer):
        raise OptimizerError(f"optimizer {path!r} is not a torch.optim.Optimizer: {kind.__name__} inherits from none")
    return kind


def parse_arguments(text: str) -> dict[str, Any]:
    """Return keyword arguments of an optimizer.

    Args:
        text: A JSON object.

    Raises:
        OptimizerError: it is none.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OptimizerError(f"optimizer arguments {text!r} are not JSON: {error}") from error
    if not isinstance(given, dict):
        raise OptimizerError(f"optimizer arguments {text!r} are not a JSON object")
    return given


def build(
    kind: type,
    groups: Groups,
    arguments: Mapping[str, Any] = _NOTHING,
    *,
    rate: float | None = None,
    apart: Collection[int] = (),
) -> torch.optim.Optimizer:
    """Return an optimizer over groups, as its adapter says; in training mode where it has modes.

    Args:
        kind: Class of the optimizer.
        groups: Torch parameter groups, each with `params`, `lr` and what else a method sets: that stays, also where
            `arguments` name it, since it is what a cell is called after.
        arguments: Keyword arguments of the class. `lr` scales the rates of all groups by `lr / rate`.
        rate: The recipe's rate; None leaves the groups' rates alone, and `lr` is only what the class is built with.
        apart: `id`s of matrices that go with the rest where matrices go apart: embeddings and the head.

    Raises:
        OptimizerError: it cannot be driven, does not take the arguments or what a group sets, or is no optimizer.

    Example:
        >>> tensors = [torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2))]
        >>> ours = [{"params": [tensor], "lr": lr} for tensor, lr in zip(tensors, (2e-5, 1e-5))]
        >>> built = build(torch.optim.AdamW, ours, {"lr": 2e-3}, rate=2e-5)
        >>> [group["lr"] for group in built.param_groups]
        [0.002, 0.001]
    """
    adapter = adapter_of(kind)
    given = {**adapter.presets, **arguments}
    asked = given.pop("lr", adapter.own_rate)
    if rate is not None and asked is not None:
        factor = _checked(kind, asked) / rate
        groups = [{**group, "lr": group["lr"] * factor} for group in groups]
    takes = {"params", *accepted(kind)}
    unknown = sorted({key for group in groups for key in group} - takes)
    if unknown:
        # torch would carry an option along that its optimizer never reads
        raise OptimizerError(f"optimizer {kind.__name__!r} has no {', '.join(unknown)}, which the method sets a group")
    try:
        # a rate that no group has shows an optimizer that reads it in place of the group's
        at_large = asked if rate is None and asked is not None else max(group["lr"] for group in groups)
        with contained(kind.__name__):
            optimizer = _assembled(kind, adapter, groups, {**given, "lr": at_large}, apart)
    except Exception as error:
        reason = reason_of(error)
        raise OptimizerError(f"{kind.__name__} does not take the arguments {dict(arguments)}: {reason}") from error
    _switch(optimizer, training=True)
    return optimizer


def probe(kind: type, arguments: Mapping[str, Any] = _NOTHING, device: str | torch.device = "cpu") -> None:
    """Update two small matrices and a vector once, so that an optimizer that cannot step here says so at once.

    Args:
        kind: Class of the optimizer.
        arguments: Keyword arguments of it.
        device: Where it will run.

    Raises:
        OptimizerError: it cannot be built or cannot step, in one sentence.
    """
    # every warm-up begins at a rate of 0
    for rate, what in ((1e-3, "a first update"), (0.0, "an update at rate 0")):
        with torch.random.fork_rng(devices=[]):
            shapes = ((4, 6), (3, 5), (4,))
            tensors = [torch.nn.Parameter(torch.linspace(1, 2, math.prod(s)).view(s).to(device)) for s in shapes]
            optimizer = build(kind, [{"params": tensors, "lr": 1e-3}], arguments)
            for group in optimizer.param_groups:
                set_rate(group, rate)
            for tensor in tensors:
                tensor.grad = tensor.detach() - 1.5
            try:
                with contained(kind.__name__):
                    optimizer.step()
            except Exception as error:
                reason = reason_of(error.__cause__ or error)
                raise OptimizerError(f"{kind.__name__} cannot be driven here: {what} raised {reason}") from error
        if not all(bool(tensor.isfinite().all()) for tensor in tensors):
            raise OptimizerError(f"{kind.__name__} cannot be driven here: {what} leaves weights that are not finite")


def left_to_the_optimizer(kind: type, groups: Groups, arguments: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
    """Return all that an optimizer takes and that neither recipe, method nor caller sets: its own defaults decide.

    Args:
        kind: Class of the optimizer.
        groups: The groups that it gets.
        arguments: Keyword arguments given.

    Example:
        >>> left_to_the_optimizer(torch.optim.AdamW, [{"params": [], "lr": 1e-3}], {"eps": 1e-6})["weight_decay"]
        0.01
    """
    said = {"lr", *arguments, *(key for group in groups for key in group)}
    presets = adapter_of(kind).presets
    return {name: presets.get(name, default) for name, default in accepted(kind).items() if name not in said}


def set_rate(group: dict[str, Any], rate: float) -> None:
    """Set the rate of a group; one that is a tensor stays that tensor, since a compiled update reads it there."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


@contextmanager
def evaluating(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Hold an optimizer that has modes in evaluation mode, in which the weights are those to score and to keep."""
    _switch(optimizer, training=False)
    try:
        yield
    finally:
        _switch(optimizer, training=True)


def _switch(optimizer: torch.optim.Optimizer, *, training: bool) -> None:
    # a wrapper, such as `PretrainedDecay`, has no modes; what it wraps may
    inner: Any = optimizer
    while not has_modes(inner) and isinstance(getattr(inner, "optimizer", None), torch.optim.Optimizer):
        inner = inner.optimizer
    if has_modes(inner):
        inner.train() if training else inner.eval()


def _assembled(
    kind: type, adapter: Adapter, groups: Groups, given: Mapping[str, Any], apart: Collection[int]
) -> torch.optim.Optimizer:
    if not adapter.matrices:
        return kind([dict(group) for group in groups], **given)  # type: ignore[no-any-return]
    matrices = [part for group in groups if (part := _part(group, apart, of_matrices=True))]
    rest = [part for group in groups if (part := _part(group, apart, of_matrices=False))]
    if adapter.matrices != ONLY:
        flag = adapter.matrices
        flagged = [{**part, flag: True} for part in matrices] + [{**part, flag: False} for part in rest]
        return kind(flagged, **given)  # type: ignore[no-any-return]
    # the rest is trained as the recipe says: debiased Adam, which decays what a method says
    adam = torch.optim.AdamW(rest, lr=given["lr"], weight_decay=0.0) if rest else None
    main = kind(matrices, **given) if matrices else None
    if main is None or adam is None:
        return main or adam  # type: ignore[return-value]
    return Split(main, adam)


def _part(group: Mapping[str, Any], apart: Collection[int], *, of_matrices: bool) -> dict[str, Any] | None:
    chosen = [each for each in group["params"] if (each.ndim == 2 and id(each) not in apart) == of_matrices]
    return {**group, "params": chosen} if chosen else None


def _checked(kind: type, rate: Any) -> float:
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= sys.float_info.max:
        raise OptimizerError(f"{kind.__name__}: lr is {rate!r}; it must be a finite number >= 0")
    return float(rate)
