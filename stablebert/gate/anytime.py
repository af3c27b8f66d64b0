"""Evidence for a gate that is looked at after every run: e-values in place of levels shared over the looks.

What counts is the running maximum over the candidate's runs in seed order, from the third on. Its inverse is a p-value
that holds whenever one stops.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from statistics import fmean

from stablebert.gate.look import Look
from stablebert.stats import NonInferiority, failure_e_value, t_e_value, upper_failure_rate

_FIRST = 3
# against a baseline whose rate may be higher a candidate's failures say nothing
_MOST_RATE = 0.5
_FAR = 1e6


def anytime_location(look: Look, location: NonInferiority, margin: float) -> NonInferiority:
    """Return a location with p-values and a bound that hold at any time, as they are: to be compared with alpha itself.

    Args:
        look: The look.
        location: The estimate.
        margin: In points, > 0.
    """
    scores, baseline = list(look.scores.values()), list(look.baseline_scores.values())

    def p_value(null: float, effect: float) -> float:
        return _inverse(
            t_e_value(scores[:n], baseline, null=null, effect=effect) for n in range(_FIRST, len(scores) + 1)
        )

    middle = fmean(baseline)
    highest = max((fmean(scores[:n]) - middle for n in range(_FIRST, len(scores) + 1)), default=location.difference)
    lower = _lower_bound(lambda null: p_value(null, 1.0), highest, location.standard_error, look.policy.alpha)
    return replace(
        location,
        lower_bound=lower,
        p_value=p_value(-margin, 1.0),
        p_inferior=p_value(0.0, -1.0),
        noninferior=p_value(-margin, 1.0) <= look.policy.alpha,
    )


def anytime_failure_p_value(look: Look) -> float:
    """Return the p-value that runs fail at most at the upper 95 % bound of the baseline's rate, at most one half."""
    rate = min(_MOST_RATE, upper_failure_rate(look.baseline.failed, look.baseline.runs))
    failed = [row.failed for row in look.ours]
    return _inverse(failure_e_value(sum(failed[:n]), n, rate) for n in range(1, len(failed) + 1))


def _inverse(e_values: Iterable[float]) -> float:
    return 1 / max(1.0, max(e_values, default=1.0))


def _lower_bound(p_value: Callable[[float], float], highest: float, error: float, alpha: float) -> float:
    """Return the largest difference that is rejected as too small, -inf where none is."""
    from scipy.optimize import brentq

    lowest = highest - _FAR * (error or 1.0)
    if p_value(lowest) > alpha:
        return -math.inf
    return float(brentq(lambda null: p_value(null) - alpha, lowest, highest, xtol=1e-9))
