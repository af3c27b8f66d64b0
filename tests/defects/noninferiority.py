"""Defects of the test of a mean (catalogue G): direction, unit, variance, degrees of freedom, skew."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy.stats

from stablebert.stats import noninferiority, skewness
from tests.defects.planting import Defect, identity
from tests.defects.replacing import everywhere

_WELCH = identity("stats.test_means:test_welch_agrees_with_scipy")
_NOT_FINITE = identity("stats.test_means:test_scores_that_are_not_finite_or_too_few_are_refused")
_SKEW = identity("stats.test_skewness:test_moderated_compares_the_corrected_statistic_with_t")


def _tested(change: Callable):
    """Change the test of non-inferiority: `change(test, candidate, baseline, options)` takes its place."""
    return everywhere(noninferiority, lambda test: lambda ours, theirs, **options: change(test, ours, theirs, options))


def _recomputed(result, margin, alpha=0.05, pairing="welch", **changes):
    """Return a result with another standard error or other degrees of freedom, and what follows from them."""
    found = replace(result, **changes)
    t = scipy.stats.t(found.degrees)
    lower = found.difference - found.standard_error * t.isf(alpha)
    return replace(
        found,
        lower_bound=lower,
        p_value=t.sf((found.difference + margin) / found.standard_error),
        p_inferior=t.cdf(found.difference / found.standard_error),
        noninferior=bool(lower > -margin),
    )


def _population_variances(test, ours, theirs, options):
    error = math.hypot(*(np.std(side) / math.sqrt(len(side)) for side in (ours, theirs)))
    return _recomputed(test(ours, theirs, **options), **options, standard_error=error)


def _pooled_degrees(test, ours, theirs, options):
    return _recomputed(test(ours, theirs, **options), **options, degrees=len(ours) + len(theirs) - 2)


def _exact_baseline(test, ours, theirs, options):
    error = np.std(ours, ddof=1) / math.sqrt(len(ours))
    return _recomputed(test(ours, theirs, **options), **options, standard_error=error)


def _other_half(test, ours, theirs, options):
    result = test(ours, theirs, **options)
    return replace(result, p_inferior=min(result.p_inferior, 1 - result.p_inferior))


def _scaled_margin(factor):
    return lambda test, ours, theirs, options: test(ours, theirs, **{**options, "margin": factor * options["margin"]})


def _without_nan(test, ours, theirs, options):
    return test(*([score for score in side if math.isfinite(score)] for side in (ours, theirs)), **options)


DEFECTS = (
    Defect(
        "G01",
        "direction of non-inferiority flipped",
        _tested(lambda test, ours, theirs, options: test(theirs, ours, **options)),
        (_WELCH,),
    ),
    Defect("G02", "margin in points, scores as fractions", _tested(_scaled_margin(100)), (_WELCH,)),
    Defect("G02b", "margin as a fraction, scores in points", _tested(_scaled_margin(0.01)), (_WELCH,)),
    Defect("G03", "two-sided p halved on the wrong side", _tested(_other_half), (_WELCH,)),
    Defect("G04", "variances divided by n", _tested(_population_variances), (_WELCH,)),
    Defect("G05", "degrees of freedom of equal variances", _tested(_pooled_degrees), (_WELCH,)),
    Defect("G05b", "the baseline's mean taken as exact", _tested(_exact_baseline), (_WELCH,)),
    Defect("G07", "the test leaves scores out that are not finite", _tested(_without_nan), (_NOT_FINITE,)),
    Defect(
        "G32",
        "left skew is not corrected",
        everywhere(skewness.skewness_of_difference, lambda _: lambda *given: 0.0),
        (
            _SKEW,
            identity(
                "stats.test_skewness:test_left_skewed_scores_keep_the_level_that_they_do_not_keep_without", wide=2.0
            ),
        ),
    ),
    Defect(
        "G32b",
        "skew corrected the wrong way round",
        everywhere(skewness.skewness_of_difference, lambda skew: lambda *given: -skew(*given)),
        (_SKEW,),
    ),
    Defect(
        "G32c",
        "a bound that knows nothing of the correction",
        everywhere(skewness.uncorrected, lambda _: lambda value, skew: value),
        (identity("stats.test_skewness:test_the_inverse_is_the_least_statistic_that_is_corrected_to_a_value"),),
    ),
)
