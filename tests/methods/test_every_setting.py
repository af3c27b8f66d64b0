"""What every method does to a model before it trains, by the table of settings."""

import re
from dataclasses import replace

import pytest
import torch

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.parts import pretrained_values
from stablebert.methods import METHODS, Start, change_model, resolve
from stablebert.paper import METHOD_PARAMETERS
from tests.methods.settings import SETTINGS


@pytest.fixture
def model(tiny_encoder):
    return Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, torch.Generator().manual_seed(0))


def check(setting, model):
    """Check that a method changes the parameters that its row names, and no other."""
    before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    start = Start(lambda purpose: torch.Generator().manual_seed(1), pretrained_values(model))
    change_model(resolve(setting.text), model, start)
    now = dict(model.named_parameters())
    assert list(now) == list(before)
    changed = {name for name, tensor in now.items() if not torch.equal(tensor, before[name])}
    named = {name for name in before if setting.redrawn and re.match(setting.redrawn, name)}
    # a bias of zeros is redrawn as zeros
    assert {name for name in named if before[name].ndim > 1} <= changed <= named


def test_every_method_has_a_row_in_the_papers_order():
    assert list(SETTINGS) == list(METHOD_PARAMETERS) == list(METHODS)
    assert all([type(method) for method in resolve(row.text)] == [METHODS[name]] for name, row in SETTINGS.items())


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_it_changes_what_its_row_names_and_nothing_else(setting, model):
    check(setting, model)


@pytest.mark.parametrize(
    ("name", "redrawn"), [("reinit", None), ("reinit", r"encoder\.pooler\."), ("debiased", r"encoder\.pooler\.")]
)
def test_a_row_that_names_too_little_or_too_much_would_be_seen(name, redrawn, model):
    with pytest.raises(AssertionError):
        check(replace(SETTINGS[name], redrawn=redrawn), model)
