import pytest
import torch

from stablebert.training.seeding import Streams
from stablebert.training.stacked.seed_masks import Draws, dropped, kept
from tests.training.fast.native.kept import keeps

CPU = torch.device("cpu")


@pytest.mark.parametrize("key", [0, 12345, 2**63 - 2])
def test_what_is_kept_is_what_the_kernels_keep(key):
    rows, columns, rate = 40, 33, 0.3
    found = kept(torch.tensor([7, key]), torch.arange(rows)[None], columns, rate)[1]
    assert torch.equal(found.double(), keeps(rows, columns, rate, key))
    # the planted defect: a neighbour's key
    assert not torch.equal(found.double(), keeps(rows, columns, rate, key + 1))


def test_the_draws_of_a_seed_are_those_of_its_run_alone():
    streams = [Streams(seed, seed) for seed in (5, 6)]
    draws = Draws(streams, CPU)
    draws.begin([9, 9])
    keys, rows = draws.keys(), draws.kept_rows(torch.ones(2, 4, 50), 0.4)
    for index, one in enumerate(streams):
        with one.dropout_of(9):
            assert int(torch.randint(2**63 - 1, ())) == int(keys[index])
            assert torch.equal(torch.nn.functional.dropout(torch.ones(4, 50), 0.4) > 0, rows[index])
    assert not torch.equal(rows[0], rows[1])


def test_the_callers_generator_stays_where_it_is():
    before = torch.get_rng_state()
    draws = Draws([Streams(1, 1)], CPU)
    draws.begin([0])
    draws.keys(), draws.kept_rows(torch.ones(1, 2, 2), 0.5)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_dropped_is_0_even_where_it_was_no_number():
    values = torch.tensor([float("nan"), 3.0])
    assert dropped(values, torch.tensor([False, True]), 0.25).tolist() == [0.0, 4.0]
