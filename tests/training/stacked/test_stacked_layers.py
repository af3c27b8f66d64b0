import pytest
import torch
from torch import nn

from stablebert.methods.mixout import MixoutLinear
from stablebert.training.seeding import Streams
from stablebert.training.stacked.seed_masks import Draws
from stablebert.training.stacked.stacked_layers import (
    HeadDropout,
    StackedDropout,
    StackedEmbedding,
    StackedLinear,
    StackedNorm,
)

SEEDS = 3


def in_turn(layers, rows):
    """Return what each layer makes of its part."""
    parts = rows.view(SEEDS, -1, *rows.shape[2:]) if rows.ndim > 2 else rows.view(SEEDS, -1)
    return torch.cat([layer(part) for layer, part in zip(layers, parts, strict=True)])[None]


def gradients(layers):
    return [tensor.grad for layer in layers for tensor in layer.parameters()]


@pytest.mark.parametrize(
    ("stacked", "made"),
    [
        (StackedLinear, lambda: nn.Linear(4, 5)),
        (StackedLinear, lambda: nn.Linear(4, 5, bias=False)),
        (StackedNorm, lambda: nn.LayerNorm(4)),
    ],
)
def test_rows_and_gradients_are_those_of_each_seeds_own_layer(stacked, made):
    layers = [made().double() for _ in range(SEEDS)]
    with torch.no_grad():
        for tensor in (tensor for layer in layers for tensor in layer.parameters()):
            tensor.add_(torch.randn_like(tensor))
    rows = torch.randn(1, SEEDS * 6, 4, dtype=torch.float64)
    expected = in_turn(layers, rows)
    expected.square().sum().backward()
    wanted = [tensor.clone() for tensor in gradients(layers)]
    for layer in layers:
        layer.zero_grad()
    found = stacked(layers)(rows)
    found.square().sum().backward()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(gradients(layers), wanted)
    # the planted defect: seeds in another order
    assert not torch.allclose(stacked(layers[::-1])(rows), expected)


def test_a_words_row_is_its_own_seeds_and_the_paddings_never_moves():
    layers = [nn.Embedding(7, 2, padding_idx=0) for _ in range(SEEDS)]
    ids = torch.tensor([[1, 0, 1, 6, 0, 2]])
    found = StackedEmbedding(layers)(ids)
    assert torch.equal(found, in_turn(layers, ids))
    found.sum().backward()
    assert [layer.weight.grad[:, 0].nonzero().flatten().tolist() for layer in layers] == [[1], [1, 6], [2]]


def test_mixout_mixes_as_each_seeds_layer_would():
    def layers():
        made = []
        for seed in range(SEEDS):
            plain = nn.Linear(4, 4)
            nn.init.constant_(plain.weight, seed + 1.0)
            nn.init.zeros_(plain.bias)
            generator = torch.Generator().manual_seed(seed)
            made.append(MixoutLinear(plain, torch.zeros(4, 4), 0.5, "element", generator, True))
        return made

    rows = torch.randn(1, SEEDS * 2, 4)
    torch.testing.assert_close(StackedLinear(layers())(rows), in_turn(layers(), rows))


@pytest.mark.parametrize("kind", [StackedDropout, HeadDropout])
def test_dropout_draws_for_each_seed_and_not_at_all_where_nothing_is_dropped(kind):
    draws = Draws([Streams(seed, seed) for seed in range(SEEDS)], torch.device("cpu"))
    draws.begin([0] * SEEDS)
    before = int(draws.keys()[0])
    draws.begin([0] * SEEDS)
    rows = torch.ones(1, SEEDS * 10, 50)
    assert kind(0.0, draws, SEEDS)(rows) is rows
    assert int(draws.keys()[0]) == before
    parts = kind(0.5, draws, SEEDS)(rows).view(SEEDS, -1)
    assert set(parts.unique().tolist()) == {0.0, 2.0}
    assert not torch.equal(parts[0], parts[1])
