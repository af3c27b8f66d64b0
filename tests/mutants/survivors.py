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


KINDS = (
    Kind("Lengths", "`zip` checks what is equally long by construction.", _equal_lengths),
    Kind("Ties", "two computed real numbers are equal, which no rows bring about.", _tie),
    Kind(
        "Dead ends",
        "a check that only the type checker needs, or a value that is replaced before anyone reads it.",
        _in(
            ("judge_pairs", "Status.INVALID, None"),
            ("judge_pairs", "XXXX"),
            ("judge_pairs", "last = None"),
            ("_seeds", "is None and baseline_sd"),
        ),
    ),
    Kind("One policy", "all cells of a pool have the same policy.", lambda mutant, before, after: "cells[1]." in after),
)
