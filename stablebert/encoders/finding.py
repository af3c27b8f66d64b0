"""The encoder inside a model: a classifier of ours, or a model of transformers with or without a head."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from stablebert.encoders.classifier import Classifier
from stablebert.encoders.family import Family, family_of
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
