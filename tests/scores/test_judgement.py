"""Tables judged: the terms, and what makes runs no evidence."""

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.gate import Policy, Status
from stablebert.scores import RawRow, ScoreRow, ScoreTable, TableError, judge_scores, judgement, table_of, terms_of
from tests.synthetic import wobble

READ = frozenset({"seed", "score", "failed"})


def table(label, rows, columns=READ):
    return ScoreTable(label, tuple(rows), columns, (), label)


def rows(mean, seeds=range(20), *, sd=0.5, failed=(), loss=None):
    return [
        ScoreRow(
            f"s{seed:03d}",
            math.nan if seed in failed else mean + wobble(seed + 300, sd),
            None if loss is None else loss(seed),
            seed in failed,
            "diverged" if seed in failed else "",
        )
        for seed in seeds
    ]


def judged(ours, theirs, columns=READ, **given):
    baseline, candidate = table("base", theirs, columns), table("new", ours, columns)
    return judge_scores(candidate, baseline, terms_of(baseline, [candidate], Policy(), **given))


@pytest.mark.parametrize(
    ("mean", "sd", "given", "margin"),
    [
        (90.0, 0.5, {}, 0.7377),
        # 1.5 sd would be 4.4
        (50.0, 3.0, {}, 2.0),
        (0.5, 0.03, {}, 2.0),
        (1500.0, 3.0, {}, 4.4266),
        (50.0, 3.0, {"lower_is_better": True}, 4.4266),
        (50.0, 3.0, {"margin": 7.0}, 7.0),
        (50.0, 0.0, {}, None),
    ],
)
def test_the_margin_is_capped_where_scores_may_be_points(mean, sd, given, margin):
    baseline = table("base", rows(mean, sd=sd))
    assert terms_of(baseline, [], Policy(), **given).margin == margin


@pytest.mark.parametrize(
    ("mean", "given", "said"),
    [
        (0.9, {}, "taken as fractions"),
        (90.0, {}, "the unit of the scores is not known"),
        (900.0, {}, "the scores are no percentages"),
        (0.9, {"lower_is_better": True}, "judged with their sign turned"),
    ],
)
def test_what_is_supposed_of_the_unit_is_said_once(mean, given, said):
    notes = terms_of(table("base", rows(mean, sd=0.01)), [], Policy(), **given).notes
    assert [said in note for note in notes].count(True) == 1


def test_a_loss_that_two_seeds_share_shows_that_a_seed_is_ignored():
    def loss(seed):
        return 0.3 + seed % 20 / 7e3 + seed / 1e8

    columns, theirs = READ | {"loss"}, rows(90.0, loss=loss)
    sound = rows(90.0, range(100, 120), loss=loss)
    assert judged(sound, theirs, columns).status is Status.PASS
    twice = [*sound[:3], *(ScoreRow(f"s{seed}", sound[0].score, sound[0].loss) for seed in range(103, 106))]
    found = judged([*twice, *sound[6:]], theirs, columns)
    assert (found.status, found.reason) == (
        Status.INVALID,
        "the candidate's seeds s100 and s103 have the same losses: the seed is ignored",
    )
    own = [*sound[:5], ScoreRow("s105", theirs[2].score, theirs[2].loss), *sound[6:]]
    assert judged(own, theirs, columns).reason.endswith("its own run")
    # the control: a loss that was rounded may be that of two runs
    coarse = [ScoreRow(row.seed, row.score, 0.31) for row in sound]
    assert judged(coarse, [ScoreRow(row.seed, row.score, 0.31) for row in theirs], columns).status is Status.PASS


def test_seeds_that_both_sides_have_are_no_pairs_unless_their_streams_are_known():
    theirs = rows(90.0, range(20))
    ours = [ScoreRow(row.seed, row.score + wobble(int(row.seed[1:]), 0.1)) for row in theirs]
    assert judged(ours, theirs).correlation is None
    streams = dict.fromkeys(("head", "order", "dropout", "reinit"), "same")
    known = [
        [ScoreRow(row.seed, row.score, extras={**streams, "losses": f"{side}{row.seed}"}) for row in side_rows]
        for side, side_rows in (("ours", ours), ("theirs", theirs))
    ]
    assert judged(*known).correlation > 0.9


def test_a_failed_run_is_no_gain_where_lower_is_better(monkeypatch):
    def mean_of_all_runs():
        found = judged(rows(3.0, range(100, 120), sd=0.1, failed=(100, 103)), rows(3.0, sd=0.1), lower_is_better=True)
        assert found.failed == 2
        return next(part.estimate for part in found.parts if part.name == "all runs")

    assert mean_of_all_runs() < -0.1
    # the control: 0 would be the best loss there is
    monkeypatch.setattr(judgement, "_score_of_lost", lambda rows: math.nan)
    assert mean_of_all_runs() > 0.1


def test_runs_that_were_seen_to_be_made_and_are_the_same_are_unchanged():
    baseline = table("base", rows(90.0))
    same = table("new", rows(90.0, range(6)))
    terms = terms_of(baseline, [same], Policy())
    assert judge_scores(same, baseline, terms).status is Status.INVALID
    found = judge_scores(same, baseline, terms, fresh=True)
    assert (found.status, found.reason) == (Status.PASS, "identical, 6 seeds")
    # a constant that happens to be the baseline's is no evidence, however it was made
    constant = table("new", [ScoreRow(f"s{seed:03d}", 90.0) for seed in range(6)])
    assert judge_scores(constant, baseline, terms, fresh=True).status is Status.INVALID


@pytest.mark.parametrize("margin", ["a point", True, [1.0]])
def test_a_margin_is_a_number(margin):
    with pytest.raises(TableError, match="base: the margin is .*; it must be a number"):
        terms_of(table("base", rows(90.0)), [], Policy(), margin=margin)


def test_a_margin_that_no_score_can_lose_is_none():
    baseline = table("base", rows(60.0))
    with pytest.raises(
        TableError, match=r"the margin is 60.5 points of a mean of .*: not even a score of 0 loses more"
    ):
        terms_of(baseline, [], Policy(), margin=60.5)
    # the control: a loss of 59 can be lost, and one of a unit of its own may be any
    assert terms_of(baseline, [], Policy(), margin=59.0).margin == 59.0
    assert terms_of(table("base", rows(0.0, sd=0.02)), [], Policy(), margin=2.0).margin == 2.0
    assert terms_of(baseline, [], Policy(), margin=1e9, lower_is_better=True).margin == 1e9


def losses(seeds, *, diverged=()):
    return [replace(one, score=2.31 - one.score + 0.6 * (one.seed in diverged)) for one in rows(0.0, seeds, sd=0.01)]


def test_in_a_unit_of_its_own_a_run_far_from_all_others_is_lost_whatever_a_point_would_be():
    diverged = [f"s{seed}" for seed in range(100, 112)]
    verdict = judged(losses(range(100, 112), diverged=diverged[::2]), losses(range(20)), lower_is_better=True)
    assert (verdict.status, verdict.decided_by, verdict.collapsed) == (Status.FAIL, "failed runs", 5)
    # the control: with a point as the least distance nothing is lost, and the spread hides it
    near = terms_of(table("base", losses(range(20))), [], Policy(), lower_is_better=True)
    assert near.policy.least_far == 0.0
    ours, theirs = table("new", losses(range(100, 112), diverged=diverged[::2])), table("base", losses(range(20)))
    blind = judge_scores(ours, theirs, replace(near, policy=replace(near.policy, least_far=1.0)))
    assert blind.collapsed == 0
    assert terms_of(table("base", rows(90.0)), [], Policy()).policy.least_far == 1.0


@given(st.integers(0, 10**6), st.sampled_from([1e-3, 1e3]), st.sampled_from([-2.0, 0.0, 500.0]))
def test_a_unit_of_its_own_and_where_it_begins_change_no_verdict(seed, unit, start):
    random = Random(seed)
    loss, rate = random.choice([0.0, 0.5, 2.0]), random.choice([0.0, 0.1, 0.4])
    theirs = [(f"s{run:03d}", random.gauss(0, 1)) for run in range(20)]
    ours = [(f"s{run:03d}", random.gauss(loss, 1) + 30 * (random.random() < rate)) for run in range(100, 120)]

    def found(unit, start):
        sides = ([ScoreRow(run, start + unit * one, None, False, "") for run, one in side] for side in (ours, theirs))
        verdict = judged(*sides, lower_is_better=True, margin=1.5 * unit)
        return verdict.status, verdict.decided_by, verdict.runs, verdict.collapsed

    assert found(unit, start) == found(1.0, 0.0)


def test_one_far_loss_of_the_baseline_widens_no_margin():
    clean, far = (
        terms_of(table("base", losses(range(20), diverged=which)), [], Policy(), lower_is_better=True)
        for which in ((), ("s004",))
    )
    assert clean.margin == pytest.approx(far.margin, rel=0.15)


def test_numbers_of_small_scores_have_the_decimals_of_their_margin():
    theirs = rows(0.03, sd=0.0005)
    worse = judged(rows(0.032, range(100, 120), sd=0.0005), theirs, lower_is_better=True, margin=0.001)
    said = worse.sentence()
    assert (worse.status, "margin 0.0010" in said, "0.00," in said) == (Status.FAIL, True, False)
    assert "a loss of more than 0.0005 is shown" in said
    # the control: points have two
    assert "margin 1.00" in judged(rows(88.5, range(100, 120)), rows(90.0), margin=1.0).sentence()


def test_a_table_of_strange_columns_says_which_are_not_judged():
    found = table_of("mine", [RawRow("row 1", {"seed": 1, "f1": 0.5, "epoch": 3})], score="f1")
    assert (found.rows[0].score, found.ignored) == (0.5, ("epoch",))


@pytest.mark.parametrize(
    ("scores", "problem"),
    [
        ([1, 1, 1], "3 runs all score 1: the seed is ignored"),
        ([1, 2, 1, 2, 1, 2], "6 runs repeat after 2: their seeds are reused"),
        ([1, 2, 3] * 3, "9 runs repeat after 3"),
        ([1, 2, 1, 2], None),
        ([1, 2, 1, 2, 1, 3], None),
        ([1, 1], None),
    ],
)
def test_runs_of_fewer_seeds_than_are_said(scores, problem):
    found = table("mine", [ScoreRow(f"s{seed:03d}", score) for seed, score in enumerate(scores)]).seeds_problem
    assert found is None if problem is None else found.startswith(problem)
    # a loss of its own tells runs of one score apart
    apart = [ScoreRow(f"s{seed:03d}", score, seed / 7) for seed, score in enumerate(scores)]
    assert table("mine", apart).seeds_problem is None
