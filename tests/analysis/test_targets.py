import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.analysis import Measured, judge_printed, judge_targets
from stablebert.gate import Status, Verdict
from stablebert.paper import printed_rows
from stablebert.stats import holm
from tests.gate.exact_rows import exact_rows, rows_of

PRINTED = printed_rows([Path(__file__).parents[2] / "baselines"])
BY_CELL = {(row.table, row.task, row.method, row.length): row for row in PRINTED}
COLA = BY_CELL[1, "cola", "debiased", "3ep"]  # 63.0 ± 1.5, margin 1.5
COLA_CELL = "cola_debiased_3ep_bert-large_fp32"
STSB = BY_CELL[1, "stsb", "debiased", "3ep"]  # 89.0 ± 0.6, margin 0.5
DRAWS = 500
XLNET = next(
    row for row in PRINTED if (row.encoder, row.task, row.method) == ("xlnet-large", "rte", "debiased")
)  # 71.7 ± 12.6


def measured(row, shift=0.0, stretch=1.0, runs=20, cell=None):
    cell = cell or f"{row.task}_{row.method}_{row.length}_{row.encoder}_fp32"
    return Measured(row, cell, exact_rows(row.mean + shift, row.sd * stretch, runs))


def judged(row, shift=0.0, stretch=1.0, runs=20):
    return judge_targets([measured(row, shift, stretch, runs)], PRINTED)[0]


def test_the_same_numbers_pass_where_the_seeds_can_show_it():
    outcome = judged(COLA)
    assert (outcome.status, outcome.mean_status, outcome.sd_status) == ("PASS", "PASS", "PASS")
    assert outcome.difference == pytest.approx(0.0, abs=1e-9)
    assert outcome.sd_ratio == pytest.approx(1.0)
    low, high = outcome.expected
    assert low < outcome.mean < high
    # with a margin of half a point and a spread of 0.6, 5 runs show nothing
    assert judged(STSB, runs=5).mean_status == "INCONCLUSIVE"


@pytest.mark.parametrize(("shift", "status"), [(-4.0, "FAIL"), (-1.4, "FAIL"), (-0.75, "INCONCLUSIVE"), (3.0, "PASS")])
def test_the_mean_is_judged_against_its_margin(shift, status):
    assert judged(COLA, shift).mean_status == status


@pytest.mark.parametrize(("stretch", "status"), [(0.5, "PASS"), (1.3, "PASS"), (1.4, "INCONCLUSIVE"), (1.5, "FAIL")])
def test_the_spread_is_judged_by_its_f_bounds(stretch, status):
    outcome = judged(COLA, 3.0, stretch)
    assert outcome.sd_status == status
    assert outcome.status == status


def test_a_wide_printed_spread_is_information_only():
    outcome = judged(XLNET, 10.0, 3.0)
    assert outcome.sd_status is None
    assert "information only" in outcome.reason
    assert outcome.status == outcome.mean_status


def test_failed_runs_are_in_the_mean():
    scores = [63.0 + 0.1 * place for place in range(18)] + [0.0, 0.0]
    outcome = judge_targets([Measured(COLA, COLA_CELL, rows_of(scores, failed={18, 19}))], PRINTED)[0]
    assert outcome.mean == pytest.approx(np.mean(scores))
    assert (outcome.runs, outcome.failed, outcome.sd_status) == (20, 2, "FAIL")


def test_the_dev_half_of_table_5_is_the_validation_score():
    row = next(row for row in PRINTED if row.table == 5 and row.score == "validation")
    rows = rows_of([0.0, 1.0, 2.0], validation=[86.0, 86.1, 85.9])
    assert judge_targets([Measured(row, "mnli", rows)], PRINTED)[0].mean == pytest.approx(86.0)


def test_holm_is_within_a_table():
    table_1 = [row for row in PRINTED if row.table == 1][:8]
    others = [row for row in PRINTED if row.table == 2][:4]
    outcomes = judge_targets([measured(row, -0.3, runs=12) for row in [*table_1, *others]], PRINTED)
    for rows in (table_1, others):
        alone = [judged(row, -0.3, runs=12) for row in rows]
        together = [one for one in outcomes if one.printed in rows]
        for name in ("p_value", "p_inferior"):
            raw = [getattr(one, name) for one in alone]
            assert [getattr(one, name) for one in together] == pytest.approx(holm(raw))
            # the control: alone, at least one is smaller
            assert raw != pytest.approx([getattr(one, name) for one in together])


def test_runs_that_are_no_evidence_are_invalid_and_in_no_family():
    good, rows = measured(COLA), exact_rows(69.5, 2.5)
    bad = [
        ((), "no runs"),
        (rows[:1], "one run"),
        ((*rows, rows[0]), "twice"),
        ((replace(rows[0], test=float("nan"), failed=True), *rows[1:]), "have no score"),
        ((replace(rows[0], losses=rows[1].losses), *rows[1:]), "the seed is ignored"),
    ]
    outcomes = judge_targets(
        [good, *(Measured(STSB, f"stsb_debiased_{n + 1}ep_bert-large_fp32", each) for n, (each, _) in enumerate(bad))],
        PRINTED,
    )
    assert outcomes[0] == judged(COLA)
    for outcome, (_, reason) in zip(outcomes[1:], bad, strict=True):
        assert outcome.status is Status.INVALID
        assert reason in outcome.reason


def test_the_papers_own_rule_is_shown_and_decides_nothing():
    group = [row for row in PRINTED if (row.table, row.task) == (1, "mrpc")]
    outcomes = judge_targets([measured(row) for row in group], PRINTED)
    assert [one.marked_in_print for one in outcomes] == [False, False, True, False]
    assert [one.marked_here for one in outcomes] == [False, False, True, False]
    assert judged(group[0]).marked_here is None
    assert judged(XLNET).marked_in_print is None
    # a loss of two points on the best: another cell is the best then, and the mean says FAIL all the same
    worse = judge_targets([measured(row, -2.0 * (row is group[2])) for row in group], PRINTED)
    assert [one.marked_here for one in worse] == [True, True, False, True]
    assert worse[2].mean_status == "FAIL"


def test_the_papers_rule_is_applied_within_a_precision_class():
    rows = [row for row in PRINTED if (row.table, row.task) == (1, "mrpc")][:2]
    cells = [measured(rows[0]), measured(rows[1]), measured(rows[0], 5.0, cell="mrpc_debiased_3ep_bert-large_bf16")]
    assert [one.marked_here for one in judge_targets(cells, PRINTED)] == [True, True, None]


def test_a_gate_without_stored_runs_gets_a_verdict():
    verdict = judge_printed(measured(COLA))
    assert verdict.status is Status.PASS
    assert "against Table 1: a loss of 1.5 is ruled out" in verdict.sentence()
    assert (verdict.baseline_mean, verdict.baseline_sd, verdict.baseline_runs) == (63.0, 1.5, 20)
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict
    assert judge_printed(measured(COLA, -4.0)).status is Status.FAIL
    assert judge_printed(Measured(COLA, COLA_CELL, ())).status is Status.INVALID


def test_an_outcome_is_plain_data():
    text = json.dumps(judged(COLA).to_dict())
    assert json.loads(text)["printed"]["mean"] == 63.0


@given(st.floats(-3, 3), st.floats(0.3, 3), st.integers(2, 25), st.randoms())
def test_order_says_nothing_and_a_higher_mean_never_hurts(shift, stretch, runs, random):
    one = measured(COLA, shift, stretch, runs)
    shuffled = list(one.rows)
    random.shuffle(shuffled)
    (outcome,) = judge_targets([one], PRINTED)
    assert judge_targets([replace(one, rows=tuple(shuffled))], PRINTED) == [outcome]
    better = judged(COLA, shift + 0.5, stretch, runs)
    assert better.p_value <= outcome.p_value
    order = (Status.FAIL, Status.INCONCLUSIVE, Status.PASS)
    assert order.index(better.mean_status) >= order.index(outcome.mean_status)


def drawn(generator, shift=0.0, stretch=1.0, printed_runs=20):
    """Return a judgement in which the printed numbers are a sample too, of 63 ± 1.5."""
    theirs, ours = generator.normal(63, 1.5, printed_runs), generator.normal(63 + shift, 1.5 * stretch, 20)
    row = replace(COLA, mean=float(theirs.mean()), sd=float(theirs.std(ddof=1)), runs=printed_runs)
    return judge_targets([Measured(row, COLA_CELL, rows_of(ours))], [row])[0]


def rates(name, **case):
    generator = np.random.default_rng(17)
    found = [getattr(drawn(generator, **case), name) for _ in range(DRAWS)]
    return {status: found.count(status) / DRAWS for status in Status}


def test_the_errors_are_those_promised():
    near = 3 * np.sqrt(0.05 * 0.95 / DRAWS)
    assert rates("mean_status", shift=-1.5)["PASS"] == pytest.approx(0.05, abs=near)
    assert rates("mean_status")["FAIL"] <= 0.05 + near
    assert rates("sd_status")["FAIL"] == pytest.approx(0.05, abs=near)
    assert rates("sd_status", stretch=2.0)["PASS"] == pytest.approx(0.05, abs=near)


def test_what_is_far_off_is_seen():
    generator = np.random.default_rng(18)
    assert all(drawn(generator, shift=-4.0, stretch=4.0).sd_status == "FAIL" for _ in range(20))
    assert all(drawn(generator, shift=-4.0).mean_status == "FAIL" for _ in range(20))


def test_a_printed_mean_taken_for_a_constant_would_fail_equal_runs():
    generator = np.random.default_rng(17)
    failed = 0
    for _ in range(DRAWS):
        theirs, ours = generator.normal(63, 1.5, 20), generator.normal(63, 1.5, 20)
        row = replace(COLA, mean=float(theirs.mean()), sd=1.5, runs=10**9)
        (outcome,) = judge_targets([Measured(row, COLA_CELL, rows_of(ours))], [row])
        failed += outcome.p_inferior <= 0.05
    assert failed / DRAWS > 0.09
