"""Layer-wise learning-rate decay: lower layers, which hold general knowledge, learn more slowly (Section 7).

What: every depth has a rate of its own; the schedule and the optimizer are as before.
Equation, with L blocks, base rate lr and decay d:

    head and pooler lr,  block l lr * d^(L - l) for l = L .. 1,  embeddings lr * d^L

Hyperparameters: `decay` d (Appendix H: 0.9, 0.95) and `lr` (Appendix H: 2e-5, 5e-5, 1e-4; by default the recipe's).
Where it does not help: with debiased Adam it is within 0.2 points of the standard way on RTE, STS-B and CoLA, and
scatters more on RTE and CoLA (Table 2).
Deviations: the paper does not say where embeddings, pooler and head stand. The released code decays the top block
already and the embeddings once more (switch `early_layerwise_decay`).
"""

from dataclasses import dataclass

from torch import nn

from stablebert.encoders.parts import EMBEDDINGS, HEAD, POOLER, find_encoder, parameter_blocks
from stablebert.methods.base import Groups, Method, MethodError, split_groups, trainable_group
from stablebert.methods.wdecay import decaying_parameters
from stablebert.paper import Fidelity
from stablebert.runs import Recipe


@dataclass(frozen=True)
class Llrd(Method):
    """A rate a depth.

    Attributes:
        decay: Factor from a depth to the one below, in (0, 1].
        lr: Rate of the head, > 0; None is the recipe's.
    """

    decay: float = 0.95
    lr: float | None = None

    def __post_init__(self) -> None:
        _check(1.0 if self.lr is None else self.lr, self.decay)

    def refine_groups(self, groups: Groups, model: nn.Module, recipe: Recipe, fidelity: Fidelity) -> Groups:
        """Split the groups by depth."""
        lr = recipe.learning_rate if self.lr is None else self.lr
        return _by_depth(groups, model, lr, self.decay, 1 if fidelity.early_layerwise_decay else 0)


def layerwise_lr_groups(model: nn.Module, lr: float, decay: float, *, weight_decay: float = 0.0) -> Groups:
    """Return parameter groups with a rate a depth, for any optimizer and any scheduler (Section 7, LLRD).

    Args:
        model: A model as from transformers' auto classes, or a `Classifier`.
        lr: Rate of head, pooler and top block, > 0.
        decay: Factor from a depth to the one below, in (0, 1].
        weight_decay: Decay of the matrices, as in `weight_decay_groups`, >= 0; with 0 no group names a decay.

    Returns:
        Torch parameter groups from the embeddings up, each with its own `lr`: every trainable parameter is in exactly
        one, shared ones at the lowest depth that has them.

    Raises:
        ValueError: a rate or factor is outside its range, nothing is known of the model's family, or its blocks share
            their weights.

    Example:
        >>> from transformers import BertConfig, BertModel
        >>> config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2)
        >>> groups = layerwise_lr_groups(BertModel(config), lr=1.0, decay=0.5)
        >>> [group["lr"] for group in groups]
        [0.25, 0.5, 1.0]
    """
    _check(lr, decay)
    if weight_decay < 0:
        raise MethodError(f"llrd: weight_decay is {weight_decay!r}; it must be >= 0")
    groups = _by_depth(trainable_group(model), model, lr, decay, 0)
    if not weight_decay:
        return groups
    matrices = decaying_parameters(model)
    return split_groups(groups, lambda tensor: {"weight_decay": weight_decay if id(tensor) in matrices else 0.0})


def _by_depth(groups: Groups, model: nn.Module, lr: float, decay: float, early: int) -> Groups:
    if why := find_encoder(model).shared():
        raise MethodError(f"llrd: {why}: its depths cannot have rates of their own")
    blocks = parameter_blocks(model)
    below = [name for name in reversed(blocks) if name not in (HEAD, POOLER, EMBEDDINGS)]
    powers = {HEAD: 0, POOLER: 0, EMBEDDINGS: len(below) + early}
    powers |= {name: place + early for place, name in enumerate(below)}
    tensors = dict(model.named_parameters())
    rates = {id(tensors[name]): lr * decay ** powers[block] for block, names in blocks.items() for name in names}
    return split_groups(groups, lambda tensor: {"lr": rates[id(tensor)]})


def _check(lr: float, decay: float) -> None:
    if not lr > 0:
        raise MethodError(f"llrd: lr is {lr!r}; it must be > 0")
    if not 0 < decay <= 1:
        raise MethodError(f"llrd: decay is {decay!r}; it must be in (0, 1]")
