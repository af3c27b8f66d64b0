"""The parts that count failed runs: an alarm where there are more, a cap on what a PASS leaves open."""

from stablebert.gate.anytime import anytime_failure_p_value
from stablebert.gate.part import Part, Says, alarm_part
from stablebert.gate.sides import Sides
from stablebert.stats import failure_p_value, upper_failure_rate

NAME = "failed runs"
CAP = "failure rate"


def failure_part(sides: Sides) -> Part:
    """Return whether more runs have failed than in the baseline, by the exact test of the cell."""
    failed, runs, baseline_failed, baseline_runs = sides.counts
    level = sides.evidence_level(sides.policy.failure_share)
    p = anytime_failure_p_value(sides) if sides.policy.anytime else failure_p_value(*sides.counts)
    words = f"{failed} of {runs} runs failed, in the baseline {baseline_failed} of {baseline_runs}"
    return alarm_part(NAME, words, failed / runs, baseline_failed / baseline_runs, p, level)


def failure_cap_part(sides: Sides) -> Part:
    """Return whether the failure rate's upper 95 % bound is in reach of the baseline's rate."""
    failed, runs, baseline_failed, baseline_runs = sides.counts
    return cap_part(failed, runs, baseline_failed / baseline_runs + sides.policy.failure_room)


def cap_part(failed: int, runs: int, ceiling: float) -> Part:
    """Return whether a failure rate's upper bound (Clopper and Pearson) stays below a ceiling.

    Args:
        failed: Failed runs, in [0, runs].
        runs: At least 1.
        ceiling: A rate, > 0.
    """
    upper = upper_failure_rate(failed, runs)
    seen = (failed / runs, upper, ceiling)
    if upper <= ceiling:
        return Part(CAP, Says.ALLOWS, f"the failure rate is at most {100 * upper:.0f} %", *seen)
    return Part(CAP, Says.WITHHOLDS, f"the failure rate may be {100 * upper:.0f} %, above {100 * ceiling:.0f} %", *seen)
