"""Every kernel against torch's own operations, in float64; then the narrower types against that."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from stablebert.training import grouped_attention
from stablebert.training.native import kernels, modules
from stablebert.training.packed_row import PackedRow
from tests.training.native.kept import NEEDS_KERNELS, keeps

pytestmark = NEEDS_KERNELS
CPU = torch.device("cpu")
COARSE = {torch.float64: 1e-12, torch.float32: 2e-6, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def gradients(function, *tensors):
    """Return the output of a function, and the gradients of a fixed sum over it."""
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    output = function(*leaves)
    (output * drawn(*output.shape, seed=99, dtype=output.dtype)).sum().backward()
    return [output.detach(), *(leaf.grad for leaf in leaves)]


def assert_same(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        scale = 1 + float(other.abs().max())
        assert float((one.double() - other.double()).abs().max()) <= tolerance * scale


@pytest.mark.parametrize("dtype", COARSE)
def test_gelu_is_torchs(dtype):
    rows = torch.cat([drawn(7, 33), 10 * drawn(7, 33, seed=1), torch.zeros(1, 33, dtype=torch.float64)])
    found = gradients(modules.Gelu(), rows.to(dtype))
    assert_same(found, gradients(nn.functional.gelu, rows.to(dtype).double()), COARSE[dtype])


def test_the_tanh_form_of_gelu_would_be_seen():
    rows = drawn(7, 33)
    with pytest.raises(AssertionError):
        assert_same([kernels.gelu(rows)], [nn.functional.gelu(rows, approximate="tanh")], COARSE[torch.float32])


def test_what_is_not_a_number_or_very_large_stays_so():
    rows = torch.tensor([[float("nan"), float("inf"), -float("inf"), 1e30, -1e30]])
    found = kernels.gelu(rows)[0]
    assert found[0].isnan()
    assert found[1] == float("inf")
    assert found[3] == rows[0, 3]
    assert found[4] == 0
    key = torch.full((3, 4), float("nan"))
    starts = torch.tensor([0, 3])
    assert kernels.attention(torch.ones(3, 4), key, torch.ones(3, 4), (starts, starts), 2, 0.0, 0)[0].isnan().all()
    ones, bad = torch.ones(4), torch.tensor([[1.0, 2.0, float("nan"), 0.0]])
    assert kernels.residual_norm(bad, bad, ones, ones, 1e-12, 0.0, 0)[0].isnan().all()


class Half(nn.Module):
    """The end of half a block by torch, with what is kept given from outside."""

    def __init__(self, norm, kept, rate):
        super().__init__()
        self.norm, self.kept, self.rate = norm, kept, rate

    def forward(self, rows, residual, weight, bias):
        scaled = rows * self.kept / (1 - self.rate)
        return nn.functional.layer_norm(scaled + residual, weight.shape, weight, bias, self.norm)


@settings(max_examples=30)
@given(
    st.integers(1, 9), st.integers(2, 70), st.sampled_from([0.0, 0.1, 0.7]), st.sampled_from([1e-12, 0.5]), st.data()
)
def test_the_end_of_half_a_block_is_torchs(rows, columns, rate, eps, data):
    dtype, key = data.draw(st.sampled_from(list(COARSE))), data.draw(st.integers(0, 2**63 - 1))
    tensors = [drawn(rows, columns), drawn(rows, columns, seed=1), drawn(columns, seed=2), drawn(columns, seed=3)]
    narrow = [tensor.to(dtype) for tensor in tensors[:2]] + [tensor.to(kernels.wide(dtype)) for tensor in tensors[2:]]
    found = gradients(lambda *given: modules.residual_norm(*given, eps, rate, key), *narrow)
    oracle = Half(eps, keeps(rows, columns, rate, key), rate)
    # two columns and next to no eps make a LayerNorm that no finite precision differentiates
    tolerance = COARSE[dtype] * (1 if columns > 8 else 300)
    assert_same(found, gradients(oracle, *(tensor.double() for tensor in narrow)), tolerance)


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


@settings(max_examples=20)
@given(st.integers(1, 10_000), st.sampled_from(list(COARSE)))
def test_a_move_is_the_distance_and_leaves_no_way_to_go(size, dtype):
    before, now = drawn(size, dtype=dtype), drawn(size, seed=1, dtype=dtype)
    expected = float((now.double() - before.double()).square().sum())
    assert kernels.move(before, now) == pytest.approx(expected, rel=1e-5)
    assert torch.equal(before, now)
    assert kernels.move(before, now) == 0


@pytest.mark.parametrize("rows", [torch.zeros(4, 3).t(), torch.zeros(3, 4, device="meta")])
def test_a_kernel_refuses_what_it_cannot_read(rows):
    with pytest.raises(ValueError, match="it must be contiguous and on the processor"):
        kernels.gelu_backward(rows, torch.zeros(3, 4))
