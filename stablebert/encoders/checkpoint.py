"""Whether a checkpoint holds the model that its configuration says: transformers draws what is missing, in silence."""

import math
import re
from collections.abc import Collection, Sequence
from typing import Any

from stablebert.encoders.family import Family
from stablebert.encoders.sources import EncoderError

# what wraps a model puts this before its names
_WRAPPERS = {"_orig_mod.": "torch.compile", "module.": "DistributedDataParallel", "model.": "Lightning"}


def check_size(encoder: str, config: Any, sizes: Sequence[int]) -> None:
    """Refuse a configuration of a model that its weights cannot fill, before it is built: it may fill the memory.

    Args:
        encoder: Its name, for errors.
        config: Its configuration.
        sizes: Values of each tensor of its checkpoint.

    Raises:
        EncoderError: it has more blocks than there are tensors, or a table or matrix of more values than there are.
    """
    hidden, values = _number(config, "hidden_size"), sum(sizes)
    width = _number(config, "embedding_size") or hidden
    told = {
        "num_hidden_layers": len(sizes),
        "vocab_size": values // max(1, width),
        "hidden_size": math.isqrt(values),
        "intermediate_size": values // max(1, hidden),
    }
    for name, most in told.items():
        if (number := _number(config, name)) > most:
            raise EncoderError(
                f"encoder {encoder!r}: {name} is {number} in its config.json, and its weights, of {len(sizes)} tensors "
                f"with {values:,} values, have place for {most} at the most"
            )


def _number(config: Any, name: str) -> int:
    value = getattr(config, name, 0)
    return value if type(value) is int else 0


def check_checkpoint(encoder: str, model: Any, family: Family, report: dict[str, Any]) -> tuple[str, ...]:
    """Check transformers' report of what it has loaded; a pooler may be missing, and nothing else.

    Args:
        encoder: Its name, for errors.
        model: What was loaded.
        family: Its family.
        report: As from `from_pretrained(..., output_loading_info=True)`.

    Returns:
        The names of parameters that the checkpoint lacks: those of the pooler, or none.

    Raises:
        EncoderError: the checkpoint lacks a tensor of the encoder, has one of another shape, or has more blocks.
    """
    other = sorted(str(name) for name, *_ in report["mismatched_keys"])
    if other:
        raise EncoderError(
            f"encoder {encoder!r}: its checkpoint has another shape than its config.json for {_some(other)}"
        )
    known = dict(model.named_parameters())
    missing = sorted(name for name in report["missing_keys"] if name in known)
    pooler = "" if family.pooler is None else f"{family.pooler}."
    lost = [name for name in missing if not pooler or not name.startswith(pooler)]
    unexpected = sorted(report["unexpected_keys"])
    if lost:
        raise EncoderError(
            f"encoder {encoder!r}: its checkpoint lacks {len(lost)} of {len(known)} tensors: {_some(lost)}"
            f"{_wrapped(lost, unexpected)}"
        )
    _check_blocks(encoder, model, family, unexpected)
    return tuple(missing)


def _check_blocks(encoder: str, model: Any, family: Family, unexpected: Collection[str]) -> None:
    for path in (*family.below, family.blocks):
        blocks = len(model.get_submodule(path))
        # heads and statistics of others may be left over; a block may not
        places = [
            re.fullmatch(rf"(?:{model.base_model_prefix}\.)?{re.escape(path)}\.(\d+)\..*", name) for name in unexpected
        ]
        more = [found[0] for found in places if found and int(found[1]) >= blocks]
        if more:
            raise EncoderError(
                f"encoder {encoder!r}: its config.json has {blocks} blocks in {path}, its checkpoint more: "
                f"{_some(more)}"
            )


def _wrapped(lost: Collection[str], unexpected: Collection[str]) -> str:
    """Say what stands before names that would fit without it."""
    for name in lost:
        for key in unexpected:
            before = key.removesuffix(name)
            if before != key and before.endswith("."):
                by = " and ".join(who for wrapper, who in _WRAPPERS.items() if f".{wrapper}" in f".{before}")
                saved = f", as {by} saves them" if by else ""
                return (
                    f"; its names begin with {before!r}{saved}: save the state of the module within, by its own names"
                )
    return ""


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
