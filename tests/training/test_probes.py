"""How far the weights have moved: of any layout, by the kernels or by torch alone."""

import pytest
import torch

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.parts import parameter_blocks
from stablebert.training.evaluation import Displacement


@pytest.fixture
def model(tiny_encoder):
    return Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, torch.Generator().manual_seed(0)).double()


def move(tensors, by):
    """Add a number to every value; return the distance that this is."""
    with torch.no_grad():
        for tensor in tensors:
            tensor += by
    return by * sum(tensor.numel() for tensor in tensors) ** 0.5


@pytest.mark.parametrize("kernels", ["auto", "off"])
@pytest.mark.parametrize("strided", [False, True])
def test_an_update_is_measured_from_the_one_before_and_a_block_from_the_start(strided, kernels, model, monkeypatch):
    monkeypatch.setenv("STABLEBERT_KERNELS", kernels)
    if strided:
        weight = model.classifier.weight
        weight.data = weight.data.t().contiguous().t()
        assert not weight.is_contiguous()
    displacement = Displacement(model)
    for by in (0.5, 0.25, 0.0):
        gone = move(list(model.parameters()), by)
        assert displacement.of_update() == pytest.approx(gone)
    members = parameter_blocks(model)
    sizes = {block: sum(model.get_parameter(name).numel() for name in names) for block, names in members.items()}
    assert displacement.by_block() == pytest.approx({block: 0.75 * size**0.5 for block, size in sizes.items()})
