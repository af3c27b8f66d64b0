"""The methods by name in the paper's order, with the parameters that an id may show."""

from stablebert.runs import parse_method

METHOD_PARAMETERS: dict[str, tuple[str, ...]] = {
    # Section 4
    "bertadam": (),
    "debiased": (),
    # Section 5
    "reinit": ("blocks",),
}


def check_method(text: str) -> None:
    """Check that every method and parameter of a method text is known.

    Args:
        text: As in a run id, e.g. `reinit.blocks5`.

    Raises:
        ValueError: one is not; the message lists those that are.

    Example:
        >>> check_method("reinit.blocks5")
    """
    for choice in parse_method(text):
        if choice.name not in METHOD_PARAMETERS:
            raise ValueError(f"unknown method {choice.name!r}; known: {', '.join(METHOD_PARAMETERS)}")
        known = METHOD_PARAMETERS[choice.name]
        for key, _ in choice.parameters:
            if key not in known:
                raise ValueError(
                    f"method {choice.name!r} has no parameter {key!r}; known: {', '.join(known) or 'none'}"
                )
