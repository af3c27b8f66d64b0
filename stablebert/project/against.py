"""`--stablebert-against`: which stored cell judges, in place of a cell's own."""

import re

from stablebert.paper import ENCODERS, check_method
from stablebert.runs import parse_id

_LENGTH = re.compile(r"[1-9][0-9]*(ep|st)|long|own")
_SEPARATORS = 4


def replaced_fields(text: str) -> dict[str, str]:
    """Return what the judging cell has of its own: a whole cell id, or an encoder, a length or a method alone.

    Args:
        text: As given.

    Raises:
        ValueError: it is none of these.

    Example:
        >>> replaced_fields("debiased"), replaced_fields("long")
        ({'method': 'debiased'}, {'length': 'long'})
        >>> replaced_fields("trec_debiased_3ep_minilm_fp32")
        {'task': 'trec', 'method': 'debiased', 'length': '3ep', 'encoder': 'minilm'}
    """
    if text.count("_") == _SEPARATORS:
        named = parse_id(f"{text}_s000")
        check_method(named.method)
        if named.encoder not in ENCODERS:
            raise ValueError(f"unknown encoder {named.encoder!r}; choose from {', '.join(ENCODERS)}")
        return {"task": named.task, "method": named.method, "length": named.length, "encoder": named.encoder}
    if text in ENCODERS:
        return {"encoder": text}
    if _LENGTH.fullmatch(text):
        return {"length": text}
    try:
        check_method(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no cell, encoder ({', '.join(ENCODERS)}), length or method: {error}") from None
    return {"method": text}
