"""Every kernel against torch's own operations, in float64; then the narrower types against that."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from stablebert.training.fast.native import kernels, modules
from stablebert.training.fast.packed_row import PackedRow
from tests.training.fast.native.comparing import COARSE, assert_same, drawn, gradients
from tests.training.fast.native.kept import NEEDS_KERNELS, keeps

pytestmark = NEEDS_KERNELS


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


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_types_are_rounded_to_nearest_and_ties_to_even(dtype):
    # half as much again has one bit more, so that a quarter of the products lie half way
    rows, kept = drawn(20, 64, dtype=dtype), keeps(20, 64, 1 / 3, 5)
    exact = rows.float() * 1.5
    assert torch.equal(kernels.dropout(rows, 1 / 3, 5), exact.to(dtype) * kept.to(dtype))
    # the control: cut off instead of rounded
    mantissa = {torch.float16: 10, torch.bfloat16: 7}[dtype]
    cut = (exact.view(torch.int32) >> (23 - mantissa) << (23 - mantissa)).view(torch.float32)
    assert not torch.equal(cut.to(dtype), exact.to(dtype))


def test_a_nan_of_all_ones_is_not_rounded_to_a_number():
    bad = torch.tensor([2**31 - 1], dtype=torch.int32).view(torch.float32).repeat(4)
    rows = drawn(3, 4, dtype=torch.bfloat16)
    assert kernels.residual_norm(rows, rows, bad, torch.zeros(4), 1e-12, 0.0, 0)[0].isnan().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_norm_far_from_zero_is_that_of_the_deviations(dtype):
    # a variance as the difference of two large numbers would lose all its digits
    rows, ones = drawn(5, 64, dtype=dtype), torch.ones(64, dtype=dtype)
    rests = (torch.full_like(rows, shift) for shift in (0, 3000))
    near, far = (kernels.residual_norm(rows, rest, ones, 0 * ones, 1e-12, 0.0, 0)[0] for rest in rests)
    assert_same([far], [near], 1e-3)


def test_weights_of_a_norm_in_a_narrow_type_are_read_as_such():
    rows, rest, weight, bias = (drawn(*shape, dtype=torch.bfloat16) for shape in ((3, 8), (3, 8), (8,), (8,)))
    narrow = modules.residual_norm(rows, rest, weight, bias, 1e-12, 0.0, 0)
    assert torch.equal(narrow, modules.residual_norm(rows, rest, weight.float(), bias.float(), 1e-12, 0.0, 0))


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
    check_half(rows, columns, rate, eps, data.draw(st.sampled_from(list(COARSE))), data.draw(st.integers(0, 2**63 - 1)))


@pytest.mark.parametrize("dtype", COARSE)
def test_the_end_of_half_a_block_in_every_type(dtype):
    check_half(9, 40, 0.3, 0.5, dtype, 7)


def check_half(rows, columns, rate, eps, dtype, key):
    """Raise AssertionError where the end of half a block or a gradient of it is not torch's in float64."""
    tensors = [drawn(rows, columns), drawn(rows, columns, seed=1), drawn(columns, seed=2), drawn(columns, seed=3)]
    narrow = [tensor.to(dtype) for tensor in tensors[:2]] + [tensor.to(kernels.wide(dtype)) for tensor in tensors[2:]]
    found = gradients(lambda *given: modules.residual_norm(*given, eps, rate, key), *narrow)
    oracle = Half(eps, keeps(rows, columns, rate, key), rate)
    # two columns and next to no eps make a LayerNorm that no finite precision differentiates
    tolerance = COARSE[dtype] * (1 if columns > 8 else 300)
    assert_same(found, gradients(oracle, *(tensor.double() for tensor in narrow)), tolerance)


@settings(max_examples=20)
@given(st.integers(1, 10_000), st.sampled_from(list(COARSE)))
def test_a_move_is_the_distance_and_leaves_no_way_to_go(size, dtype):
    before, now = drawn(size, dtype=dtype), drawn(size, seed=1, dtype=dtype)
    expected = float((now.double() - before.double()).square().sum())
    assert kernels.move(before, now) == pytest.approx(expected, rel=1e-5)
    assert torch.equal(before, now)
    assert kernels.move(before, now) == 0


def test_a_move_is_summed_in_double_precision_over_its_blocks():
    before, now = torch.zeros(2, 8192)
    now[0], now[4096] = 1, 2**-13
    assert kernels.move(before, now) == 1 + 2**-26
    assert torch.equal(before, now)


def test_a_rate_in_whole_numbers_reaches_the_kernels_as_a_real_one(monkeypatch):
    seen = []
    monkeypatch.setattr(kernels, "_function", lambda _: lambda *given: seen.append([type(one) for one in given]))
    rows, starts, ones = drawn(3, 4), torch.tensor([0, 3]), torch.ones(4)
    for rate in (0, 0.0):
        kernels.dropout(rows, rate, 5)
        kernels.residual_norm(rows, rows, ones, ones, 1e-12, rate, 5)
        kernels.residual_norm_backward(rows, rows, ones, ones, rate, 5)
        kernels.attention(rows, rows, rows, (starts, starts), 2, rate, 5)
        kernels.attention_backward(rows, rows, ones, (rows, rows, rows), (starts, starts), 2, rate, 5)
    assert seen[:5] == seen[5:]


def seeded(module):
    """Return a module that draws the same every time."""

    def forward(rows):
        torch.manual_seed(0)
        return module(rows)

    return forward


HALF = SimpleNamespace(dense=nn.Identity(), dropout=nn.Dropout(0.0), LayerNorm=nn.LayerNorm(8).double(), training=True)
ROW = PackedRow((1, 2), torch.device("cpu"))


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (modules.Gelu(), [(3, 8)]),
        (seeded(modules.Dropout(nn.Dropout(0.5))), [(3, 8)]),
        (modules.ResidualNorm(HALF), [(3, 8)] * 2),
        (lambda *given: modules.attend_with(*given, ROW, 0.5, 7, first_only=False), [(3, 2, 4)] * 3),
    ],
)
def test_rows_and_gradients_of_any_strides_are_taken(function, shapes):
    def values(arrange):
        leaves = [arrange(drawn(*shape, seed=seed)).requires_grad_() for seed, shape in enumerate(shapes)]
        output = function(*leaves)
        output.backward(arrange(drawn(*output.shape, seed=99)))
        return [output.detach(), *(leaf.grad for leaf in leaves)]

    apart = values(lambda tensor: torch.stack([tensor, tensor], 1)[:, 0])
    assert_same(apart, values(lambda tensor: tensor), 0.0)


@pytest.mark.parametrize("rows", [torch.zeros(4, 3).t(), torch.zeros(3, 4, device="meta")])
def test_a_kernel_refuses_what_it_cannot_read(rows):
    with pytest.raises(ValueError, match="it must be contiguous and on the processor"):
        kernels.gelu_backward(rows, torch.zeros(3, 4))
