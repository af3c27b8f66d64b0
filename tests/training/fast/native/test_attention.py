"""Attention within the texts of a packed row, against its equation and against torch alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.training.fast import grouped_attention
from stablebert.training.fast.native import kernels, modules
from stablebert.training.fast.packed_row import PackedRow
from tests.training.fast.native.comparing import COARSE, assert_same, drawn, gradients
from tests.training.fast.native.kept import NEEDS_KERNELS, keeps

pytestmark = NEEDS_KERNELS
CPU = torch.device("cpu")


def test_weights_of_attention_are_exact_however_small_they_are():
    less = torch.arange(1.0, 81.0)[:, None]
    keys, values, starts = -torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [1.0]]), torch.tensor([[0, 80], [0, 2]])
    found, _ = kernels.attention(less, keys, values, tuple(starts), 1, 0.0, 0)
    torch.testing.assert_close(found.double(), torch.sigmoid(-less.double()), rtol=1e-6, atol=0.0)


LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=6)


def attention_pair(lengths, heads, size, rate, key, *, first_only, dtype=torch.float64):
    row = PackedRow(tuple(sorted(lengths)), CPU)
    queries = len(lengths) if first_only else sum(lengths)
    q, k, v = (
        drawn(count, heads, size, seed=seed, dtype=dtype)
        for seed, count in enumerate((queries, sum(lengths), sum(lengths)))
    )

    def oracle(query, keys, values):
        parts, start = [], 0
        for text, length in enumerate(row.lengths):
            mine = slice(text, text + 1) if first_only else slice(start, start + length)
            scores = torch.einsum("ihd,jhd->ihj", query[mine], keys[start : start + length]) / size**0.5
            places = torch.arange(queries)[mine, None] * heads + torch.arange(heads)
            kept = keeps(queries * heads, length, rate, key)[places]
            weights = scores.softmax(-1) * kept / (1 - rate)
            parts.append(torch.einsum("ihj,jhd->ihd", weights, values[start : start + length]))
            start += length
        return torch.cat(parts)

    def native(query, keys, values):
        return modules.attend_with(query, keys, values, row, rate, key, first_only=first_only)

    return native, oracle, (q, k, v)


@settings(max_examples=40)
@given(
    LENGTHS,
    st.integers(1, 3),
    st.sampled_from([1, 4, 32, 33, 64]),
    st.sampled_from([0.0, 0.3]),
    st.booleans(),
    st.integers(0, 2**63 - 1),
)
def test_attention_is_the_equation_in_every_text(lengths, heads, size, rate, first_only, key):
    native, oracle, tensors = attention_pair(lengths, heads, size, rate, key, first_only=first_only)
    assert_same(gradients(native, *tensors), gradients(oracle, *tensors), COARSE[torch.float64])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("first_only", [False, True])
def test_attention_in_narrower_types(dtype, first_only):
    native, oracle, tensors = attention_pair([5, 9, 17, 70], 2, 32, 0.1, 7, first_only=first_only, dtype=dtype)
    expected = gradients(oracle, *(tensor.double() for tensor in tensors))
    assert_same(gradients(native, *tensors), expected, COARSE[dtype])


@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_attention_with_scores_far_from_zero_neither_overflows_nor_vanishes(shift):
    native, _, (query, key, value) = attention_pair([3, 9, 17], 2, 8, 0.3, 7, first_only=False)
    # what is added to every key cancels, as long as the largest score is taken off
    found, expected = gradients(native, query, key + shift, value), gradients(native, query, key, value)
    assert_same(found, expected, 1e-9)
    with pytest.raises(AssertionError):
        assert_same(gradients(native, query, key * 1.001, value), expected, 1e-9)


@pytest.mark.parametrize("place", [0, 20, 39])
def test_attention_with_one_score_far_above_the_others_is_the_equation(place):
    native, oracle, (query, key, value) = attention_pair([40], 2, 8, 0.0, 7, first_only=False)
    key[place] *= 1e4
    assert_same(gradients(native, query, key, value), gradients(oracle, query, key, value), 1e-9)


def test_attention_with_other_keeps_or_across_texts_would_be_seen():
    _, oracle, tensors = attention_pair([3, 8], 2, 4, 0.3, 7, first_only=False)
    expected = gradients(oracle, *tensors)
    other, _, _ = attention_pair([3, 8], 2, 4, 0.3, 8, first_only=False)
    joined, _, _ = attention_pair([11], 2, 4, 0.3, 7, first_only=False)
    for wrong in (other, joined):
        with pytest.raises(AssertionError):
            assert_same(gradients(wrong, *tensors), expected, COARSE[torch.float64])


@pytest.mark.parametrize("first_only", [False, True])
def test_attention_by_torch_alone_computes_the_same(first_only):
    native, _, tensors = attention_pair([2, 6, 6, 19, 23], 3, 8, 0.0, 0, first_only=first_only)
    row = PackedRow((2, 6, 6, 19, 23), CPU)
    grouped = gradients(lambda q, k, v: grouped_attention.attend(q, k, v, row, 0.0, first_only=first_only), *tensors)
    assert_same(gradients(native, *tensors), grouped, COARSE[torch.float64])
