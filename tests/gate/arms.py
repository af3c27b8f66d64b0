"""The two sides of most tests of the gate: a baseline about 90 points, and candidates on other seeds.

The baseline's collapse line lies at 86.99; 0.44 is its standard deviation.
"""

from dataclasses import replace

from stablebert.gate import pool
from tests.synthetic import synthetic_rows, wobble

BASELINE = synthetic_rows(90.0, range(20))
LINE = 86.988644370683


def candidate(mean=90.0, runs=20, **options):
    return synthetic_rows(mean, range(100, 100 + runs), **options)


def failing(*places):
    """Return an option of `candidate`: which of its runs have failed."""
    return {"failed": frozenset(100 + place for place in places)}


def at(rows, scores):
    """Return rows with other scores, {place: score}."""
    return [replace(row, test=scores[place]) if place in scores else row for place, row in enumerate(rows)]


def moved(rows, shift=0.0, scale=1.0):
    return [replace(row, test=scale * row.test + shift) for row in rows]


def with_endpoint(rows, value, name="log_loss", sd=0.01):
    """Return rows whose second endpoint scatters about a value."""
    return [replace(row, **{name: value + wobble(int(row.seed[1:]), sd)}) for row in rows]


def part_of(verdict, name):
    """Return what a part has said, None where it has said nothing."""
    return next((part for part in verdict.parts if part.name == name), None)


def apart(cells):
    """Return comparisons of which each has accepted runs of its own, whatever their scores."""
    return [
        replace(cell, baseline=[replace(row, losses=f"{place} {row.losses}") for row in cell.baseline])
        for place, cell in enumerate(cells)
    ]


def pool_apart(cells, policy):
    return pool(apart(cells), policy)
