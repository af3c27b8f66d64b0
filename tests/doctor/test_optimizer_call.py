"""Which parameters an optimizer gets is read off its construction: what is left out shows, what is frozen is no cause."""

import pytest

from tests.doctor.scripts import LOADING, LOOP


@pytest.mark.parametrize(
    ("parameters", "everything"),
    [
        ("model.parameters()", True),
        ("self.model.parameters()", True),
        ("model.module.parameters()", True),
        ("filter(lambda p: p.requires_grad, model.parameters())", True),
        ("[p for p in model.parameters() if p.requires_grad]", True),
        ("layerwise_lr_groups(model, lr=2e-5, decay=0.95)", True),
        ("model.classifier.parameters()", False),
        ("self.model.classifier.parameters()", False),
        ("head.parameters()", False),
        ("[p for n, p in model.named_parameters() if 'layer' in n]", None),
        ("some_groups", None),
    ],
)
def test_parameters_that_are_left_out_show(setup, parameters, everything):
    text = f"{LOADING}head = model.classifier\noptimizer = torch.optim.AdamW({parameters}, lr=2e-5)\n"
    assert setup(text).trains_everything is everything


MODULE = """
from torch import nn
from transformers import AutoModel
class Classifier(L.LightningModule):
    def __init__(self):
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        {more}

    def configure_optimizers(self):
        return torch.optim.AdamW({parameters}, lr=2e-5)

class Other(nn.Module):
    def __init__(self):
        self.elsewhere = nn.Linear(2, 2)
"""


@pytest.mark.parametrize(
    ("more", "parameters", "everything"),
    [
        ("self.head = nn.Linear(768, 2)", "self.bert.parameters()", False),
        ("self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(768, 2))", "self.bert.parameters()", False),
        # nothing beside it, or nothing that has weights
        ("self.metric = Accuracy()", "self.bert.parameters()", True),
        ("self.drop = nn.Dropout(0.1)", "self.bert.parameters()", True),
        # the whole, and what both parts were handed to
        ("self.head = nn.Linear(768, 2)", "self.parameters()", True),
        (
            "self.head = nn.Linear(768, 2)\n        self.whole = Pair(self.bert, self.head)",
            "self.whole.parameters()",
            True,
        ),
    ],
)
def test_a_head_beside_the_part_that_is_trained_is_missing(setup, more, parameters, everything):
    found = setup("import torch\nimport lightning as L\n" + MODULE.format(more=more, parameters=parameters))
    assert found.trains_everything is everything


@pytest.mark.parametrize(
    "freezing",
    [
        "for p in model.bert.parameters():\n    p.requires_grad = False\n",
        "model.bert.requires_grad_(False)\n",
        "model.freeze_base()\n",
        "from peft import get_peft_model\nmodel = get_peft_model(model, config)\n",
    ],
)
def test_what_is_frozen_is_no_cause(setup, freezing):
    text = "{}optimizer = torch.optim.AdamW(model.classifier.parameters(), lr=1e-3)\n" + LOOP
    found = setup(text.format(LOADING + freezing))
    # a head learns at other rates than the whole, and the rest may stay in evaluation mode
    assert (found.trains_everything, found.encoder, found.dropout) == (None, None, None)
    # the control
    whole = setup(text.format(LOADING))
    assert (whole.trains_everything, whole.encoder, whole.dropout) == (False, "bert-large-uncased", 0.0)


def test_two_optimizers_may_share_a_model_out(setup):
    optimizers = "".join(f"torch.optim.AdamW(model.{part}.parameters(), lr=2e-5)\n" for part in ("bert", "classifier"))
    assert setup(LOADING + optimizers).trains_everything is None
