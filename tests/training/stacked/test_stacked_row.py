import torch

from stablebert.training.fast import grouped_attention
from stablebert.training.fast.packed_row import PackedRow
from stablebert.training.seeding import Streams
from stablebert.training.stacked.seed_masks import Draws
from stablebert.training.stacked.stacked_row import StackedRow, attend

CPU = torch.device("cpu")
# parts of unlike widths and numbers of texts
LENGTHS = ((2, 3, 9), (1, 4), (5, 5, 6, 7))
HEADS, SIZE = 2, 4


def row():
    return StackedRow(LENGTHS, Draws([Streams(seed, seed) for seed in range(3)], CPU), CPU)


def part(tensor, seed, width, real):
    return tensor[seed * width : seed * width + real]


def test_every_text_attends_within_itself_as_in_its_own_row():
    stacked = row()
    assert (stacked.tokens, stacked.texts) == (23, 4)
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(3 * 23, HEADS, SIZE, generator=generator, dtype=torch.float64) for _ in range(3))
    found = attend(q, k, v, stacked, 0.0)
    first = attend(q[stacked.starts[:-1]], k, v, stacked, 0.0, first_only=True)
    for seed, lengths in enumerate(LENGTHS):
        own = PackedRow(lengths, CPU)
        parts = [part(tensor, seed, 23, sum(lengths)) for tensor in (q, k, v)]
        torch.testing.assert_close(part(found, seed, 23, sum(lengths)), grouped_attention.attend(*parts, own, 0.0))
        expected = grouped_attention.attend(parts[0][own.starts[:-1]], *parts[1:], own, 0.0, first_only=True)
        torch.testing.assert_close(part(first, seed, 4, len(lengths)), expected)
        torch.testing.assert_close(part(stacked.positions, seed, 23, sum(lengths)), own.positions)


def test_a_part_that_is_no_number_reaches_no_other():
    stacked = row()
    q, k, v = (torch.ones(3 * 23, HEADS, SIZE) for _ in range(3))
    v[:23] = float("nan")
    inputs = [tensor.requires_grad_() for tensor in (q, k, v)]
    found = attend(*inputs, stacked, 0.5)
    found.sum().backward()
    assert found[:23].isnan().any()
    assert found[23:].isfinite().all()
    assert all(tensor.grad[23:].isfinite().all() for tensor in inputs)


def test_tokens_of_no_text_stand_where_their_own_seeds_first_does():
    stacked = row()
    texts = stacked.home // stacked.spread.shape[1]
    assert [set((texts[seed * 23 : (seed + 1) * 23] // 4).tolist()) for seed in range(3)] == [{0}, {1}, {2}]
