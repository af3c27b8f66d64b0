"""The parts of the rule together: their order, their shares of the error, what each can say and promise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.gate import PARTS, MoreSeeds, Numbers, Part, Policy, Says, Status, judge
from stablebert.gate.part import FAILED_RUNS, LOCATION, SPREAD, _endpoint, deciding, in_order
from stablebert.stats import nominal_level
from tests.gate.arms import BASELINE, candidate, failing, part_of, with_endpoint


def test_an_equal_candidate_is_allowed_by_every_part_and_says_so():
    verdict = judge(candidate(), BASELINE, margin=1.5)
    assert [(part.name, part.words) for part in verdict.parts] == [
        ("failed runs", "0 of 12 runs failed, in the baseline 0 of 20"),
        ("location", "a loss of 1.50 points is ruled out"),
        ("spread", "standard deviation 0.62, in the baseline 0.44"),
        ("failure rate", "the failure rate is at most 22 %"),
        ("held-out log-loss", "held-out log-loss 0.100, in the baseline 0.100"),
    ]
    assert {part.says for part in verdict.parts} == {Says.ALLOWS}
    assert verdict.decided_by == "location"
    location = part_of(verdict, "location")
    assert (location.estimate, location.bound, location.limit) == (verdict.difference, verdict.lower_bound, -1.5)
    assert (location.p, location.level) == (verdict.p_value, nominal_level(0.05, baseline_runs=20))
    for name in ("failed runs", "spread"):
        part = part_of(verdict, name)
        assert part.bound is None
        assert part.p > part.level
    assert part_of(verdict, "spread").estimate == verdict.sd
    assert part_of(verdict, "spread").limit == verdict.baseline_sd


@pytest.mark.parametrize(
    ("name", "alpha"),
    [("failed runs", 0.0035 / 6), ("spread", 0.001 / 6), ("held-out log-loss", 0.01), ("location", 0.05)],
)
@pytest.mark.parametrize("lost", [0, 2])
def test_each_part_has_its_share_of_the_error_over_all_looks(name, alpha, lost):
    baseline = [row for row in BASELINE if row.seed not in ("s000", "s001")[:lost]]
    verdict = judge(candidate(), baseline, Policy(cells=6), margin=1.5)
    assert part_of(verdict, name).level == pytest.approx(nominal_level(alpha, baseline_runs=20 - lost))


@pytest.mark.parametrize(("cells", "share"), [(1, 0.005), (6, 0.005 / 7)])
def test_an_alarm_of_location_has_what_the_cells_and_their_mean_share(cells, share):
    verdict = judge(candidate(87.9), BASELINE, Policy(cells=cells), margin=1.0)
    assert (verdict.status, verdict.decided_by) == (Status.FAIL, "location")
    assert part_of(verdict, "location").level == pytest.approx(nominal_level(share, baseline_runs=20))


def test_failures_alarm_before_location_does():
    rows = candidate(87.9, **failing(0, 1, 2, 4, 5, 6, 7, 8))
    verdict = judge(rows, BASELINE, Policy(looks=(12,), location_alarm=0.5), margin=1.0)
    assert {part.name for part in verdict.parts if part.says is Says.ALARMS} == {"failed runs", "location"}
    assert (verdict.status, verdict.decided_by) == (Status.FAIL, "failed runs")


def test_a_part_that_withholds_stands_behind_one_that_alarms():
    quiet = Policy(endpoint_far=1e9)
    rows = with_endpoint(candidate(88.0), 0.45)
    assert judge(rows, with_endpoint(BASELINE, 0.30), quiet, margin=1.0).decided_by == "location"


@settings(max_examples=30)
@given(st.floats(86, 91), st.floats(0.05, 4), st.integers(0, 6), st.none() | st.floats(0.1, 4), st.floats(0.29, 0.33))
def test_the_status_is_what_the_parts_say(mean, sd, failures, margin, loss):
    rows = with_endpoint(candidate(mean, sd=sd, **failing(*range(failures))), loss)
    verdict = judge(rows, with_endpoint(BASELINE, 0.30), margin=margin)
    said = {part.says for part in verdict.parts}
    if verdict.status is Status.PASS:
        assert said == {Says.ALLOWS}
        assert margin is not None
    elif verdict.status is Status.FAIL:
        assert part_of(verdict, verdict.decided_by).says is Says.ALARMS
    else:
        assert Says.ALARMS not in said
        assert part_of(verdict, verdict.decided_by).says in (Says.WITHHOLDS, Says.UNDECIDED)
    assert all(isinstance(part, Part) and part.words for part in verdict.parts)


def spoken():
    """Return a verdict for every way a part can speak."""
    return (
        judge(candidate(), BASELINE, margin=1.5),
        judge(candidate(89.4, runs=6), BASELINE, margin=0.75),
        judge(candidate(87.9), BASELINE, margin=1.0),
        judge(candidate(88.0), BASELINE, margin=None),
        judge(candidate(**failing(*range(20))), BASELINE, margin=1.0),
        judge(candidate(sd=2.0), BASELINE, margin=20.0),
        judge(candidate(runs=6, **failing(1, 2)), BASELINE, margin=1.5),
        judge(candidate(**failing(2, 4, 7)), BASELINE, Policy(looks=(12,), session_failure_room=0.7), margin=1.0),
        judge(with_endpoint(candidate(), 0.32), with_endpoint(BASELINE, 0.30), margin=1.5),
        *(
            judge(
                with_endpoint(candidate(), 0.45, f"{name}_loss"),
                with_endpoint(BASELINE, 0.30, f"{name}_loss"),
                Policy(endpoint=f"{name}_loss"),
                margin=1.5,
            )
            for name in ("log", "training")
        ),
    )


def test_every_part_stands_in_the_table_speaks_in_its_order_and_as_its_kind_can():
    places, verdicts = list(PARTS), spoken()
    for verdict in verdicts:
        order = [places.index(part.name) for part in verdict.parts]
        assert order == sorted(order)
    parts = [part for verdict in verdicts for part in verdict.parts]
    assert {part.name for part in parts} == set(places)
    alarming = {part.name for part in parts if part.says is Says.ALARMS}
    assert alarming == {name for name, kind in PARTS.items() if kind.can_alarm}
    assert {kind.name for kind in PARTS.values() if not kind.can_alarm} == {"failure rate", "all runs"}
    assert all(name == kind.name and kind.question.endswith("?") for name, kind in PARTS.items())


def test_a_part_that_can_only_withhold_cannot_alarm():
    for kind in PARTS.values():
        if kind.can_alarm:
            assert kind.part(Says.ALARMS, "worse").says is Says.ALARMS
        else:
            with pytest.raises(ValueError, match=f"^{kind.name} alarms .worse., and it can only withhold a PASS$"):
                kind.part(Says.ALARMS, "worse")


def test_a_p_value_on_its_level_alarms_and_one_above_does_not():
    for p, says, words in ((0.01, Says.ALARMS, "wide (p = 0.01)"), (0.0101, Says.ALLOWS, "wide")):
        assert SPREAD.alarm("wide", 2.0, 1.0, p, 0.01) == Part("spread", says, words, 2.0, None, 1.0, p, 0.01)


def test_the_first_alarm_decides_else_the_first_objection():
    allows, withholds, alarms = (
        [kind.part(says, "") for kind in (FAILED_RUNS, LOCATION, SPREAD)]
        for says in (Says.ALLOWS, Says.WITHHOLDS, Says.ALARMS)
    )
    assert deciding([]) is deciding(allows) is None
    assert deciding([allows[0], withholds[1], alarms[2]]) is alarms[2]
    assert deciding([withholds[0], alarms[1], alarms[2]]) is alarms[1]
    assert deciding([allows[0], withholds[1], LOCATION.part(Says.UNDECIDED, "")]) is withholds[1]
    assert in_order([alarms[2], None, alarms[0], alarms[1]]) == tuple(alarms)


def test_seeds_are_promised_only_by_a_part_that_they_can_move_and_the_others_name_a_remedy():
    undecided = [
        verdict for verdict in spoken() if verdict.status is Status.INCONCLUSIVE and verdict.margin is not None
    ]
    for verdict in undecided:
        movable = PARTS[verdict.decided_by].more_seeds is not MoreSeeds.NOTHING
        assert ("seeds would" in verdict.reason or "no number of seeds" in verdict.reason) == movable
    assert {PARTS[verdict.decided_by].more_seeds for verdict in undecided} == set(MoreSeeds)
    for kind in PARTS.values():
        silent = kind.more_seeds is not MoreSeeds.NOTHING or kind.name in ("failed runs", "spread")
        assert bool(kind.remedy) == bool(kind.brief) == (not silent)
    for name in ("held-out log-loss", "training loss"):
        assert PARTS[name] == _endpoint(name, PARTS[name].question)
        assert PARTS[name].brief == f"{name} higher"
        assert PARTS[name].remedy == (
            f"Not more seeds of the same: the candidate's {name} is higher, which its score does not show. Look at "
            "what has changed; a policy without this endpoint would not ask."
        )
        assert (PARTS[name].can_alarm, PARTS[name].numbers) == (True, Numbers.CHANCE)
