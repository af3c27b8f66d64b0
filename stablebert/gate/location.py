"""The part that asks whether the runs that are not lost are as good as the baseline's."""

from dataclasses import replace

from stablebert.gate.look import Look, Scores
from stablebert.gate.part import LOCATION, Part, Says
from stablebert.stats import NonInferiority, anchor_helps, noninferiority, rank_sum_p_value
from stablebert.tables import number

_LEAST_PAIRS = {"paired": 3, "anchored": 4}


def measure_location(look: Look) -> NonInferiority | None:
    """Return the test of the mean at the level of the look, or None where too few runs are sound.

    What rules a loss out counts the candidate's collapsed runs at the line; `p_inferior` is of the sound runs, since
    the lost ones have a part of their own. Without a margin only estimate, bound and `p_inferior` mean anything.
    """
    found = mean_test(look, look.counted)
    if found is None or not look.collapsed[0]:
        return found
    sound = mean_test(look, look.scores)
    return found if sound is None else replace(found, p_inferior=sound.p_inferior)


def mean_test(look: Look, scores: Scores) -> NonInferiority | None:
    """Return the test of some of the candidate's scores, or None where too few runs are sound.

    Args:
        look: The look.
        scores: `look.counted` or `look.scores`.
    """
    if not look.has_enough:
        return None
    pairing = pairing_of(look)
    # all looks share the baseline's mean; differences of pairs share nothing
    alpha = look.policy.alpha
    level = look.policy.level(alpha, None) if pairing == "paired" else look.level(alpha)
    margin = look.margin or 1.0
    return noninferiority(scores, look.baseline_scores, margin=margin, alpha=level, pairing=pairing)


def pairing_of(look: Look) -> str:
    """Return the estimate that the policy wants, as far as the seeds allow it."""
    wanted = look.policy.pairing
    if wanted == "auto":
        helps = look.pairs and not any(look.collapsed) and anchor_helps(look.scores, look.baseline_scores)
        return "anchored" if helps else "moderated"
    return wanted if look.pairs >= _LEAST_PAIRS.get(wanted, 0) else "moderated"


def location_part(look: Look, location: NonInferiority | None) -> Part:
    """Return what location says: a PASS by non-inferiority, an alarm by a loss shown in the mean and in the ranks.

    The rank sum stands beside the alarm since t at levels of 1e-4 errs more often under skewed or mixed scores. A loss
    that is shown and smaller than the margin is none that matters: the estimate of the sound runs must lie beyond it.
    The estimate of few runs often lies beyond it by chance, and of many cells one's mostly would: more than
    `alarm_margin` margins must be lost beyond doubt.

    Args:
        look: The look.
        location: As from `measure_location`.
    """
    if location is None:
        words = f"fewer than {look.policy.least_runs} runs on a side are neither failed nor collapsed"
        return LOCATION.part(Says.UNDECIDED, words)
    if look.margin is None:
        words = "no margin says how large a loss matters"
        return LOCATION.part(Says.WITHHOLDS, words, location.difference, location.lower_bound)
    seen = (location.difference, location.lower_bound, -look.margin)
    if location.noninferior:
        words = f"a loss of {number(look.margin, margin=look.margin)} points is ruled out"
        return LOCATION.part(Says.ALLOWS, words, *seen, location.p_value, look.level(look.policy.alpha))
    alarm, sound = look.level(look.policy.location_share), _sound_test(look, location)
    surely = look.policy.alarm_margin * look.margin
    p = p_of_loss(look, sound, surely, alarm)
    if p <= alarm and sound.difference <= -look.margin:
        worse = number(-location.difference, margin=look.margin)
        words = f"{worse} points worse, a loss of more than {number(surely, margin=look.margin)} is shown (p = {p:.2g})"
        return LOCATION.part(Says.ALARMS, words, *seen, p, alarm)
    words = f"a loss of {number(look.margin, margin=look.margin)} points is not ruled out"
    return LOCATION.part(Says.WITHHOLDS, words, *seen, location.p_value, look.level(look.policy.alpha))


def shown_loss(look: Look, location: NonInferiority | None) -> float | None:
    """Return the p-value of a lower mean where the look shows one, whatever the margin lets pass; else None."""
    if location is None:
        return None
    level = look.level(look.policy.shown_alpha)
    p = p_of_loss(look, _sound_test(look, location), 0.0, level)
    return p if p <= level else None


def p_of_loss(look: Look, sound: NonInferiority, most: float, level: float) -> float:
    """Return the p-value of a loss of at most so much: that of t, at the level not below that of the ranks.

    Args:
        look: The look.
        sound: The test of its sound runs.
        most: In points, >= 0; 0 asks for any loss at all.
        level: In (0, 1).
    """
    p = sound.p_loss(most)
    if p > level:
        return p
    lifted = [score + most for score in look.scores.values()]
    return max(p, rank_sum_p_value(lifted, list(look.baseline_scores.values())))


def _sound_test(look: Look, location: NonInferiority) -> NonInferiority:
    sound = mean_test(look, look.scores) if look.collapsed[0] else None
    return sound or location
