"""Whether a checkpoint holds the model that its configuration says: transformers draws what is missing, in silence."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch

from stablebert.encoders.family import Family
from stablebert.encoders.sources import EncoderError

_FLOATS = ("F32", "F16", "BF16", "F64")
# tables that older versions have saved, and that are computed anew
_COMPUTED = ("position_ids", "inv_freq", "masked_bias", "version")
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
        "hidden_size": math.isqrt(values),
        "vocab_size": values // max(1, width),
        "intermediate_size": values // max(1, hidden),
    }
    for name, most in told.items():
        if (number := _number(config, name)) > most:
            raise EncoderError(
                f"encoder {encoder!r}: {name} is {number} in its config.json, and its weights, of {len(sizes)} tensors "
                f"with {values:,} values, have place for {most} at the most"
            )


def check_unquantised(encoder: str, config: Any) -> None:
    """Refuse a configuration of quantised weights.

    Args:
        encoder: Its name, for errors.
        config: Its configuration.

    Raises:
        EncoderError: it has a `quantization_config`.
    """
    said = getattr(config, "quantization_config", None)
    if said:
        method = said.get("quant_method") if isinstance(said, dict) else getattr(said, "quant_method", None)
        raise EncoderError(
            f"encoder {encoder!r}: its config.json says that its weights are quantised ({method or 'no method'}); take "
            f"a checkpoint in one of {', '.join(_FLOATS)}"
        )


def _number(config: Any, name: str) -> int:
    value = getattr(config, name, 0)
    return value if type(value) is int else 0


def check_checkpoint(
    encoder: str, model: Any, family: Family, report: dict[str, Any], stored: Mapping[str, str]
) -> tuple[str, ...]:
    """Check transformers' report of what it has loaded; a pooler may be missing, and nothing else.

    Args:
        encoder: Its name, for errors.
        model: What was loaded.
        family: Its family.
        report: As from `from_pretrained(..., output_loading_info=True)`.
        stored: Its dtypes by name, as `stored_types` returns them.

    Returns:
        The names of parameters that the checkpoint lacks: those of the pooler, or none.

    Raises:
        EncoderError: the checkpoint lacks a tensor of the encoder, has one of another shape, quantised or not finite,
            has more blocks, or more in them than the model reads.
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
            f"{_wrapped(lost, unexpected, f'{model.base_model_prefix}.')}"
        )
    _check_blocks(encoder, model, family, unexpected)
    _check_unread(encoder, model, family, unexpected)
    _check_values(encoder, model, known, stored)
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


def _check_unread(encoder: str, model: Any, family: Family, unexpected: Collection[str]) -> None:
    paths = "|".join(re.escape(path) for path in (*family.below, family.blocks))
    within = re.compile(rf"(?:{model.base_model_prefix}\.)?(?:{paths})\.\d+\.")
    unread = [name for name in unexpected if within.match(name) and name.rpartition(".")[2] not in _COMPUTED]
    if unread:
        raise EncoderError(
            f"encoder {encoder!r}: its checkpoint has {len(unread)} tensors inside its blocks that this version of "
            f"transformers does not read: {_some(unread)}; without them it is another model (adapters must be merged, "
            "and relative positions of a BERT were last read by transformers 4)"
        )


def _check_values(encoder: str, model: Any, known: Mapping[str, Any], stored: Mapping[str, str]) -> None:
    # transformers turns a quantised tensor into the numbers that stand for its values
    types = {name.removeprefix(f"{model.base_model_prefix}."): kind for name, kind in stored.items()}
    quantised = sorted(name for name in known if types.get(name, _FLOATS[0]) not in _FLOATS)
    if quantised:
        raise EncoderError(
            f"encoder {encoder!r}: its checkpoint has {types[quantised[0]]} for {_some(quantised)}; it must be in one "
            f"of {', '.join(_FLOATS)}, not quantised"
        )
    # a sum is one number, and a NaN in it stays
    odd = sorted(
        name for name, tensor in known.items() if not bool(tensor.detach().sum(dtype=torch.float64).isfinite())
    )
    if odd:
        raise EncoderError(f"encoder {encoder!r}: its checkpoint has values that are not finite in {_some(odd)}")


def _wrapped(lost: Collection[str], unexpected: Collection[str], own: str) -> str:
    """Say what stands before names, or inside them, that would fit without it."""
    for name in lost:
        for key in unexpected:
            within = [wrapper for wrapper in _WRAPPERS if f".{wrapper}" in key.removeprefix(own)]
            fits = key.removeprefix(own)
            for wrapper in within:
                fits = fits.replace(f".{wrapper}", ".")
            if within and fits == name:
                by = " and ".join(_WRAPPERS[wrapper] for wrapper in within)
                what = " and ".join(map(repr, within))
                return f"; its names have {what} in them, as {by} saves them: save the state of the modules within"
            before = key.removesuffix(name)
            if before != key and before.endswith("."):
                around = f".{before.removeprefix(own) or before}"
                by = " and ".join(who for wrapper, who in _WRAPPERS.items() if f".{wrapper}" in around)
                saved = f", as {by} saves them" if by else ""
                return (
                    f"; its names begin with {before!r}{saved}: save the state of the module within, by its own names"
                )
    return ""


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
