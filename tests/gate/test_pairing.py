"""Which estimate of the difference is taken when both sides share seeds."""

from dataclasses import replace

import pytest
from scipy import stats

from stablebert.gate import Policy, Status, judge
from stablebert.stats import nominal_level, noninferiority
from tests.gate.arms import BASELINE, at, candidate, part_of
from tests.synthetic import wobble


def correlated(loss, noise):
    """Return rows on the baseline's seeds whose scores follow it, with losses of their own."""
    return [
        replace(row, test=row.test - loss + wobble(1000 + place, noise), losses=f"x{place}")
        for place, row in enumerate(BASELINE)
    ]


def by_seed(rows):
    return {row.seed: row.test for row in rows}


def test_paired_judgement_needs_three_pairs_of_the_same_streams():
    rows = [replace(row, test=row.test - 0.2, losses=f"x{row.seed}") for row in BASELINE]
    policy = Policy(pairing="paired")
    assert judge(rows, BASELINE, policy, margin=1.0).pairing == "paired"
    for lost, pairing in (({5}, "paired"), ({4, 5}, "moderated")):
        # of six seeds two are lost here, and one or two there
        few = [replace(row, failed=place < 2) for place, row in enumerate(rows[:6])]
        other = [replace(row, failed=place in lost) for place, row in enumerate(BASELINE)]
        assert judge(few, other, policy, margin=1.0).pairing == pairing
    for stream in ("head", "order", "dropout"):
        strange = at(rows, {})
        strange[3] = replace(strange[3], **{stream: "other"})
        assert judge(strange, BASELINE, policy, margin=1.0).pairing == "moderated"


def test_pairs_are_the_t_test_of_the_differences_and_share_no_baseline_between_looks():
    rows = correlated(0.1, 0.2)
    for looks in ((12,), (6, 12)):
        policy = Policy(pairing="paired", looks=looks)
        verdict = judge(rows, BASELINE, policy, margin=0.5)
        gaps = [row.test - other.test for row, other in zip(rows[:12], BASELINE, strict=False)]
        assert verdict.runs == 12
        assert verdict.p_value == pytest.approx(stats.ttest_1samp(gaps, -0.5, alternative="greater").pvalue)
        level = nominal_level(0.05, looks)
        bound = noninferiority(by_seed(rows[:12]), by_seed(BASELINE), margin=0.5, alpha=level, pairing="paired")
        assert verdict.lower_bound == bound.lower_bound


def test_equal_seeds_anchor_the_estimate_where_they_say_enough():
    policy = Policy(looks=(12,))
    verdict = judge(correlated(0.2, 0.05), BASELINE, policy, margin=0.4)
    assert (verdict.status, verdict.pairing) == (Status.PASS, "anchored")
    assert verdict.correlation > 0.9
    assert f"anchored, correlation {verdict.correlation:.2f})" in verdict.sentence()
    # against a stored baseline looks share its mean
    several = judge(correlated(0.2, 0.05), BASELINE, Policy(looks=(6, 12)), margin=0.4)
    assert part_of(several, "location").level == nominal_level(0.05, (6, 12), 20)
    sides = (by_seed(correlated(0.2, 0.05)[:12]), by_seed(BASELINE))
    bound = noninferiority(*sides, margin=0.4, alpha=nominal_level(0.05, (6, 12), 20), pairing="anchored")
    assert several.lower_bound == bound.lower_bound
    # the control: on seeds that drew other numbers the same scores show nothing
    strange = [replace(row, head="other") for row in correlated(0.2, 0.05)]
    other = judge(strange, BASELINE, policy, margin=0.4)
    assert (other.status, other.pairing, other.correlation) == (Status.INCONCLUSIVE, "moderated", None)
    # fewer than ten pairs, and seeds that say little
    assert judge(correlated(0.3, 0.1)[:9], BASELINE, Policy(looks=(9,)), margin=0.4).pairing == "moderated"
    assert judge(correlated(0.0, 1.0), BASELINE, policy, margin=5.0).pairing == "moderated"


def test_a_forced_estimate_is_used_where_it_can_be():
    for pairing in ("welch", "moderated", "paired", "anchored"):
        assert judge(correlated(0.0, 0.1), BASELINE, Policy(pairing=pairing), margin=1.0).pairing == pairing
    for pairing, used in (("anchored", "moderated"), ("paired", "moderated"), ("welch", "welch")):
        assert judge(candidate(), BASELINE, Policy(pairing=pairing), margin=1.0).pairing == used
    # four pairs anchor, three do not
    for pairs, used in ((3, "moderated"), (4, "anchored")):
        mixed = [*correlated(0.0, 0.1)[20 - pairs :], *candidate(runs=6 - pairs)]
        assert judge(mixed, BASELINE, Policy(pairing="anchored", looks=(pairs,)), margin=1.0).pairing == used


def test_a_correlation_is_reported_where_seeds_are_shared_whatever_the_estimate():
    verdict = judge(correlated(0.1, 0.3), BASELINE, Policy(looks=(12,), pairing="welch"), margin=1.0)
    ours, theirs = ([row.test for row in side] for side in (correlated(0.1, 0.3)[:12], BASELINE[:12]))
    assert verdict.correlation == pytest.approx(stats.pearsonr(ours, theirs).statistic)
    assert judge(candidate(), BASELINE, margin=1.0).correlation is None
