"""A model as its methods change it, and the optimizer of a run: the method's, or one of others in its place.

What a method says that it has done is checked.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from stablebert.methods.base import Groups, Method, MethodError, Start, trainable_group
from stablebert.optim.adapter import OptimizerError as OptimizerError
from stablebert.optim.adapter import adapter_of
from stablebert.optim.driving import build, load_class, parse_arguments, probe
from stablebert.paper import Fidelity
from stablebert.runs import Recipe


def change_model(methods: Sequence[Method], model: nn.Module, start: Start) -> dict[str, Any]:
    """Let methods change a model, one after the other, and return the census of all.

    Args:
        methods: As from `resolve`.
        model: The classifier with its fresh head.
        start: What else they may use.

    Raises:
        MethodError: a method has changed values that it does not name as `reinitialized`, or names a matrix that it has
            left as it was: its census would say what was not done.
    """
    census: dict[str, Any] = {}
    for method in methods:
        if type(method).change_model is Method.change_model:
            continue
        before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
        found = method.change_model(model, start)
        _check(type(method).__name__, before, model, found.get("reinitialized", ()))
        census |= found
    return census


def _check(method: str, before: dict[str, torch.Tensor], model: nn.Module, said: Sequence[str]) -> None:
    now = dict(model.named_parameters())
    changed = {name for name, value in before.items() if name in now and not _equal(value, now[name].detach())}
    # a bias of zeros is redrawn as zeros; a matrix never comes out as it was
    still = [name for name in said if name not in changed and (name not in before or before[name].ndim > 1)]
    if still:
        raise MethodError(f"method {method} says that it has redrawn {_some(still)}, which did not move")
    silent = sorted(changed - set(said))
    if silent:
        raise MethodError(f"method {method} has changed {_some(silent)} and does not name it as 'reinitialized'")


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    # the first comparison is cheap and nearly always enough; the second takes one NaN for another
    return torch.equal(one, other) or torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def parameter_groups(methods: Sequence[Method], model: nn.Module, recipe: Recipe, fidelity: Fidelity) -> Groups:
    """Return the groups that an optimizer gets: every trainable parameter, with what the methods set.

    Args:
        methods: As from `resolve`.
        model: The classifier, after the methods have changed it.
        recipe: The hyperparameters.
        fidelity: Which quirks of the released code they have.

    Raises:
        MethodError: a trainable parameter is in no group or in two.
    """
    groups = trainable_group(model, lr=recipe.learning_rate)
    for method in methods:
        groups = method.refine_groups(groups, model, recipe, fidelity)
    _check_partition(groups, [parameter for parameter in model.parameters() if parameter.requires_grad])
    return groups


def build_optimizer(
    methods: Sequence[Method],
    model: nn.Module,
    recipe: Recipe,
    replacement: str | None = None,
    arguments: str = "{}",
    *,
    start: Start,
) -> torch.optim.Optimizer:
    """Return the optimizer of a run over every trainable parameter, peak rates in its groups.

    Args:
        methods: As from `resolve`; at most one gives an optimizer.
        model: The classifier, after the methods have changed it.
        recipe: The hyperparameters.
        replacement: `package.module:Class` of an optimizer that takes the place of the method's, or None.
        arguments: Keyword arguments of the replacement as JSON; `lr` scales the rates of the methods, and what a method
            sets a group stays.
        start: What the methods may use beside the model.

    Raises:
        MethodError: a trainable parameter is in no group or in two.
        OptimizerError: the replacement cannot be built.
    """
    groups = parameter_groups(methods, model, recipe, start.fidelity)
    if replacement is not None:
        optimizer = _build_replacement(replacement, arguments, groups, model, recipe)
    else:
        built = (method.build_optimizer(groups, recipe) for method in methods)
        optimizer = next((found for found in built if found), None) or _debiased(groups, recipe)
    for method in methods:
        optimizer = method.wrap_optimizer(optimizer, model, start)
    return optimizer


def _debiased(groups: Groups, recipe: Recipe) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        groups,
        lr=recipe.learning_rate,
        betas=recipe.betas,
        eps=recipe.eps,
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _check_partition(groups: Groups, trainable: list[torch.nn.Parameter]) -> None:
    counts = Counter(id(parameter) for group in groups for parameter in group["params"])
    missing = sum(id(parameter) not in counts for parameter in trainable)
    twice = sum(count > 1 for count in counts.values())
    if missing or twice:
        raise MethodError(f"parameter groups: {missing} trainable parameters are in no group, {twice} in more than one")


def _build_replacement(
    path: str, arguments: str, groups: Groups, model: nn.Module, recipe: Recipe
) -> torch.optim.Optimizer:
    kind, given = load_class(path), parse_arguments(arguments)
    apart = _apart(model) if adapter_of(kind).matrices else set()
    built = build(kind, groups, given, rate=recipe.learning_rate, apart=apart)
    probe(kind, given, groups[0]["params"][0].device)
    return built


def _apart(model: nn.Module) -> set[int]:
    """Return the `id`s of matrices that are no linear map between hidden states: embeddings and the fresh head."""
    embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding)]
    head = getattr(model, "classifier", None)
    outside = [*embeddings, head] if isinstance(head, nn.Module) else embeddings
    return {id(tensor) for module in outside for tensor in module.parameters()}
