"""The parts of the rule, one at a time: what turns each on, and what leaves it quiet."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.gate import PARTS, MoreSeeds, Part, Policy, Says, Status, judge
from stablebert.stats import nominal_level
from tests.synthetic import synthetic_rows, wobble

BASELINE = synthetic_rows(90.0, range(20))


def candidate(mean=90.0, runs=20, **options):
    return synthetic_rows(mean, range(100, 100 + runs), **options)


def part_of(verdict, name):
    return next((part for part in verdict.parts if part.name == name), None)


def test_an_equal_candidate_is_allowed_by_every_part_and_says_so():
    verdict = judge(candidate(), BASELINE, margin=1.5)
    assert [part.name for part in verdict.parts] == [
        "failed runs",
        "location",
        "spread",
        "failure rate",
        "held-out log-loss",
    ]
    assert {part.says for part in verdict.parts} == {Says.ALLOWS}
    assert verdict.decided_by == "location"
    location = part_of(verdict, "location")
    assert (location.estimate, location.bound, location.limit) == (verdict.difference, verdict.lower_bound, -1.5)
    assert location.level == nominal_level(0.05, baseline_runs=20)


@pytest.mark.parametrize(
    ("name", "alpha"), [("failed runs", 0.0015 / 6), ("spread", 0.002 / 6), ("held-out log-loss", 0.01)]
)
def test_each_part_has_its_share_of_the_error_over_all_looks(name, alpha):
    verdict = judge(candidate(), BASELINE, Policy(cells=6), margin=1.5)
    assert part_of(verdict, name).level == pytest.approx(nominal_level(alpha, baseline_runs=20))


def test_a_lower_mean_alarms_in_the_mean_and_in_the_ranks():
    verdict = judge(candidate(86.0), BASELINE, Policy(cells=6), margin=1.0)
    assert (verdict.status, verdict.decided_by) == (Status.FAIL, "location")
    assert part_of(verdict, "location").level == pytest.approx(nominal_level(0.005 / 6, baseline_runs=20))


def test_a_lower_mean_that_the_ranks_do_not_see_alarms_nobody():
    # one run far below, the others above: t at this level would be wrong about skewed scores
    rows = [replace(row, test=90.6) for row in candidate(runs=5)]
    rows[2] = replace(rows[2], test=60.0)
    verdict = judge(rows, BASELINE, Policy(pairing="moderated", location_alarm=0.5, spread_alarm=1e-9), margin=1.0)
    assert verdict.p_inferior < nominal_level(0.5, baseline_runs=20)
    assert verdict.status is Status.INCONCLUSIVE
    shifted = [replace(row, test=row.test - 3) for row in rows]
    control = judge(shifted, BASELINE, Policy(location_alarm=0.5, spread_alarm=1e-9), margin=1.0)
    assert (control.status, control.decided_by) == (Status.FAIL, "location")


def test_failures_alarm_before_location_does():
    rows = candidate(80.0, failed=frozenset(range(100, 105)))
    verdict = judge(rows, BASELINE, margin=1.0)
    assert (verdict.status, verdict.decided_by, verdict.runs) == (Status.FAIL, "failed runs", 5)


def test_a_wider_spread_alarms():
    wide = judge(candidate(runs=20, sd=5.0), BASELINE, Policy(looks=(20,)), margin=20.0)
    assert (wide.status, wide.decided_by) == (Status.FAIL, "spread")
    assert "standard deviation" in wide.reason
    assert judge(candidate(runs=20, sd=0.6), BASELINE, margin=20.0).status is Status.PASS


def test_one_far_run_is_no_wider_spread():
    rows = candidate(runs=5)
    rows[3] = replace(rows[3], test=85.0)
    verdict = judge(rows, BASELINE, Policy(spread_alarm=0.2), margin=20.0)
    assert verdict.status is Status.PASS
    # the control: where all runs lie far the same policy alarms
    assert judge(candidate(sd=5.0), BASELINE, Policy(spread_alarm=0.2), margin=20.0).decided_by == "spread"


def test_failures_must_not_buy_a_good_mean_of_the_others():
    # one of ten fails, the others are fine: the mean of all runs is 7 points down
    rows = candidate(runs=10, failed=frozenset({102}))
    policy = Policy(looks=(10,))
    verdict = judge(rows, BASELINE, policy, margin=1.0)
    assert (verdict.status, verdict.decided_by) == (Status.PASS, "location")
    assert part_of(verdict, "all runs").limit == pytest.approx(-0.5 * (verdict.baseline_mean - 20.0))
    more = candidate(runs=10, failed=frozenset({102, 104, 107}))
    withheld = judge(more, BASELINE, Policy(looks=(10,), failure_room=0.7), margin=1.0)
    assert (withheld.status, withheld.decided_by) == (Status.INCONCLUSIVE, "all runs")
    assert part_of(withheld, "location").says is Says.ALLOWS
    # failed runs that lose little are within three margins
    mild = [replace(row, test=89.0) if row.failed else row for row in rows]
    allowed = judge(mild, BASELINE, policy, margin=1.0)
    assert allowed.status is Status.PASS
    assert part_of(allowed, "all runs").limit == -3.0
    assert part_of(judge(candidate(), BASELINE, margin=1.0), "all runs") is None


def test_a_failed_run_without_a_score_counts_nothing():
    rows = [replace(row, test=math.nan) if row.failed else row for row in candidate(failed=frozenset({102}))]
    zero = [replace(row, test=0.0) if row.failed else row for row in rows]
    policy = Policy(looks=(10,))
    assert judge(rows, BASELINE, policy, margin=1.0).parts == judge(zero, BASELINE, policy, margin=1.0).parts


def with_endpoint(rows, value, name="log_loss"):
    return [replace(row, **{name: value + wobble(int(row.seed[1:]), 0.01)}) for row in rows]


@pytest.mark.parametrize("name", ["log_loss", "training_loss"])
def test_a_worse_second_endpoint_withholds_a_pass_and_never_fails(name):
    baseline = with_endpoint(BASELINE, 0.30, name)
    policy = Policy(endpoint=name)
    worse = judge(with_endpoint(candidate(), 0.45, name), baseline, policy, margin=1.5)
    assert (worse.status, worse.runs) == (Status.INCONCLUSIVE, 20)
    assert "0.449, in the baseline 0.299: higher" in worse.reason
    assert judge(with_endpoint(candidate(), 0.15, name), baseline, policy, margin=1.5).status is Status.PASS
    assert judge(with_endpoint(candidate(), 0.45, name), baseline, Policy(endpoint="none"), margin=1.5).runs == 5
    unknown = with_endpoint(candidate(), math.inf, name)
    assert judge(unknown, baseline, policy, margin=1.5).status is Status.PASS


def test_a_part_that_withholds_stands_behind_one_that_alarms():
    rows = with_endpoint(candidate(86.0), 0.45)
    assert judge(rows, with_endpoint(BASELINE, 0.30), margin=1.0).decided_by == "location"


@given(st.floats(85, 92), st.floats(0.05, 4), st.integers(0, 6), st.floats(0.1, 4))
def test_the_status_is_what_the_parts_say(mean, sd, failures, margin):
    verdict = judge(candidate(mean, sd=sd, failed=frozenset(range(100, 100 + failures))), BASELINE, margin=margin)
    said = {part.says for part in verdict.parts}
    if verdict.status is Status.PASS:
        assert said == {Says.ALLOWS}
    elif verdict.status is Status.FAIL:
        assert part_of(verdict, verdict.decided_by).says is Says.ALARMS
    else:
        assert Says.ALARMS not in said
        assert part_of(verdict, verdict.decided_by).says in (Says.WITHHOLDS, Says.UNDECIDED)
    assert all(isinstance(part, Part) and part.words for part in verdict.parts)


# a verdict for every way a part can speak
SPOKEN = (
    judge(candidate(), BASELINE, margin=1.5),
    judge(candidate(89.2, runs=5), BASELINE, margin=0.75),
    judge(candidate(86.0), BASELINE, margin=1.0),
    judge(candidate(80.0), BASELINE, margin=None),
    judge(candidate(failed=frozenset(range(100, 120))), BASELINE, margin=1.0),
    judge(candidate(sd=5.0), BASELINE, Policy(spread_alarm=0.2), margin=20.0),
    judge(candidate(runs=5, failed=frozenset({101, 102})), BASELINE, margin=1.5),
    judge(candidate(failed=frozenset({102, 104, 107})), BASELINE, Policy(looks=(10,), failure_room=0.7), margin=1.0),
    judge(with_endpoint(candidate(), 0.45), with_endpoint(BASELINE, 0.30), margin=1.5),
    judge(
        with_endpoint(candidate(), 0.45), with_endpoint(BASELINE, 0.30), Policy(endpoint="training_loss"), margin=1.5
    ),
)


def test_every_part_stands_in_the_table_speaks_in_its_order_and_as_its_kind_can():
    places = list(PARTS)
    for verdict in SPOKEN:
        order = [places.index(part.name) for part in verdict.parts]
        assert order == sorted(order)
    spoken = [part for verdict in SPOKEN for part in verdict.parts]
    assert {part.name for part in spoken} == set(places)
    alarming = {part.name for part in spoken if part.says is Says.ALARMS}
    assert alarming == {name for name, kind in PARTS.items() if kind.can_alarm}
    # what can alarm stands before what can only withhold
    assert [kind.can_alarm for kind in PARTS.values()] == sorted((k.can_alarm for k in PARTS.values()), reverse=True)


def test_a_part_that_can_only_withhold_cannot_alarm():
    for kind in PARTS.values():
        if kind.can_alarm:
            assert kind.part(Says.ALARMS, "worse").says is Says.ALARMS
        else:
            with pytest.raises(ValueError, match=f"{kind.name} alarms .worse., and it can only withhold"):
                kind.part(Says.ALARMS, "worse")


def test_seeds_are_promised_only_by_a_part_that_they_can_move_and_the_others_name_a_remedy():
    undecided = [verdict for verdict in SPOKEN if verdict.status is Status.INCONCLUSIVE and verdict.margin is not None]
    for verdict in undecided:
        movable = PARTS[verdict.decided_by].more_seeds is not MoreSeeds.NOTHING
        assert ("seeds would" in verdict.reason or "no number of seeds" in verdict.reason) == movable
    assert {PARTS[verdict.decided_by].more_seeds for verdict in undecided} == set(MoreSeeds)
    for kind in PARTS.values():
        silent = kind.more_seeds is not MoreSeeds.NOTHING or kind.name in ("failed runs", "spread")
        assert bool(kind.remedy) == bool(kind.brief) == (not silent)
