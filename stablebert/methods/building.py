"""The optimizer of a run: the method's, or one of others put in its place."""

import importlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch

from stablebert.encoders.classifier import Classifier
from stablebert.methods.base import Method, MethodError
from stablebert.runs import Recipe


class OptimizerError(ValueError):
    """An optimizer of others does not import, is not an optimizer, or does not take its arguments."""


def build_optimizer(
    methods: Sequence[Method],
    model: Classifier,
    recipe: Recipe,
    replacement: str | None = None,
    arguments: str = "{}",
) -> torch.optim.Optimizer:
    """Return the optimizer of a run over every trainable parameter, peak rates in its groups.

    Args:
        methods: As from `resolve`; at most one gives groups and one an optimizer.
        model: The classifier, after the methods have changed it.
        recipe: The hyperparameters.
        replacement: `package.module:Class` of an optimizer that takes the place of the method's, or None.
        arguments: Keyword arguments of the replacement as JSON; the rate is the recipe's unless given.

    Raises:
        MethodError: a trainable parameter is in no group or in two.
        OptimizerError: the replacement cannot be built.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    proposed = (method.parameter_groups(model, recipe) for method in methods)
    groups = next((found for found in proposed if found), None) or [
        {"params": trainable, "lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    ]
    _check_partition(groups, trainable)
    if replacement is not None:
        return _build_replacement(replacement, arguments, groups, recipe)
    built = (method.build_optimizer(groups, recipe) for method in methods)
    return next((optimizer for optimizer in built if optimizer), None) or torch.optim.AdamW(
        groups,
        lr=recipe.learning_rate,
        betas=recipe.betas,
        eps=recipe.eps,
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _check_partition(groups: list[dict[str, Any]], trainable: list[torch.nn.Parameter]) -> None:
    counts = Counter(id(parameter) for group in groups for parameter in group["params"])
    missing = sum(id(parameter) not in counts for parameter in trainable)
    twice = sum(count > 1 for count in counts.values())
    if missing or twice:
        raise MethodError(f"parameter groups: {missing} trainable parameters are in no group, {twice} in more than one")


def _build_replacement(
    path: str, arguments: str, groups: list[dict[str, Any]], recipe: Recipe
) -> torch.optim.Optimizer:
    module_name, _, class_name = path.partition(":")
    if not class_name:
        raise OptimizerError(f"optimizer {path!r} is not of the form package.module:Class")
    try:
        kind = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise OptimizerError(f"optimizer {path!r} does not import: {error}") from error
    try:
        given = json.loads(arguments)
    except json.JSONDecodeError as error:
        raise OptimizerError(f"optimizer arguments {arguments!r} are not JSON: {error}") from error
    if not isinstance(given, dict):
        raise OptimizerError(f"optimizer arguments {arguments!r} are not a JSON object")
    # the groups carry what the method decides; what the caller gives, and the class's own defaults, come first
    bare = [{key: value for key, value in group.items() if key in ("params", "lr")} for group in groups]
    if "lr" in given:
        bare = [{"params": group["params"]} for group in bare]
    try:
        optimizer = kind(bare, **{"lr": recipe.learning_rate, **given})
    except TypeError as error:
        raise OptimizerError(f"optimizer {path!r} does not take the arguments {arguments}: {error}") from error
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise OptimizerError(f"optimizer {path!r} is not a torch.optim.Optimizer but a {type(optimizer).__name__}")
    return optimizer
