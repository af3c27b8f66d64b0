"""What an undecided verdict says of more runs: true numbers, never a promise that runs cannot keep."""

import re
from dataclasses import replace
from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stablebert.gate import Policy, Status, judge, judge_pairs
from stablebert.stats import LOOKS, nominal_level, seeds_needed, upper_failure_rate
from tests.gate.arms import BASELINE, at, candidate, failing, moved, with_endpoint
from tests.synthetic import synthetic_rows, wobble

# alarms so quiet that a low estimate stays undecided
QUIET = Policy(location_alarm=1e-4)
AMONG = {"alone": False}


def said(mean, margin, policy=QUIET, runs=6, **options):
    verdict = judge(candidate(mean, runs=runs), BASELINE, policy, margin=margin, **options)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "location")
    return verdict, verdict.reason.partition("; ")[2]


def needed(verdict, distance, alpha=0.05, looks=LOOKS):
    level = nominal_level(alpha, looks, 20)
    return seeds_needed(verdict.sd, verdict.baseline_sd, 20, distance, alpha=level)


def test_an_estimate_above_says_how_many_seeds_would_rule_the_loss_out():
    verdict, words = said(89.8, 0.45, **AMONG)
    assert verdict.difference > 0
    assert words == f"about {verdict.seeds_needed} seeds would"
    assert verdict.seeds_needed == needed(verdict, 0.45) > 6


def test_an_estimate_below_says_under_which_condition():
    verdict, words = said(89.4, 0.75, **AMONG)
    assert -0.75 < verdict.difference < 0
    assert words == f"about {verdict.seeds_needed} seeds would if nothing is lost"
    assert verdict.seeds_needed == needed(verdict, 0.75) > 6


def test_more_than_the_last_look_are_said_to_be_more():
    verdict, words = said(89.4, 0.4)
    assert words == f"about {verdict.seeds_needed} seeds would if nothing is lost, more than the 20 of the last look"
    assert verdict.seeds_needed > 20
    # the last look of the policy that asks, and exactly so many are not more
    exactly = Policy(location_alarm=1e-4, looks=(6, verdict.seeds_needed))
    other, words = said(89.4, 0.4, exactly)
    assert (other.seeds_needed > exactly.looks[-1]) == ("more than" in words)


def test_a_margin_that_no_number_of_seeds_can_show_is_said_so():
    for mean in (90.2, 89.4):
        rows = candidate(mean, sd=5.0)
        verdict = judge(rows, synthetic_rows(90.0, range(20), sd=5.0), margin=0.9)
        assert verdict.status is Status.INCONCLUSIVE
        assert verdict.seeds_needed is None
        assert verdict.reason.endswith("not ruled out; no number of seeds with this baseline would decide it")


def test_seeds_that_are_spent_are_not_promised():
    verdict, words = said(89.0, 1.0)
    spent = f"were nothing lost, {verdict.seeds_needed} seeds would mostly have shown it: the loss may be real"
    assert words == spent
    assert verdict.seeds_needed == needed(verdict, 1.0) <= verdict.runs
    # an estimate further up: what would show it as it is
    verdict, words = said(89.2, 1.0)
    more = needed(verdict, 1.0 + verdict.difference)
    assert words == f"{spent}; if it is {-verdict.difference:.2f} points, about {more} seeds would"
    assert more > verdict.runs


def test_an_estimate_beyond_the_margin_only_says_what_would_show_the_loss():
    for mean, margin in ((88.5, 0.75), (88.8, 0.5), (89.0, 0.3)):
        verdict, words = said(mean, margin)
        assert verdict.difference <= -margin
        count = needed(verdict, -verdict.difference - margin / 2, 1e-4)
        beyond = ", more than the 20 of the last look" if count > 20 else ""
        shows = f"about {count} seeds would call a loss of {-verdict.difference:.2f} a FAIL{beyond}"
        assert (verdict.seeds_needed, words) == (None, f"the estimate lies beyond the margin: {shows}")
    verdict, words = said(89.3, 0.4)
    loss = f"call a loss of {-verdict.difference:.2f} a FAIL"
    assert words == f"the estimate lies beyond the margin: no number of seeds with this baseline would {loss}"
    assert verdict.seeds_needed is None


def test_what_would_show_a_loss_is_at_least_one_more_run():
    # t shows it by now, and the ranks do not: three runs lie below all of the baseline's, three above
    policy = Policy(location_alarm=0.55, spread_alarm=1e-9, looks=(6, 20))
    rows = at(candidate(runs=6), {place: 87.05 if place % 2 else 90.85 for place in range(6)})
    verdict = judge(rows, BASELINE, policy, margin=0.1)
    assert needed(verdict, -verdict.difference - 0.05, 0.55, (6, 20)) <= 6
    assert f"beyond the margin: about 7 seeds would call a loss of {-verdict.difference:.2f} a FAIL" in verdict.reason


@settings(max_examples=60)
@given(st.floats(87.2, 91), st.floats(0.2, 2.5), st.floats(0.3, 1.2))
def test_words_are_never_upside_down(mean, margin, sd):
    verdict = judge(candidate(mean, runs=6, sd=sd), BASELINE, QUIET, margin=margin)
    if verdict.decided_by != "location" or verdict.status is not Status.INCONCLUSIVE:
        return
    _, _, words = verdict.reason.partition("; ")
    if verdict.difference <= -margin:
        assert words.startswith("the estimate lies beyond the margin: ")
        assert re.search(r"would call a loss of \d\.\d\d a FAIL", words)
    elif verdict.difference < 0:
        # nothing is promised but under a condition
        assert re.search("if nothing is lost|were nothing lost|no number of seeds", words)
    assert all(int(count) > verdict.runs for count in re.findall(r"about (\d+) seeds", words))


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("baseline_lost", [0, 2])
def test_an_open_rate_says_how_many_runs_without_loss_close_it(lost, baseline_lost):
    theirs = synthetic_rows(90.0, range(20), failed=frozenset(range(baseline_lost)))
    for alone, room in ((True, 0.25), (False, 0.4)):
        verdict = judge(candidate(runs=6, **failing(*range(1, 1 + lost))), theirs, margin=3.0, alone=alone)
        assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "failure rate")
        count, ceiling = verdict.seeds_needed, baseline_lost / 20 + room
        bounds = [stats.beta.ppf(0.95, lost + 1, runs - lost) for runs in range(6, count + 1)]
        assert bounds[-1] <= ceiling < min(bounds[:-1])
        beyond = ", more than the 20 of the last look" if count > 20 else ""
        assert verdict.reason.endswith(
            f"; about {count} seeds would bring it in reach if no further run is lost{beyond}"
        )


def test_a_single_further_run_can_be_enough():
    verdict = judge(candidate(runs=10), BASELINE, Policy(looks=(10, 20)), margin=1.5)
    assert (verdict.decided_by, verdict.seeds_needed) == ("failure rate", 11)


def test_a_rate_that_no_thousand_runs_bring_into_reach():
    policy = Policy(session_failure_room=0.004)
    verdict = judge(candidate(runs=6), BASELINE, policy, margin=1.5)
    assert upper_failure_rate(0, 747) < 0.00401 < upper_failure_rate(0, 700)
    assert verdict.seeds_needed == 748
    none = judge(candidate(runs=6), BASELINE, replace(policy, session_failure_room=0.002), margin=1.5)
    assert none.seeds_needed is None
    assert none.reason.endswith(
        "; no number of seeds with this baseline would bring it in reach if no further run is lost"
    )


def test_a_part_that_seeds_do_not_move_promises_none():
    verdict = judge(with_endpoint(candidate(), 0.32), with_endpoint(BASELINE, 0.30), margin=1.5)
    assert (verdict.status, verdict.decided_by, verdict.seeds_needed) == (
        Status.INCONCLUSIVE,
        "held-out log-loss",
        None,
    )
    assert "would" not in verdict.reason


def test_one_sound_run_a_side_has_no_spread_to_plan_with():
    verdict = judge(candidate(runs=6, **failing(*range(5))), BASELINE, Policy(failure_alarm=1e-6), margin=1.5)
    assert (verdict.status, verdict.decided_by, verdict.seeds_needed) == (Status.INCONCLUSIVE, "location", None)
    assert verdict.reason == "fewer than 3 runs on a side are neither failed nor collapsed"


def pairs(loss, noise, runs=6, failed=()):
    for row in synthetic_rows(90.0, range(runs)):
        seed = int(row.seed[1:])
        before = replace(row, test=row.test + wobble(seed + 900, noise))
        after = row.test - loss + wobble(seed + 500, noise)
        yield before, replace(row, test=after, failed=seed in failed, losses=f"head {seed}")


def pairs_needed(loss, noise, distance, alpha=0.05, runs=6):
    """Return the pairs that show a distance in 4 of 5 cases: both quantiles of t at the level of all looks."""
    deviation = stdev(after.test - before.test for before, after in pairs(loss, noise, runs))
    level = nominal_level(alpha)
    return next(
        n
        for n in range(3, 1001)
        if deviation / n**0.5 * (stats.t.ppf(0.8, n - 1) + stats.t.isf(level, n - 1)) <= distance
    )


@pytest.mark.parametrize(
    ("alone", "lost", "seeds", "words"),
    [
        # alone the rate must lie within 25 points: 11 runs without a lost one; among several within 40
        (True, (), 11, " would if nothing is lost and no run is lost"),
        (False, (), 7, " would if nothing is lost"),
        (False, (3,), 10, " would if nothing is lost and no further run is lost"),
    ],
)
def test_lost_runs_may_ask_for_more_seeds_than_the_mean(alone, lost, seeds, words):
    # a collapsed run counts at the line, and the others make up for it
    rows = at(candidate(89.9 if lost else 89.4, runs=6), dict.fromkeys(lost, 40.0))
    verdict = judge(rows, BASELINE, QUIET, margin=0.75, alone=alone)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "location")
    assert verdict.seeds_needed == seeds
    assert verdict.reason.endswith(f"about {seeds} seeds{words}")


def test_of_pairs_the_rate_of_the_base_falls_as_it_grows():
    # of six each has lost one; of thirteen the base's is one of thirteen, and no sixth
    made = [
        (replace(before, failed=place == 4), after) for place, (before, after) in enumerate(pairs(1.0, 1.0, failed={2}))
    ]
    verdict = judge_pairs(made, Policy(pairing="paired", location_alarm=1e-4), margin=0.4)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "location")
    enough, standing = (
        next(n for n in range(7, 50) if stats.beta.ppf(0.95, 2, n - 1) <= rate(n) + 0.25)
        for rate in (lambda n: 1 / n, lambda n: 1 / 6)
    )
    assert verdict.seeds_needed == enough > standing
    # an estimate above zero promises no more than one below
    assert verdict.difference > 0
    words = f"about {enough} pairs would decide it if nothing is lost and no further run is lost"
    assert verdict.reason.endswith(f"; {words}")


@pytest.mark.parametrize(
    ("mean", "margin", "words"),
    [
        (88.5, 0.0008, r"call a loss of 0\.00125 a FAIL"),
        (89.4, 0.0008, r"; if it is 0\.00035 points, about"),
    ],
)
def test_small_margins_are_said_with_their_digits(mean, margin, words):
    ours, theirs = (moved(rows, 10.0, 0.001) for rows in (candidate(mean, runs=6), BASELINE))
    verdict = judge(ours, theirs, QUIET, margin=margin)
    assert re.search(words, verdict.reason), verdict.reason


def test_a_thousand_pairs_are_the_most_that_are_looked_for():
    made = list(pairs(0.0, 1.0))
    gaps = [after.test - before.test for before, after in made]
    equal = [(before, replace(after, test=after.test - fmean(gaps))) for before, after in made]
    at_most = stdev(gaps) / 1000**0.5 * (stats.t.ppf(0.8, 999) + stats.t.isf(nominal_level(0.05), 999))
    policy = Policy(pairing="paired", location_alarm=1e-4, session_failure_room=0.9)
    for factor, wanted in ((1 + 1e-5, 1000), (1 - 1e-5, None)):
        assert judge_pairs(equal, policy, margin=factor * at_most).seeds_needed == wanted


def test_two_pairs_have_a_spread_to_plan_with_and_one_has_none():
    policy = Policy(pairing="paired", looks=(6, 12), failure_alarm=1e-5, location_alarm=1e-5, session_failure_room=1.0)
    for common, planned in ((2, True), (1, False)):
        made = [
            (replace(before, failed=place < 2), replace(after, failed=2 <= place < 6 - common))
            for place, (before, after) in enumerate(pairs(0.0, 0.3))
        ]
        verdict = judge_pairs(made, policy, margin=0.3)
        assert (verdict.pairing, verdict.decided_by) == ("moderated", "location")
        assert (verdict.seeds_needed is not None) == planned


def test_pairs_are_counted_in_pairs_by_the_spread_of_their_differences():
    policy = Policy(pairing="paired", location_alarm=1e-4)
    verdict = judge_pairs(pairs(1.4, 1.0), policy, margin=0.7)
    assert (verdict.status, verdict.pairing) == (Status.INCONCLUSIVE, "paired")
    assert -0.7 < verdict.difference < 0
    count = pairs_needed(1.4, 1.0, 0.7)
    assert verdict.seeds_needed == count
    assert f"; about {count} pairs would if nothing is lost" in verdict.reason
    far = judge_pairs(pairs(2.0, 1.0), policy, margin=0.7)
    shows = pairs_needed(2.0, 1.0, -far.difference - 0.35, 1e-4)
    assert f"margin: about {shows} pairs would call a loss of {-far.difference:.2f} a FAIL" in far.reason
    hopeless = judge_pairs(pairs(1.1, 1.0), policy, margin=0.05)
    assert (hopeless.seeds_needed, hopeless.difference > -0.05) == (None, True)
    assert hopeless.reason.endswith("; no number of pairs up to 1,000 would decide it")


@pytest.mark.parametrize("margin", [0.6, 0.8, 1.0, 1.3, 1.7])
def test_few_pairs_are_counted_as_exactly_as_many(margin):
    # six runs of which none is lost are enough for the rate
    policy = Policy(pairing="paired", location_alarm=1e-4, session_failure_room=0.4)
    verdict = judge_pairs(pairs(1.0 + 0.7 * margin, 1.0), policy, margin=margin)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "location")
    assert verdict.seeds_needed == pairs_needed(1.0 + 0.7 * margin, 1.0, margin)


def test_pairs_without_a_common_sound_seed_are_counted_by_nothing():
    policy = Policy(pairing="paired", location_alarm=1e-4, looks=(6,), failure_alarm=1e-5)
    made = [
        (replace(before, failed=place < 3), replace(after, failed=place >= 3))
        for place, (before, after) in enumerate(pairs(0.0, 1.0))
    ]
    verdict = judge_pairs(made, policy, margin=0.4)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "location")
    assert (verdict.pairing, verdict.seeds_needed) == ("moderated", None)


def test_an_open_rate_of_pairs_counts_a_base_that_grows():
    verdict = judge_pairs(pairs(0.0, 0.1, failed={2}), Policy(pairing="paired"), margin=3.0)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "failure rate")
    count = verdict.seeds_needed
    assert stats.beta.ppf(0.95, 2, count - 1) <= 0.25 < stats.beta.ppf(0.95, 2, count - 2)
    assert f"about {count} pairs would bring it in reach if no further run is lost" in verdict.reason
    # what the base has lost is a smaller rate of a larger base
    lost = [
        (replace(before, failed=place == 4), after) for place, (before, after) in enumerate(pairs(0.0, 0.1, failed={2}))
    ]
    other = judge_pairs(lost, Policy(pairing="paired"), margin=3.0)
    count = other.seeds_needed
    reached = [stats.beta.ppf(0.95, 2, n - 1) <= 1 / n + 0.25 for n in range(7, count + 1)]
    assert reached == [False] * (count - 7) + [True]
    assert count > next(n for n in range(7, 50) if stats.beta.ppf(0.95, 2, n - 1) <= 1 / 6 + 0.25)
