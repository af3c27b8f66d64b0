"""What the paper chooses from on validation (Sections 5 and 6, Appendix H)."""

from itertools import product

from stablebert.paper.methods import METHOD_PARAMETERS
from stablebert.runs import MethodChoice, format_method

# Section 6: numbers of updates that length `long` may mean
LONG_STEPS = (200, 400, 800, 1600, 3200)
SEARCH_SPACES: dict[str, dict[str, tuple[float, ...]]] = {
    "reinit": {"blocks": (1, 2, 3, 4, 5, 6)},
    "llrd": {"lr": (2e-5, 5e-5, 1e-4), "decay": (0.9, 0.95)},
    "mixout": {"p": (0.1, 0.3, 0.5, 0.7, 0.9)},
    "wdecay": {"coefficient": (1e-4, 1e-3, 1e-2, 1e-1)},
    "prior": {"coefficient": (1e-3, 1e-2, 1e-1, 1.0)},
}


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
    return [format_method((_canonical(method, dict(point)),)) for point in points]


def _canonical(method: str, values: dict[str, float]) -> MethodChoice:
    # a default is never written in an id
    other = {key: value for key, value in values.items() if value != METHOD_PARAMETERS[method][key]}
    return MethodChoice(method, tuple(sorted(other.items())))
