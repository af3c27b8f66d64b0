"""What an undecided look still needs: more seeds, a larger baseline, or nothing that seeds can give."""

from dataclasses import replace

from stablebert.gate import failures, location
from stablebert.gate.sides import Sides
from stablebert.gate.verdict import Verdict
from stablebert.stats import seeds_needed, upper_failure_rate

_MOST = 1000


def with_outlook(seen: Verdict, sides: Sides) -> Verdict:
    """Return an undecided verdict with the seeds that would mostly decide it, where seeds can.

    For location that is if nothing is lost, for the cap on failures if no further run fails.

    Args:
        seen: The verdict, with the part that decided.
        sides: Its look.
    """
    if seen.decided_by == failures.CAP:
        needed = _seeds_without_failure(sides)
    elif seen.decided_by == location.NAME and seen.difference is not None and seen.margin is not None:
        needed = _seeds_to_show(seen.margin, seen, sides)
    else:
        return seen
    return replace(seen, reason=seen.reason + _words(needed, seen, sides), seeds_needed=needed)


def _seeds_without_failure(sides: Sides) -> int | None:
    failed, runs, baseline_failed, baseline_runs = sides.counts
    ceiling = baseline_failed / baseline_runs + sides.policy.failure_room
    more = range(runs + 1, _MOST)
    return next((count for count in more if upper_failure_rate(failed, count) <= ceiling), None)


def _seeds_to_show(distance: float, seen: Verdict, sides: Sides) -> int | None:
    """Return the seeds that mostly rule a loss out that lies this far, in points, beyond the true one."""
    if seen.sd is None or seen.baseline_sd is None or distance <= 0:
        return None
    level = sides.level(sides.policy.alpha)
    return seeds_needed(seen.sd, seen.baseline_sd, len(sides.baseline_scores), distance, alpha=level)


def _words(needed: int | None, seen: Verdict, sides: Sides) -> str:
    if needed is None:
        return "; no number of seeds would decide it with this baseline"
    if needed > seen.runs:
        return f"; about {needed} seeds would{_beyond(needed, sides)}"
    spent = f"; were nothing lost, {needed} seeds would mostly have shown it: the loss may be real"
    if seen.margin is None or seen.difference is None:
        return spent
    more = _seeds_to_show(seen.margin + seen.difference, seen, sides)
    if more is None or more <= seen.runs:
        return spent
    return f"{spent}; if it is {-seen.difference:.2f} points, about {more} seeds would{_beyond(more, sides)}"


def _beyond(seeds: int, sides: Sides) -> str:
    last = sides.policy.moments[-1]
    return f", more than the {last} of the last look" if seeds > last else ""
