"""Put the native modules into an encoder; parameters and their names stay as they are."""

from collections.abc import Callable
from typing import Any

from torch import nn
from transformers.activations import ACT2FN

from stablebert.encoders.family import Family
from stablebert.encoders.model import Classifier
from stablebert.training.fast.native.compiling import why_none
from stablebert.training.fast.native.modules import Dropout, Gelu, ResidualNorm

_LIBRARIES = ("torch.nn.", "transformers.")
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def can_be_native(family: Family, device: str) -> bool:
    """Return whether a run computes with the kernels: a family that has parts for them, on a processor, compiled."""
    return family.packed and family.native is not None and device == "cpu" and why_none() is None


def swap_in(model: Classifier) -> list[str]:
    """Let an encoder compute with the kernels what its family's record names, in place.

    A module that a method of others has replaced or hooked stays as it is.

    Args:
        model: A classifier on the processor.

    Returns:
        The names, inside the encoder, of the modules that were swapped; empty where the family has no native parts.
    """
    parts, encoder = model.family.native, model.encoder
    if parts is None:
        return []
    builders: dict[str, Callable[[Any], nn.Module]] = dict.fromkeys(parts.dropouts, Dropout)
    for index in range(len(encoder.get_submodule(model.family.blocks))):
        block = f"{model.family.blocks}.{index}."
        builders |= {block + name: ResidualNorm for name in parts.residual_norms}
        activations = (block + name for name in parts.activations)
        builders |= {
            place: _gelu for place in activations if type(encoder.get_submodule(place)) is type(ACT2FN["gelu"])
        }
    places = [place for place in builders if _is_original(encoder.get_submodule(place))]
    for place in places:
        parent, _, attribute = place.rpartition(".")
        setattr(encoder.get_submodule(parent), attribute, builders[place](encoder.get_submodule(place)))
    return places


def _gelu(_: nn.Module) -> nn.Module:
    return Gelu()


def _is_original(module: nn.Module) -> bool:
    inside = [module, *(child for name, child in module.named_children() if name in ("LayerNorm", "dropout"))]
    return all(
        f"{type(one).__module__}.".startswith(_LIBRARIES)
        and not any(getattr(one, hooks) for hooks in _HOOKS)
        # the kernels know no LayerNorm without weight and bias
        and not (isinstance(one, nn.LayerNorm) and (one.weight is None or one.bias is None))
        for one in inside
    )
