"""What an undecided look still needs: more seeds, a larger baseline, or nothing that seeds can give."""

import math
from dataclasses import replace
from statistics import stdev

from stablebert.gate.look import Look
from stablebert.gate.part import PARTS, MoreSeeds
from stablebert.gate.verdict import Verdict
from stablebert.stats import detectable_margin, seeds_needed, upper_failure_rate

_MOST = 1000
_MAY_BE_REAL = "mostly have shown it: the loss may be real"


def with_outlook(seen: Verdict, look: Look) -> Verdict:
    """Return an undecided verdict with the seeds that would mostly decide it, where more seeds can do that.

    Args:
        seen: The verdict, with the part that decided.
        look: Its look.
    """
    more = PARTS[seen.decided_by].more_seeds
    if more is MoreSeeds.LOWER_RATE:
        needed = _seeds_without_failure(look)
    elif more is MoreSeeds.RULE_OUT_LOSS and seen.difference is not None and seen.margin is not None:
        needed = _seeds_to_show(seen.margin, look)
    else:
        return seen
    return replace(seen, reason=seen.reason + _words(needed, seen, look), seeds_needed=needed)


def with_outlook_of_pairs(seen: Verdict, look: Look) -> Verdict:
    """Return an undecided verdict on location with the pairs that would mostly decide it, if nothing is lost.

    The base grows with the head: a baseline that stands still would need other numbers.

    Args:
        seen: The verdict.
        look: Its look, as many base runs as head runs.
    """
    if seen.margin is None:
        return seen
    needed = _pairs_needed(seen.margin, look)
    if needed is None:
        words = f"no number of pairs up to {_MOST:,} would"
    elif needed <= seen.runs:
        words = f"were nothing lost, {needed} pairs would {_MAY_BE_REAL}"
    else:
        words = f"about {needed} pairs would"
    return replace(seen, seeds_needed=needed, reason=f"{seen.reason}; {words}")


def _seeds_without_failure(look: Look) -> int | None:
    failed, runs, baseline_failed, baseline_runs = look.counts
    ceiling = baseline_failed / baseline_runs + look.policy.failure_room
    more = range(runs + 1, _MOST)
    return next((count for count in more if upper_failure_rate(failed, count) <= ceiling), None)


def _seeds_to_show(distance: float, look: Look) -> int | None:
    """Return the seeds that mostly rule a loss out that lies this far, in points, beyond the true one."""
    sd, baseline_sd = look.summary.sd, look.baseline.sd
    if sd is None or baseline_sd is None or distance <= 0:
        return None
    return seeds_needed(sd, baseline_sd, len(look.baseline_scores), distance, alpha=look.level(look.policy.alpha))


def _pairs_needed(margin: float, look: Look) -> int | None:
    """Return the pairs that mostly rule the margin out if nothing is lost, or None."""
    pairs = zip(look.ours, look.theirs, strict=True)
    gaps = [ours.test - theirs.test for ours, theirs in pairs if not (ours.failed or theirs.failed)]
    sd = stdev(gaps) if len(gaps) > 1 else math.inf
    numbers = range(look.policy.least_runs, _MOST + 1)
    level = look.policy.level(look.policy.alpha, None)
    return next((n for n in numbers if detectable_margin(sd / math.sqrt(n), n - 1, alpha=level) <= margin), None)


def _words(needed: int | None, seen: Verdict, look: Look) -> str:
    if needed is None:
        return "; no number of seeds would decide it with this baseline"
    if needed > seen.runs:
        return f"; about {needed} seeds would{_beyond(needed, look)}"
    spent = f"; were nothing lost, {needed} seeds would {_MAY_BE_REAL}"
    if seen.margin is None or seen.difference is None:
        return spent
    more = _seeds_to_show(seen.margin + seen.difference, look)
    if more is None or more <= seen.runs:
        return spent
    return f"{spent}; if it is {-seen.difference:.2f} points, about {more} seeds would{_beyond(more, look)}"


def _beyond(seeds: int, look: Look) -> str:
    last = look.policy.moments[-1]
    return f", more than the {last} of the last look" if seeds > last else ""
