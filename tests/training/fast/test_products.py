import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from stablebert.training.fast import products
from stablebert.training.fast.products import OneDnnLinear, use_onednn

NEEDS_ONEDNN = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN")


@pytest.mark.parametrize(
    ("device", "precision", "onednn", "tiles", "multiple"),
    [
        ("cpu", "fp32", False, True, 1),
        ("cpu", "fp32", True, True, 16),
        ("cpu", "bf16", False, False, 16),
        ("cpu", "bf16", True, True, 64),
        ("cuda", "bf16", True, True, 1),
    ],
)
def test_shapes_recur_where_onednn_would_keep_code_for_each(device, precision, onednn, tiles, multiple, monkeypatch):
    monkeypatch.setattr(products, "pays_here", lambda: onednn)
    monkeypatch.setattr(products, "has_matrix_unit", lambda: tiles)
    assert products.recurring_tokens(device, precision) == multiple


@given(st.integers(1, 20_000), st.sampled_from([16, 64]))
def test_a_filled_row_recurs_and_is_hardly_longer(tokens, least):
    filled = tokens + products.filler(tokens, least)
    assert filled % least == 0
    assert filled - tokens < max(least, tokens / 32)
    assert products.filler(filled, least) == 0


@pytest.mark.parametrize("least", [16, 64])
@pytest.mark.parametrize("tokens", [64, 700, 5000])
def test_few_shapes_lie_between_a_row_and_one_of_twice_its_length(tokens, least):
    shapes = {length + products.filler(length, least) for length in range(tokens, 2 * tokens)}
    assert len(shapes) <= 33
    # without longer steps in longer rows there would be more
    assert tokens < 5000 or len({-(-length // least) for length in range(tokens, 2 * tokens)}) > 33


def pair(inner, outer, bias, dtype=torch.float32):
    plain = nn.Linear(inner, outer, bias=bias).to(dtype)
    return plain, OneDnnLinear(plain)


def values(layer, rows, weights):
    layer.zero_grad()
    given_rows = rows.clone().requires_grad_()
    output = layer(given_rows)
    (output * weights).sum().backward()
    return [output, given_rows.grad, *(tensor.grad.clone() for tensor in layer.parameters())]


@NEEDS_ONEDNN
@settings(max_examples=30)
@given(st.integers(1, 70), st.integers(1, 40), st.integers(1, 40), st.booleans(), st.integers(0, 99))
def test_output_and_gradients_are_the_plain_layers(rows, inner, outer, bias, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        plain, fast = pair(inner, outer, bias)
        batch, weights = torch.randn(2, rows, inner), torch.randn(2, rows, outer)
    for one, other in zip(values(fast, batch, weights), values(plain, batch, weights), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@NEEDS_ONEDNN
def test_it_is_float32_throughout_and_not_less():
    torch.manual_seed(0)
    plain, fast = pair(384, 1536, True)
    batch, weights = torch.randn(1, 200, 384), torch.randn(1, 200, 1536)
    found = values(fast, batch, weights)
    with torch.autocast("cpu", torch.bfloat16):
        coarse = values(plain, batch, weights)
    exact = values(plain.double(), batch.double(), weights.double())
    for mine, true in zip(found, exact, strict=True):
        assert (mine - true).norm() < 1e-6 * true.norm()
    # the control: bfloat16 factors would be seen
    assert (coarse[0] - exact[0]).norm() > 1e-4 * exact[0].norm()


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_types_go_the_plain_way(dtype):
    plain, fast = pair(8, 4, True, dtype)
    batch = torch.randn(3, 8, dtype=dtype)
    assert torch.equal(fast(batch), plain(batch))


def test_under_autocast_it_is_the_plain_layer():
    plain, fast = pair(8, 4, True)
    batch = torch.randn(3, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(fast(batch), plain(batch))
        assert fast(batch).dtype == torch.bfloat16


def test_a_model_keeps_its_parameters_and_their_names():
    class Other(nn.Linear):
        pass

    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), Other(3, 1))
    before = dict(model.named_parameters())
    assert use_onednn(model) == ["0"]
    assert type(model[0]) is OneDnnLinear
    assert type(model[2]) is Other
    assert [(name, id(tensor)) for name, tensor in model.named_parameters()] == [
        (name, id(tensor)) for name, tensor in before.items()
    ]
