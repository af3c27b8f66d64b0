"""Which estimate of the difference is taken when both sides share seeds."""

from dataclasses import replace

from stablebert.gate import Policy, Status, judge
from tests.gate.arms import BASELINE, candidate
from tests.synthetic import wobble


def correlated(loss, noise):
    """Return rows on the baseline's seeds whose scores follow it, with losses of their own."""
    return [
        replace(row, test=row.test - loss + wobble(1000 + place, noise), losses=f"x{place}")
        for place, row in enumerate(BASELINE)
    ]


def test_paired_judgement_needs_the_same_streams():
    rows = [replace(row, test=row.test - 0.2, losses=f"x{row.seed}") for row in BASELINE]
    policy = Policy(pairing="paired")
    assert judge(rows, BASELINE, policy, margin=1.0).pairing == "paired"
    # two pairs are left: too few for a paired test, enough for two samples
    few = [replace(row, failed=row.seed in ("s000", "s001")) for row in rows[:5]]
    other = [replace(row, failed=row.seed in ("s002", "s003")) for row in BASELINE]
    assert judge(few, other, policy, margin=1.0).pairing == "moderated"
    strange = [replace(row, order="other") for row in rows]
    assert judge(strange, BASELINE, policy, margin=1.0).pairing == "moderated"


def test_equal_seeds_anchor_the_estimate_where_they_say_enough():
    policy = Policy(looks=(10,))
    verdict = judge(correlated(0.2, 0.05), BASELINE, policy, margin=0.4)
    assert (verdict.status, verdict.pairing) == (Status.PASS, "anchored")
    assert verdict.correlation > 0.9
    assert f"anchored, correlation {verdict.correlation:.2f})" in verdict.sentence()
    # the control: on seeds that drew other numbers the same scores show nothing
    strange = [replace(row, head="other") for row in correlated(0.2, 0.05)]
    other = judge(strange, BASELINE, policy, margin=0.4)
    assert (other.status, other.pairing, other.correlation) == (Status.INCONCLUSIVE, "moderated", None)
    # fewer than ten pairs, and seeds that say little
    assert judge(correlated(0.3, 0.1)[:9], BASELINE, Policy(looks=(9,)), margin=0.4).pairing == "moderated"
    assert judge(correlated(0.0, 3.0), BASELINE, policy, margin=5.0).pairing == "moderated"


def test_a_forced_estimate_is_used_where_it_can_be():
    for pairing in ("welch", "moderated", "paired", "anchored"):
        assert judge(correlated(0.0, 0.1), BASELINE, Policy(pairing=pairing), margin=1.0).pairing == pairing
    assert judge(candidate(), BASELINE, Policy(pairing="anchored"), margin=1.0).pairing == "moderated"
