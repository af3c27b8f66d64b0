"""What a whole session says: as much as its parts do, and nothing is carried."""

import itertools

import pytest

from stablebert.gate import Status, Verdict, session_status


def verdict_of(status, difference=0.0, margin=1.0):
    return Verdict("cell", status, "", difference=difference, margin=margin)


def by_the_words(names):
    """Return the status that the words of the rule give: the worst of all that was said."""
    return next(Status(name) for name in ("INVALID", "FAIL", "INCONCLUSIVE", "PASS") if name in names)


@pytest.mark.parametrize("pooled", [None, *Status])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_says_the_worst_of_what_its_cells_and_their_pool_say(count, pooled):
    for names in itertools.product(Status, repeat=count):
        together = None if pooled is None else verdict_of(pooled)
        found = session_status([verdict_of(name) for name in names], together)
        assert found is by_the_words([*names, *([pooled] if pooled else [])])
        # PASS needs every cell and the pool
        assert (found is Status.PASS) == ({*names, pooled} <= {Status.PASS, None})


@pytest.mark.parametrize("difference", [-0.8, 0.8, None])
def test_a_pool_that_passes_carries_no_undecided_cell(difference):
    verdicts = [verdict_of(Status.PASS), verdict_of(Status.INCONCLUSIVE, difference)]
    assert session_status(verdicts, verdict_of(Status.PASS)) is Status.INCONCLUSIVE


def test_cells_that_pass_do_not_close_an_open_pool():
    assert session_status([verdict_of(Status.PASS)] * 9, verdict_of(Status.INCONCLUSIVE)) is Status.INCONCLUSIVE


def test_a_session_without_gates_has_no_verdict():
    for pooled in (None, verdict_of(Status.PASS)):
        with pytest.raises(ValueError, match="^a session without a gate has no verdict$"):
            session_status([], pooled)
