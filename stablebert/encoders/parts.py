"""The parts of a model: its encoder, and its parameters by depth."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from stablebert.encoders.family import FAMILIES, Family, family_of
from stablebert.encoders.model import Classifier
from stablebert.encoders.sources import EncoderError


@dataclass(frozen=True)
class FoundEncoder:
    """Where the encoder of a model is.

    Attributes:
        prefix: What the names of its parameters begin with in the whole model: empty, or ending in a dot.
        module: The encoder.
        family: What is known of its family.
        drawn: Names inside the encoder of parameters without a pretrained value.
    """

    prefix: str
    module: nn.Module
    family: Family
    drawn: tuple[str, ...] = ()

    def blocks(self) -> list[tuple[str, nn.Module]]:
        """Return the Transformer blocks, bottom first, each with its path inside the encoder."""
        lists = (*self.family.below, self.family.blocks)
        return [
            (f"{path}.{name}", block)
            for path in lists
            for name, block in self.module.get_submodule(path).named_children()
        ]

    def pooler(self) -> str | None:
        """Return the path of the pooler inside the encoder, or None where it has none."""
        path = self.family.pooler
        return path if path is not None and getattr(self.module, path, None) is not None else None

    def shared(self) -> str | None:
        """Return in words that blocks share weights, so that none can be treated apart; None where each has its own."""
        own, all_of_them = len(self.blocks()), int(getattr(self.module.config, "num_hidden_layers", 0))
        if own >= all_of_them:
            return None
        return f"the {all_of_them} blocks of this {self.family.model_type} share {own} set{'s' * (own > 1)} of weights"


def find_encoder(model: nn.Module) -> FoundEncoder:
    """Return the encoder of a model, whatever wraps it: a head, `torch.compile`, PEFT, a module of one's own.

    Args:
        model: A `Classifier`, a model as from transformers' auto classes, or a module with one such model in it.

    Raises:
        EncoderError: there is no transformers model in it, or more than one, or nothing is known of its family.

    Example:
        >>> from transformers import BertConfig, BertForSequenceClassification
        >>> config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2)
        >>> find_encoder(nn.ModuleDict({"mine": BertForSequenceClassification(config)})).prefix
        'mine.bert.'
    """
    found: list[FoundEncoder] = []
    for name, module in model.named_modules():
        prefix = f"{name}." if name else ""
        if any(prefix.startswith(outer.prefix) for outer in found):
            # a part of an encoder, an encoder and a decoder for one, may be a model as well
            continue
        if isinstance(module, Classifier):
            found.append(FoundEncoder(f"{prefix}encoder.", module.encoder, module.family, module.drawn))
        elif _is_encoder(module):
            config: Any = module.config
            found.append(FoundEncoder(prefix, module, family_of(config.model_type, module)))
    if not found:
        raise EncoderError(f"{type(model).__name__} is no transformers model, and there is none in it")
    if len(found) > 1:
        places = ", ".join(each.prefix.removesuffix(".") for each in found)
        raise EncoderError(f"{type(model).__name__} has {len(found)} encoders ({places}); give one of them")
    return found[0]


def _is_encoder(module: nn.Module) -> bool:
    """Return whether a module is a transformers model without a head."""
    # wrappers pass on what they lack, and are told from what they wrap by their class
    inner = getattr(type(module), "base_model_prefix", None)
    config = getattr(module, "config", None)
    if inner is None or config is None or isinstance(module._modules.get(inner), nn.Module):
        return False
    known = FAMILIES.get(getattr(config, "model_type", ""))
    # a classifier of one's own that inherits from transformers may call its encoder what it likes
    return known is None or _has(module, known.blocks)


def _has(module: nn.Module, path: str) -> bool:
    inner: nn.Module | None = module
    for name in path.split("."):
        inner = None if inner is None else inner._modules.get(name)
    return inner is not None


def pretrained_values(model: nn.Module) -> dict[str, Tensor]:
    """Return copies of the parameters of a model's encoder by their name in the model; a head has no pretrained value.

    Raises:
        EncoderError: as `find_encoder`.
    """
    found = find_encoder(model)
    return {
        f"{found.prefix}{name}": tensor.detach().clone()
        for name, tensor in found.module.named_parameters()
        if name not in found.drawn
    }


EMBEDDINGS, POOLER, HEAD = "embeddings", "pooler", "head"


def parameter_blocks(model: nn.Module) -> dict[str, list[str]]:
    """Return the names of all parameters by block, every name once.

    Args:
        model: As in `find_encoder`.

    Returns:
        `embeddings`, `block01` and so on from the bottom, `pooler` where the encoder has one, `head` for what lies
        outside the encoder; what lies above the top block counts with it, and parameters of the encoder that lie in
        none of these count as embeddings. A model that is an encoder alone has an empty head.

    Raises:
        EncoderError: as `find_encoder`.
    """
    found = find_encoder(model)
    owners = {f"{found.prefix}{path}.": f"block{place:02d}" for place, (path, _) in enumerate(found.blocks(), 1)}
    names: dict[str, list[str]] = {block: [] for block in (EMBEDDINGS, *owners.values())}
    top = [*names][-1]
    owners |= {f"{found.prefix}{path}.": top for path in found.family.above}
    if (pooler := found.pooler()) is not None:
        owners[f"{found.prefix}{pooler}."] = POOLER
        names[POOLER] = []
    names[HEAD] = []
    for name, _ in model.named_parameters():
        inside = EMBEDDINGS if name.startswith(found.prefix) else HEAD
        names[next((block for start, block in owners.items() if name.startswith(start)), inside)].append(name)
    return names
