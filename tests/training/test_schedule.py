import torch
from hypothesis import given
from hypothesis import strategies as st

from stablebert.training.evaluation import evaluation_steps
from stablebert.training.examples import epoch_batches


def batches(examples, batch_size, steps, seed=0):
    return epoch_batches(examples, batch_size, steps, torch.Generator().manual_seed(seed))


@given(st.integers(1, 70), st.integers(1, 20), st.integers(0, 9))
def test_every_epoch_is_a_permutation_in_batches(examples, batch_size, seed):
    per_epoch = -(-examples // batch_size)
    drawn = batches(examples, batch_size, 2 * per_epoch, seed)
    for epoch in (drawn[:per_epoch], drawn[per_epoch:]):
        assert sorted(index for batch in epoch for index in batch) == list(range(examples))
        assert all(len(batch) == batch_size for batch in epoch[:-1])


def test_epochs_and_seeds_have_other_orders():
    drawn = batches(50, 50, 2)
    assert drawn[0] != drawn[1]
    assert drawn[0] != batches(50, 50, 1, seed=1)[0]


def test_a_longer_run_begins_like_a_shorter_one():
    assert batches(10, 3, 9)[:5] == batches(10, 3, 5)


@given(st.integers(1, 4000), st.integers(1, 20))
def test_evaluations_are_spread_evenly_and_end_with_the_run(total, evaluations):
    steps = evaluation_steps(total, evaluations)
    assert steps[-1] == total
    assert len(steps) == min(total, evaluations)
    gaps = [late - early for early, late in zip([0, *steps], steps, strict=False)]
    assert min(gaps) >= 1
    assert max(gaps) - min(gaps) <= 1
