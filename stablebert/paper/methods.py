"""The methods by name in the paper's order: parameters with defaults, what composes, and what the paper searches."""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

from stablebert.runs import MethodChoice, format_method, parse_method

Parameters = Mapping[str, int | float | None]

# None: the recipe's value. The paper states no selected value for any of Section 7; the defaults lie inside its grids.
METHOD_PARAMETERS: dict[str, dict[str, int | float | None]] = {
    # Section 4
    "bertadam": {},
    "debiased": {},
    # Section 5
    "reinit": {"blocks": 1},
    # Section 7
    "llrd": {"decay": 0.95, "lr": None},
    "mixout": {"p": 0.9},
    "wdecay": {"coefficient": 0.01},
    "prior": {"coefficient": 0.01},
    "transfer": {},
}
# Section 6: numbers of updates that length `long` may mean
LONG_STEPS = (200, 400, 800, 1600, 3200)
SEARCH_SPACES: dict[str, dict[str, tuple[float, ...]]] = {
    "reinit": {"blocks": (1, 2, 3, 4, 5, 6)},
    "llrd": {"lr": (2e-5, 5e-5, 1e-4), "decay": (0.9, 0.95)},
    "mixout": {"p": (0.1, 0.3, 0.5, 0.7, 0.9)},
    "wdecay": {"coefficient": (1e-4, 1e-3, 1e-2, 1e-1)},
    "prior": {"coefficient": (1e-3, 1e-2, 1e-1, 1.0)},
}
# what makes the words "pretrained value" ambiguous, or undoes what the intermediate task has taught
_NOT_AFTER_TRANSFER = {
    "reinit": "it would redraw what the intermediate task has just taught",
    "mixout": "whether the target is the pretrained or the intermediate weight is not defined",
    "prior": "whether the target is the pretrained or the intermediate weight is not defined",
}
_NONE: Mapping[str, Parameters] = MappingProxyType({})


def check_method(text: str, added: Mapping[str, Parameters] = _NONE) -> None:
    """Check that every method and parameter of a text is known, and that they compose.

    Args:
        text: E.g. `reinit.blocks5` or `reinit+llrd`.
        added: Methods of others by name, with their parameters and defaults; they come after the paper's.

    Raises:
        ValueError: a method or parameter is unknown, or a composition repeats a method, names `debiased`, which every
            other method uses anyway, or means nothing.

    Example:
        >>> check_method("llrd+reinit.blocks1")
    """
    choices = parse_method(text)
    methods: dict[str, Parameters] = {**METHOD_PARAMETERS, **added}
    for choice in choices:
        if choice.name not in methods:
            raise ValueError(f"unknown method {choice.name!r}; known: {', '.join(methods)}")
        known = methods[choice.name]
        for key, _ in choice.parameters:
            if key not in known:
                raise ValueError(
                    f"method {choice.name!r} has no parameter {key!r}; known: {', '.join(known) or 'none'}"
                )
    names = [choice.name for choice in choices]
    if len(set(names)) < len(names):
        raise ValueError(f"method {text!r} names one method twice; each acts once")
    if len(names) > 1 and "debiased" in names:
        raise ValueError(f"method {text!r}: debiased Adam is what every method but bertadam uses; leave 'debiased' out")
    for name, reason in _NOT_AFTER_TRANSFER.items():
        if "transfer" in names and name in names:
            raise ValueError(f"method {text!r}: {name} does not compose with transfer: {reason}")


def canonical_method(text: str, added: Mapping[str, Parameters] = _NONE) -> str:
    """Return the one text that ids have for a method: in the paper's order, without parameters at their defaults.

    Args:
        text: Any text that `check_method` takes.
        added: As there.

    Raises:
        ValueError: as `check_method`.

    Example:
        >>> canonical_method("llrd+reinit.blocks1")
        'reinit+llrd'
    """
    check_method(text, added)
    methods: dict[str, Parameters] = {**METHOD_PARAMETERS, **added}
    order = list(methods)
    choices = sorted(parse_method(text), key=lambda choice: order.index(choice.name))
    return format_method(tuple(_without_defaults(choice, methods[choice.name]) for choice in choices))


def check_canonical(text: str, added: Mapping[str, Parameters] = _NONE) -> None:
    """Check that a method text is the one that ids have, or one cell would have two ids.

    Args:
        text: As in an id.
        added: As `check_method`.

    Raises:
        ValueError: as `check_method`; or a parameter has its default, or the methods are not in the paper's order.
    """
    canonical = canonical_method(text, added)
    if canonical == text:
        return
    methods: dict[str, Parameters] = {**METHOD_PARAMETERS, **added}
    choices = parse_method(text)
    for choice in choices:
        for key, value in choice.parameters:
            if value == methods[choice.name][key]:
                raise ValueError(f"method {text!r}: {key} {value} is the default of {choice.name}; leave it out")
    sorted_alike = [choice.name for choice in choices] == [choice.name for choice in parse_method(canonical)]
    place = "canonical form" if sorted_alike else "the paper's order"
    raise ValueError(f"method {text!r} is not in {place}; that would be {canonical!r}")


def search_space(method: str) -> list[str]:
    """Return the method texts that the paper chooses from, in the order of its grid.

    Args:
        method: Name of a method.

    Raises:
        ValueError: the paper searches nothing for it.

    Example:
        >>> search_space("mixout")
        ['mixout.p0.1', 'mixout.p0.3', 'mixout.p0.5', 'mixout.p0.7', 'mixout']
    """
    if method not in SEARCH_SPACES:
        raise ValueError(
            f"the paper searches no parameters of {method!r}; of these it does: {', '.join(SEARCH_SPACES)}"
        )
    grid = SEARCH_SPACES[method]
    points = (zip(grid, values, strict=True) for values in product(*grid.values()))
    return [canonical_method(format_method((MethodChoice(method, tuple(point)),))) for point in points]


def _without_defaults(choice: MethodChoice, defaults: Parameters) -> MethodChoice:
    return MethodChoice(choice.name, tuple((key, value) for key, value in choice.parameters if value != defaults[key]))
