"""What an undecided look still needs: more seeds, a larger baseline, or nothing that seeds can give."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import stdev

from stablebert.gate.guards import below_ceiling
from stablebert.gate.look import Look
from stablebert.gate.part import PARTS, MoreSeeds, Says
from stablebert.gate.verdict import Verdict
from stablebert.stats import detectable_margin, seeds_needed
from stablebert.tables import number

_MOST = 1000


@dataclass(frozen=True)
class _Kind:
    """How many runs show a distance, and what they are called.

    Attributes:
        noun: `seeds` or `pairs`.
        needed: From a distance in points and a level to the runs that mostly show it; None where none do.
    """

    noun: str
    needed: Callable[[float, float], int | None]


def with_outlook(seen: Verdict, look: Look) -> Verdict:
    """Return an undecided verdict with the seeds that would mostly decide it, where more seeds can do that.

    Args:
        seen: The verdict, with the part that decided.
        look: Its look.
    """
    return _with(seen, look, _Kind("seeds", lambda distance, alpha: _seeds(distance, look.level(alpha), look)))


def with_outlook_of_pairs(seen: Verdict, look: Look) -> Verdict:
    """Return an undecided verdict on pairs with the pairs that would mostly decide it.

    The base grows with the head: a baseline that stands still would need other numbers.

    Args:
        seen: The verdict.
        look: Its look, as many base runs as head runs.
    """
    level = look.policy.level
    return _with(seen, look, _Kind("pairs", lambda distance, alpha: _pairs(distance, level(alpha, None), look)))


def _with(seen: Verdict, look: Look, kind: _Kind) -> Verdict:
    more = PARTS[seen.decided_by].more_seeds if seen.decided_by else MoreSeeds.NOTHING
    if more is MoreSeeds.LOWER_RATE:
        needed = _runs_without_loss(look, grows=kind.noun == "pairs")
        words = _about(needed, kind, look, "bring it in reach if no further run is lost")
    elif more is MoreSeeds.RULE_OUT_LOSS and seen.difference is not None and look.margin is not None:
        needed, words = _of_location(seen.difference, look.margin, look, kind)
    else:
        return seen
    return replace(seen, reason=f"{seen.reason}; {words}", seeds_needed=needed)


def _of_location(difference: float, margin: float, look: Look, kind: _Kind) -> tuple[int | None, str]:
    """Return the runs that mostly decide, and what is said of them, which depends on where the estimate lies."""
    if difference <= -margin:
        needed = kind.needed(-difference - look.policy.alarm_margin * margin, look.policy.location_share)
        alarm = _about(needed, kind, look, f"call a loss of {number(-difference, margin=margin)} a FAIL")
        return None, f"the estimate lies beyond the margin: {alarm}"
    needed = kind.needed(margin, look.policy.alpha)
    if needed is None or needed > len(look.ours):
        condition = "if nothing is lost" if needed is not None and difference < 0 else ""
        return _with_lost_runs(needed, condition, look, kind)
    spent = f"were nothing lost, {needed} {kind.noun} would mostly have shown it: the loss may be real"
    more = kind.needed(margin + difference, look.policy.alpha)
    if more is None or more <= len(look.ours):
        return needed, spent
    return needed, f"{spent}; if it is {number(-difference, margin=margin)} points, {_about(more, kind, look, '')}"


def _with_lost_runs(needed: int | None, condition: str, look: Look, kind: _Kind) -> tuple[int | None, str]:
    """Return the runs that mostly decide and what is said of them, where lost runs may ask for more than the mean."""
    for_rate = _runs_without_loss(look, grows=kind.noun == "pairs")
    if needed is not None and for_rate is not None and for_rate > needed:
        further = "further run" if look.counts[0] else "run"
        needed, condition = for_rate, f"{condition or 'decide it if nothing is lost'} and no {further} is lost"
    return needed, _about(needed, kind, look, condition)


def _about(needed: int | None, kind: _Kind, look: Look, what: str) -> str:
    if needed is None:
        by = "with this baseline" if kind.noun == "seeds" else f"up to {_MOST:,}"
        return f"no number of {kind.noun} {by} would {what or 'decide it'}"
    needed = max(needed, len(look.ours) + 1)
    last = look.policy.moments[-1]
    beyond = f", more than the {last} of the last look" if needed > last else ""
    return f"about {needed} {kind.noun} would {what}".rstrip() + beyond


def _runs_without_loss(look: Look, *, grows: bool) -> int | None:
    """Return the runs at which the rate of lost runs would be in reach if no further one were lost, or None."""
    lost, runs, baseline_lost, baseline_runs = look.counts

    def allows(count: int) -> bool:
        ceiling = baseline_lost / (count if grows else baseline_runs) + look.room
        return below_ceiling(lost, count, ceiling).says is Says.ALLOWS

    return next(filter(allows, range(runs + 1, _MOST)), None)


def _seeds(distance: float, level: float, look: Look) -> int | None:
    sd, baseline_sd = look.summary.sd, look.baseline.sd
    if sd is None or baseline_sd is None:
        return None
    return seeds_needed(sd, baseline_sd, len(look.baseline_scores), distance, alpha=level)


def _pairs(distance: float, level: float, look: Look) -> int | None:
    ours, theirs = look.scores, look.baseline_scores
    gaps = [ours[seed] - theirs[seed] for seed in ours if seed in theirs]
    if len(gaps) < 2:
        return None
    sd, counts = stdev(gaps), range(look.policy.least_runs, _MOST + 1)
    return next((n for n in counts if detectable_margin(sd / math.sqrt(n), n - 1, alpha=level) <= distance), None)
