"""The models of several seeds as one: transformers' own modules over stacked layers, fed by one row for all."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from stablebert.encoders.model import Classifier
from stablebert.methods.mixout import MixoutLinear
from stablebert.training.examples import Encoding
from stablebert.training.fast import products
from stablebert.training.fast.native.modules import Dropout, ResidualNorm
from stablebert.training.fast.packing import FirstTokenBlock, in_row, interface_function, no_mask
from stablebert.training.forward import in_precision
from stablebert.training.setup import Run
from stablebert.training.stacked.seed_masks import Draws
from stablebert.training.stacked.stacked_layers import (
    HeadDropout,
    StackedDropout,
    StackedEmbedding,
    StackedLinear,
    StackedNorm,
    StackedResidualNorm,
    by_seed,
)
from stablebert.training.stacked.stacked_row import StackedRow, attend

# the name under which transformers knows the attention
_ATTENTION = "stablebert_stacked"
_LINEARS = (nn.Linear, products.OneDnnLinear, MixoutLinear)
_DROPOUTS = (nn.Dropout, Dropout)
# what takes a packed row elsewhere takes the row of a stack here
_attend: Any = attend


class Stack:
    """The classifiers of runs of one cell as one model; their own modules stay as they are, for evaluation.

    Args:
        runs: Prepared runs of one cell and different seeds, whose family can be packed.

    Raises:
        ValueError: a module with weights is of a kind that cannot be stacked.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        first = runs[0]
        self._seeds, self._device = len(runs), first.model.device
        self._draws = Draws([run.streams for run in runs], self._device)
        self._model = _stacked([run.model for run in runs], _Kinds(self._draws, first.model))
        self._body = _pooling_each(self._model, self._seeds)
        self._multiple = products.recurring_tokens(self._device.type, first.spec.arithmetic)
        # a batch of the stack is one batch a seed
        passes: Any = self._pass
        self._forward: Any = in_precision(passes, first.spec.arithmetic, self._device.type)

    def logits(self, steps: Sequence[int], batches: Sequence[Sequence[Encoding]]) -> tuple[Tensor, ...]:
        """Return the logits of each seed's batch in training, shape (examples, labels) each.

        Args:
            steps: 0-based update of each seed.
            batches: One a seed, of equal numbers of examples.
        """
        self._draws.begin(steps)
        found: Tensor = self._forward(self._model, batches)
        return found.unbind()

    def _pass(self, model: Any, batches: Sequence[Sequence[Encoding]]) -> Tensor:
        texts, places = zip(*(in_row(batch, self._multiple) for batch in batches), strict=True)
        row = StackedRow([[len(text.input_ids) for text in part] for part in texts], self._draws, self._device)
        summary = self._body(
            input_ids=_flat([[text.input_ids for text in part] for part in texts], row),
            token_type_ids=_flat([[text.token_type_ids for text in part] for part in texts], row),
            position_ids=row.positions[None] + model.family.position_of_first(model.encoder),
            packed_row=row,
        ).last_hidden_state[0]
        asked = [seed * row.texts + place for seed, part in enumerate(places) for place in part]
        rows = model.classify(summary[torch.tensor(asked, device=self._device)])
        logits: Tensor = rows.unflatten(0, (self._seeds, -1))
        return logits


class _Kinds:
    """What takes the place of the modules that stand at one path in the models of all seeds."""

    def __init__(self, draws: Draws, model: Classifier) -> None:
        self.draws, self._head = draws, {id(model.dropout)}
        self.config = copy.deepcopy(model.encoder.config)
        self.config._attn_implementation = _ATTENTION

    def of(self, same: Sequence[Any]) -> nn.Module | None:
        """Return the stacked module, or None where the modules are only what holds others."""
        first = same[0]
        if type(first) in _LINEARS:
            return StackedLinear(same)
        if type(first) is nn.LayerNorm and first.weight is not None and first.bias is not None:
            return StackedNorm(same)
        if type(first) is nn.Embedding:
            return StackedEmbedding(same)
        if type(first) in _DROPOUTS:
            kind = HeadDropout if id(first) in self._head else StackedDropout
            return kind(first.p, self.draws, len(same))
        if type(first) is ResidualNorm:
            parts = (_stacked([getattr(one, name) for one in same], self) for name in ("dense", "LayerNorm", "dropout"))
            return StackedResidualNorm(*parts)
        if type(first) is FirstTokenBlock:
            return FirstTokenBlock(_stacked([one.block for one in same], self), _attend)
        if first._parameters:
            raise ValueError(f"a {type(first).__name__} with weights of its own cannot be trained side by side")
        return None


def _stacked(same: Sequence[Any], kinds: _Kinds) -> Any:
    """Return one module for those at the same path in all seeds' models."""
    found = kinds.of(same)
    if found is not None:
        return found
    # what has no weights is the first seed's, in a copy with children of its own
    whole = copy.copy(same[0])
    whole._modules = {
        name: None if child is None else _stacked([one._modules[name] for one in same], kinds)
        for name, child in same[0]._modules.items()
    }
    if isinstance(getattr(whole, "config", None), type(kinds.config)):
        whole.config = kinds.config
    return whole


class _PoolsEach(nn.Module):
    """A pooler as an encoder calls it, which would see the first text of the first seed alone.

    Nobody reads what it gives, but a pooler with Mixout draws a mask for it in a run alone.
    """

    def __init__(self, pooler: nn.Module, seeds: int) -> None:
        super().__init__()
        self.pooler, self._seeds = pooler, seeds

    def forward(self, hidden: Tensor) -> Tensor:
        found: Tensor = self.pooler(by_seed(hidden, self._seeds))
        return found


def _pooling_each(model: Any, seeds: int) -> Any:
    """Return a model's encoder with a pooler that takes the first text of each seed; the head calls the model's own."""
    body, name = copy.copy(model.encoder), model.family.pooler
    if body._modules.get(name) is not None:
        body._modules = {**body._modules, name: _PoolsEach(body._modules[name], seeds)}
    return body


def _flat(values: Sequence[Sequence[tuple[int, ...]]], row: StackedRow) -> Tensor:
    """Return the values of all tokens, shape (1, seeds * tokens), 0 where a token is of no text."""
    parts = [[value for text in part for value in text] for part in values]
    return torch.tensor([[*part, *[0] * (row.tokens - len(part))] for part in parts], device=row.device).view(1, -1)


AttentionInterface.register(_ATTENTION, interface_function(_attend))
AttentionMaskInterface.register(_ATTENTION, no_mask)
