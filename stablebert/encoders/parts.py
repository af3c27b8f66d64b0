"""The parts of a model: its encoder, and its parameters by depth."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from stablebert.encoders.family import Family, family_of
from stablebert.encoders.model import Classifier
from stablebert.encoders.sources import EncoderError


@dataclass(frozen=True)
class FoundEncoder:
    """Where the encoder of a model is.

    Attributes:
        prefix: What the names of its parameters begin with in the whole model: empty, or ending in a dot.
        module: The encoder.
        family: What is known of its family.
    """

    prefix: str
    module: nn.Module
    family: Family


def find_encoder(model: nn.Module) -> FoundEncoder:
    """Return the encoder of a model.

    Args:
        model: A `Classifier`, or a model as from transformers' auto classes.

    Raises:
        EncoderError: it is no transformers model, or nothing is known of its family.
    """
    if isinstance(model, Classifier):
        return FoundEncoder("encoder.", model.encoder, model.family)
    inner = str(getattr(model, "base_model_prefix", ""))
    holder = getattr(model, inner, None) if inner else None
    encoder, prefix = (holder, f"{inner}.") if isinstance(holder, nn.Module) else (model, "")
    config: Any = getattr(encoder, "config", None)
    if config is None:
        raise EncoderError(f"{type(model).__name__} is no transformers model: it has no config")
    return FoundEncoder(prefix, encoder, family_of(config.model_type, encoder))


def pretrained_values(model: nn.Module) -> dict[str, Tensor]:
    """Return copies of the parameters of a model's encoder by their name in the model; a head has no pretrained value.

    Raises:
        EncoderError: as `find_encoder`.
    """
    found = find_encoder(model)
    return {f"{found.prefix}{name}": tensor.detach().clone() for name, tensor in found.module.named_parameters()}


EMBEDDINGS, POOLER, HEAD = "embeddings", "pooler", "head"


def parameter_blocks(model: nn.Module) -> dict[str, list[str]]:
    """Return the names of all parameters by block, every name once.

    Args:
        model: A `Classifier`, or a model as from transformers' auto classes.

    Returns:
        `embeddings`, `block01` and so on from the bottom, `pooler` where the encoder has one, `head` for what lies
        outside the encoder; parameters of the encoder that lie in none of these count as embeddings. A model that is an
        encoder alone has an empty head.

    Raises:
        EncoderError: the model is no transformers model, or nothing is known of its family.
    """
    found = find_encoder(model)
    family = found.family
    blocks = found.module.get_submodule(family.blocks)
    owners = {
        f"{found.prefix}{family.blocks}.{name}.": f"block{int(name) + 1:02d}" for name, _ in blocks.named_children()
    }
    if family.pooler is not None and getattr(found.module, family.pooler, None) is not None:
        owners[f"{found.prefix}{family.pooler}."] = POOLER
    names: dict[str, list[str]] = {block: [] for block in (EMBEDDINGS, *owners.values(), HEAD)}
    for name, _ in model.named_parameters():
        inside = EMBEDDINGS if name.startswith(found.prefix) else HEAD
        names[next((block for start, block in owners.items() if name.startswith(start)), inside)].append(name)
    return names
