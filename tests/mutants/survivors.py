"""Why a mutant survives: kinds of change that no test can see, or that none should."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.mutants.results import Mutant


@dataclass(frozen=True)
class Kind:
    """Survivors that have one reason.

    Attributes:
        name: What they change.
        reason: Why no test fails, in one sentence.
        holds: From a mutant and its line, before and after, to whether it is one of these.
    """

    name: str
    reason: str
    holds: Callable[[Mutant, str, str], bool]


def kind_of(mutant: Mutant, before: str, after: str) -> Kind | None:
    """Return the first kind that a survivor is of, or None."""
    return next((kind for kind in KINDS if kind.holds(mutant, before, after)), None)


def _without_strict(line: str) -> str:
    return re.sub(r", (strict=\w+)?\)", ")", line)


def _equal_lengths(mutant: Mutant, before: str, after: str) -> bool:
    return "strict=" in before and _without_strict(before) == _without_strict(after)


def _without_ties(line: str) -> str:
    return re.sub(r"[<>]=", lambda found: found[0][0], line)


def _tie(mutant: Mutant, before: str, after: str) -> bool:
    return before != after and _without_ties(before) == _without_ties(after)


def _in(*places: tuple[str, str]) -> Callable[[Mutant, str, str], bool]:
    """Return what holds for functions and a piece of what a line becomes."""
    return lambda mutant, before, after: any(
        mutant.function == function and piece in after for function, piece in places
    )


def _letters(mutant: Mutant, before: str, after: str) -> bool:
    return before != after and before.lower() == after.lower() and 'inf"' in before


def _types(mutant: Mutant, before: str, after: str) -> bool:
    return "dtype=float" in before and before != after and _without_types(before) == _without_types(after)


def _without_types(line: str) -> str:
    return re.sub(r", (dtype=\w+)?\)", ")", line)


KINDS = (
    Kind("Lengths", "`zip` checks what is equally long by construction.", _equal_lengths),
    Kind("Ties", "two computed real numbers are equal, which no rows bring about.", _tie),
    Kind("Letters", "Python reads `inf` and `INF` alike.", _letters),
    Kind("Types", "whole numbers become real ones in the next operation.", _types),
    Kind(
        "Dead ends",
        "a check that only the type checker needs, or a value that is replaced before anyone reads it.",
        _in(
            ("judge", "Status.INVALID, None"),
            ("judge", 'Status.INVALID, "XXXX"'),
            ("judge_pairs", "Status.INVALID, None"),
            ("judge_pairs", "XXXX"),
            ("judge_pairs", "last = None"),
            ("_passed", "(seen.lower_bound is None) and False"),
            ("_seeds", "is None and baseline_sd"),
            ("mean_test", "look.margin or 2.0"),
            ("measure_location", "(sound is None) and False"),
            ("_p_of_loss", "look.margin or 2.0"),
            ("_sound_mean", "look.margin or 2.0"),
            ("_over_cells", "look.margin or 2.0"),
            ("_over_cells", "sd or 1.0"),
        ),
    ),
    Kind(
        "The same runs",
        "where none has collapsed the sound runs and those that count are the same, and so are their tests.",
        _in(("measure_location", "found is None and not"), ("_sound_test", "or True")),
    ),
    Kind("One policy", "all cells of a pool have the same policy.", lambda mutant, before, after: "cells[1]." in after),
    Kind(
        "Searches",
        "where a search or a quadrature begins, or how closely it looks; what it finds is the same to the digits that "
        "tests hold.",
        _in(
            ("_runs_without_loss", "range(runs - 1"),
            ("_largest_chance", "np.sin(angles[:, None]) ** 3"),
            ("_largest_chance", "_RATES - 1)], )"),
            ("_largest_chance", "place - 2"),
            ("_largest_chance", "place - 1, 1"),
            ("_largest_chance", "place + 2"),
            ("_largest_chance", "_RATES + 1)"),
            ("_largest_chance", "_RATES - 2)"),
            ("_grid", "1.5 * (limit"),
            ("upper_spread_ratio", "_MOST_RATIO, )"),
        ),
    ),
    Kind(
        "Rounding",
        "bounds that a sum of chances, or a distance, passes in its last digit at the most.",
        _in(
            ("failure_difference", "max(-2.0"),
            ("failure_difference", "min(2.0"),
            ("_largest_chance", "min(2.0"),
            ("pooled_rank_sum_p_value", "min(2.0"),
            ("collapse_line", ", 13)"),
            ("highest_line", ", 13)"),
        ),
    ),
    Kind(
        "No difference",
        "the deviations from a mean sum to 0, whatever is added to all; states that cannot be have no chance; a skewness "
        "above 0 is not corrected; None is as false as False.",
        _in(
            ("_anchored", "y + y.mean()"),
            ("_distribution", "clip(None)"),
            ("_hypergeometric", "runs + most"),
            ("noninferiority", "skewness = 1.0"),
            ("pooled_noninferiority", "skewness=1.0"),
            ("all_runs_part", "skewed=None"),
        ),
    ),
)
