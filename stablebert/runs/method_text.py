"""Methods as text: `reinit.blocks5`, `reinit+llrd.decay0.95`; parse and format are inverse to each other."""

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z]+")
_PARAMETER = re.compile(r"([a-z]+?)(-?[0-9][0-9a-z.\-]*)")


@dataclass(frozen=True)
class MethodChoice:
    """One method by name with its non-default parameters, sorted by key.

    Attributes:
        name: Lower-case letters, e.g. `reinit`.
        parameters: Pairs of key (lower-case letters) and number.
    """

    name: str
    parameters: tuple[tuple[str, int | float], ...] = ()


def parse_method(text: str) -> tuple[MethodChoice, ...]:
    """Split a method text into its parts.

    Args:
        text: Parts joined by `+`; each a name followed by `.keyvalue` for every non-default parameter.

    Returns:
        One `MethodChoice` a part, in the order written.

    Raises:
        ValueError: a part has another form.

    Example:
        >>> parse_method("reinit.blocks5+llrd")
        (MethodChoice(name='reinit', parameters=(('blocks', 5),)), MethodChoice(name='llrd', parameters=()))
    """
    return tuple(_parse_part(part, text) for part in text.split("+"))


def format_method(choices: tuple[MethodChoice, ...]) -> str:
    """Write method choices as text, the inverse of `parse_method`.

    Example:
        >>> format_method((MethodChoice("llrd", (("decay", 0.95),)),))
        'llrd.decay0.95'
    """
    return "+".join(
        choice.name + "".join(f".{key}{_number_text(value)}" for key, value in sorted(choice.parameters))
        for choice in choices
    )


def _parse_part(part: str, whole: str) -> MethodChoice:
    name, *pieces = re.split(r"\.(?=[a-z])", part)
    matches = [_PARAMETER.fullmatch(piece) for piece in pieces]
    if not _NAME.fullmatch(name) or not all(matches):
        raise ValueError(f"method {whole!r}: {part!r} is not of the form name.keyvalue, as in reinit.blocks5")
    parameters = {match[1]: _number(match[2]) for match in matches if match}
    if len(parameters) < len(pieces):
        raise ValueError(f"method {whole!r}: a parameter of {name!r} is given twice")
    return MethodChoice(name, tuple(sorted(parameters.items())))


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else float(text)


def _number_text(value: int | float) -> str:
    # repr writes large floats as 1e+20, and "+" joins methods
    return repr(value).replace("e+", "e")
