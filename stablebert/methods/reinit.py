"""Re-init: draw the pooler and the top Transformer blocks anew before fine-tuning (Section 5).

What: the top layers of a pretrained encoder are specialised to its pretraining task; drawing them anew gives a better
start and more stable runs.
Equation: weight matrices ~ N(0, 0.02^2); biases 0; LayerNorm weight 1, bias 0.
Hyperparameters: `blocks`, the number L of top blocks; the paper chooses from 1 to 6 of 24 by validation.
Where it does not help: more than a few blocks lose what pretraining taught (Figure 13); on MRPC and CoLA with longer
training the gain is within the noise (Table 1).
Deviations: the paper does not state biases and LayerNorm; they are treated as in the released code. Nor does it say
what the top is in other models: as there, an XLNet's raw attention tensors are drawn too, and a BART's top is its
decoder's. A head with a dense layer in the pooler's place is fresh anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from stablebert.encoders.parts import FoundEncoder, find_encoder
from stablebert.methods.base import Method, MethodError, Start

_MATRICES = (nn.Linear, nn.Embedding, nn.Conv1d)
_SCALES = (nn.LayerNorm,)
_LAYER = ("weight", "bias")


@dataclass(frozen=True)
class Reinit(Method):
    """Re-initialise the pooler and the top `blocks` blocks.

    Attributes:
        blocks: Blocks from the top, >= 0; 0 redraws the pooler only.
    """

    blocks: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.blocks, int) or self.blocks < 0:
            raise MethodError(f"reinit: blocks is {self.blocks!r}; it must be a whole number >= 0")

    def change_model(self, model: nn.Module, start: Start) -> dict[str, Any]:
        """Redraw from the `reinit` stream and name the tensors redrawn."""
        found = find_encoder(model)
        std = found.family.standard_deviation(found.module)
        return {"reinitialized": reinitialize(model, self.blocks, std=std, generator=start.generators("reinit"))}


def reinitialize(
    model: nn.Module,
    blocks: int,
    *,
    pooler: bool = True,
    std: float = 0.02,
    generator: torch.Generator | None = None,
) -> list[str]:
    """Draw the pooler and the top blocks of an encoder anew, in place (Section 5).

    Calling a transformers model's own `_init_weights` would leave loaded weights untouched, silently: it skips whatever
    came from a checkpoint. Here every tensor is drawn with `torch.nn.init`, and one that did not move is an error.

    Args:
        model: An encoder, or a model with an encoder in it, as from transformers' auto classes.
        blocks: Blocks from the top, in [0, number of blocks].
        pooler: Whether the pooler is redrawn too, where the model has one.
        std: Standard deviation of the weight matrices, > 0.
        generator: Source of the draws; None uses torch's global generator.

    Returns:
        The names of the tensors redrawn, in the model's order.

    Raises:
        ValueError: `blocks` or `std` is outside its range, nothing would be redrawn, blocks share their weights, or a
            tensor to redraw is frozen or of an unknown kind. No tensor has changed then.

    Example:
        >>> from transformers import BertConfig, BertModel
        >>> config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2)
        >>> reinitialize(BertModel(config), 0)
        ['pooler.dense.weight', 'pooler.dense.bias']
    """
    if std <= 0:
        raise MethodError(f"reinit: std is {std!r}; it must be > 0")
    found = find_encoder(model)
    encoder = found.module
    paths = [path for path, _ in found.blocks()]
    total = len(paths)
    if blocks and (why := found.shared()):
        raise MethodError(f"reinit: {why}: no block of it can be redrawn alone; reinit.blocks0 redraws the pooler")
    if not 0 <= blocks <= total:
        raise MethodError(f"reinit: blocks is {blocks}; this encoder has {total} blocks, so it must be in [0, {total}]")
    roots = paths[total - blocks :]
    if pooler and (path := found.pooler()) is not None:
        roots.append(path)
    _check_redrawable(model, found, roots)
    names = {
        f"{found.prefix}{root}.{inner}.{tensor}" if inner else f"{found.prefix}{root}.{tensor}"
        for root in roots
        for inner, module in encoder.get_submodule(root).named_modules()
        for tensor in _redraw(module, std, generator)
    }
    if not names:
        raise MethodError("reinit: nothing to redraw: blocks is 0 and the encoder has no pooler to redraw")
    return [name for name, _ in model.named_parameters() if name in names]


def _check_redrawable(model: nn.Module, found: FoundEncoder, roots: Sequence[str]) -> None:
    """Look at all that would be redrawn, so that a model is redrawn whole or left as it was."""
    trained = dict(model.named_parameters())
    for root in roots:
        for inner, module in found.module.get_submodule(root).named_modules():
            place = f"{root}.{inner}" if inner else root
            known = _LAYER if isinstance(module, _MATRICES + _SCALES) else found.family.normal
            for name, tensor in module.named_parameters(recurse=False):
                if name not in known:
                    raise MethodError(
                        f"reinit: {place} is a {type(module).__name__}, which it does not know how to draw"
                    )
                if not tensor.requires_grad:
                    raise MethodError(
                        f"reinit: {found.prefix}{place}.{name} is frozen: redrawn, it would never be trained"
                    )
                if f"{found.prefix}{place}.{name}" not in trained:
                    raise MethodError(f"reinit: {found.prefix}{place}.{name} is shared with another part of the model")


@torch.no_grad()
def _redraw(module: nn.Module, std: float, generator: torch.Generator | None) -> list[str]:
    """Redraw a module's own tensors and return their names."""
    own = dict(module.named_parameters(recurse=False))
    for name, tensor in own.items():
        if isinstance(module, _SCALES) and name == "weight":
            nn.init.ones_(tensor)
        elif isinstance(module, _MATRICES + _SCALES) and name == "bias":
            nn.init.zeros_(tensor)
        else:
            nn.init.normal_(tensor, std=std, generator=generator)
    return list(own)
