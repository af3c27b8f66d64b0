"""Dropout by a hash of place: its rate, its independence, the same in both passes, and all of it from the stream."""

import pytest
import torch
from torch import nn

from stablebert.training.fast.native import kernels, modules
from stablebert.training.seeding import Streams
from tests.training.fast.native.kept import NEEDS_KERNELS, keeps

pytestmark = NEEDS_KERNELS
ROWS, COLUMNS = 2000, 384


def mask(key, rate=0.1, rows=ROWS, columns=COLUMNS):
    return (kernels.dropout(torch.ones(rows, columns), rate, key) != 0).double()


def correlation(one, other):
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.9])
def test_the_share_that_is_kept_is_right(rate):
    share = float(torch.stack([mask(key, rate) for key in range(8)]).mean())
    noise = (rate * (1 - rate) / (8 * ROWS * COLUMNS)) ** 0.5
    assert abs(share - (1 - rate)) < 5 * noise
    # the control: a rate off by a hundredth would be seen
    assert abs(float(mask(0, rate + 0.01).mean()) - (1 - rate)) > 5 * noise


def test_neighbours_in_rows_columns_and_keys_are_independent():
    noise = (ROWS * COLUMNS) ** -0.5
    one = mask(2**40)
    for other in (one.roll(1, 0), one.roll(1, 1), one.roll(2, 1), mask(2**40 + 1), mask(2**41), one.flip(1)):
        assert abs(correlation(one, other)) < 5 * noise


def test_a_hash_without_its_second_half_would_be_seen():
    # the control: a plain product of row and column, taken as random
    place = torch.arange(ROWS)[:, None] * 0x9E3779B9 + torch.arange(COLUMNS) * 0x7FEB352D
    poor = ((place & (2**32 - 1)) >= 0.1 * 2**32).double()
    worst = max(abs(correlation(poor, poor.roll(shift, 1))) for shift in (1, 2))
    assert worst > 5 * (ROWS * COLUMNS) ** -0.5


def test_rows_and_columns_lose_as_many_as_chance_would_have_it():
    losses = 1 - torch.stack([mask(key) for key in range(20)])
    for axis, size in ((2, COLUMNS), (1, ROWS)):
        variance = float(losses.sum(axis).var()) / (size * 0.1 * 0.9)
        assert 0.95 < variance < 1.05


@pytest.mark.parametrize("key", [0, 5, 2**63 - 1])
def test_it_is_the_definition(key):
    assert torch.equal(mask(key, 0.25, 6, 50), keeps(6, 50, 0.25, key))


def test_the_backward_pass_keeps_the_same():
    rows = torch.ones(50, 64, requires_grad=True)
    layer = modules.Dropout(nn.Dropout(0.4))
    output = layer(rows)
    output.sum().backward()
    assert torch.equal(rows.grad, output)
    assert 0 < int((output == 0).sum()) < output.numel()
    assert torch.equal(layer.eval()(rows), rows)


def test_the_stream_decides_what_is_kept():
    layer, rows = modules.Dropout(nn.Dropout(0.4)), torch.ones(20, 30)

    def two(seed, step):
        with Streams(seed, seed).dropout_of(step):
            return layer(rows), layer(rows)

    first, second = two(1, 0)
    assert not torch.equal(first, second)
    assert all(map(torch.equal, two(1, 0), (first, second)))
    assert not torch.equal(two(1, 1)[0], first)
    assert not torch.equal(two(2, 0)[0], first)


def test_nothing_is_drawn_where_nothing_is_dropped():
    before = torch.get_rng_state()
    assert modules.dropout_key(0.0) == 0
    assert torch.equal(torch.get_rng_state(), before)
