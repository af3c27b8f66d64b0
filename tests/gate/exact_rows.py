"""Rows whose mean and standard deviation are exactly those wanted: what the paper prints, as if one had the runs."""

from dataclasses import replace
from functools import cache
from statistics import NormalDist

import numpy as np

from tests.synthetic import synthetic_rows


def rows_of(scores, *, failed=(), validation=None):
    """Return one row a score; `failed` are places of failed runs."""
    rows = _bare_rows(len(scores))
    return tuple(
        replace(
            row,
            test=float(score),
            validation=float(score if validation is None else validation[place]),
            failed=place in failed,
        )
        for place, (row, score) in enumerate(zip(rows, scores, strict=True))
    )


def exact_rows(mean, sd, runs=20):
    """Return rows at the quantiles of a normal distribution, moved and stretched."""
    scores = np.array([NormalDist().inv_cdf((place + 0.5) / runs) for place in range(runs)])
    return rows_of(mean + sd * scores / scores.std(ddof=1))


@cache
def _bare_rows(runs):
    return tuple(synthetic_rows(0.0, range(runs)))
