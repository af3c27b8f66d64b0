import pytest
import torch
from torch import nn

from stablebert.training import setup, train_together
from stablebert.training.stacked.stacking import Stack
from tests.encoders.tiny_families import write_family
from tests.tiny import tiny_task
from tests.training.fast.native.kept import NEEDS_KERNELS
from tests.training.stacked.doubled import alone, distance, doubled, seeds_of


@NEEDS_KERNELS
@pytest.mark.parametrize("name", ["roberta", "xlm-roberta", "electra"])
def test_every_family_that_is_packed_can_be_stacked(name, tmp_path):
    specs, task = seeds_of("reinit", write_family(tmp_path, name), seeds=(2, 3)), tiny_task(train=21)
    with doubled():
        single, together = alone(specs, task), train_together(specs, task=task)
    assert max(distance(one, other) for one, other in zip(single, together, strict=True)) < 1e-9


@pytest.fixture
def runs(tiny_encoder, task):
    return [setup.prepare(spec, task) for spec in seeds_of("debiased", tiny_encoder, seeds=(2, 3))]


def test_the_models_of_the_seeds_stay_as_they_are(runs):
    def looked_at():
        return [
            (name, type(module), getattr(getattr(module, "config", None), "_attn_implementation", None))
            for run in runs
            for name, module in run.model.named_modules()
        ]

    before = looked_at()
    stack = Stack(runs)
    batches = [[run.splits["train"][index] for index in run.batches[0]] for run in runs]
    logits = stack.logits([0, 0], batches)
    assert [tuple(part.shape) for part in logits] == [(8, 2), (8, 2)]
    assert looked_at() == before


def test_a_gradient_arrives_at_its_own_seed(runs):
    batches = [[run.splits["train"][index] for index in run.batches[0]] for run in runs]
    first, _ = Stack(runs).logits([0, 0], batches)
    first.sum().backward()
    assert any(float(tensor.grad.abs().sum()) > 0 for tensor in runs[0].model.parameters())
    assert all(float(tensor.grad.abs().sum()) == 0 for tensor in runs[1].model.parameters() if tensor.grad is not None)


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))


def test_weights_of_another_kind_are_refused(runs):
    for run in runs:
        run.model.encoder.embeddings.odd = Odd()
    with pytest.raises(ValueError, match="a Odd with weights of its own"):
        Stack(runs)
