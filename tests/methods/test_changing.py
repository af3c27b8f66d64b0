import json
from dataclasses import dataclass

import pytest
import torch

from stablebert.methods import (
    METHODS,
    Method,
    MethodError,
    Start,
    change_model,
    load_method,
    method_parameters,
    resolve,
    resolve_run,
)
from stablebert.runs import RunSpec
from tests.methods.models import bert

START = Start(lambda purpose: torch.Generator().manual_seed(1))


@dataclass(frozen=True)
class Doubling(Method):
    """Double a tensor, and name what one likes."""

    tensor: str = "pooler.dense.weight"
    said: str = "pooler.dense.weight"
    factor: float = 2.0

    def change_model(self, model, start):
        with torch.no_grad():
            dict(model.named_parameters())[self.tensor].mul_(self.factor)
        return {"reinitialized": [self.said]} if self.said else {"doubled": True}


def test_what_methods_say_is_gathered():
    assert change_model([Doubling(), METHODS["debiased"]()], bert(), START) == {
        "reinitialized": ["pooler.dense.weight"]
    }


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (Doubling(factor=1.0), "redrawn pooler.dense.weight, which did not move"),
        (Doubling(said=""), "has changed pooler.dense.weight and does not name it"),
        (Doubling(said="pooler.dense.bias"), "has changed pooler.dense.weight and does not name it"),
        (Doubling(said="no.such"), "redrawn no.such, which did not move"),
    ],
)
def test_a_method_that_says_something_else_is_named(method, message):
    with pytest.raises(MethodError, match=f"method Doubling .*{message}"):
        change_model([method], bert(), START)


def test_a_bias_of_zeros_may_be_redrawn_as_zeros():
    model = bert()
    torch.nn.init.zeros_(model.pooler.dense.bias)
    method = Doubling(tensor="pooler.dense.bias", said="pooler.dense.bias")
    assert change_model([method], model, START) == {"reinitialized": ["pooler.dense.bias"]}
    # the control: a matrix of zeros that comes out as it was has not been redrawn
    torch.nn.init.zeros_(model.pooler.dense.weight)
    with pytest.raises(MethodError, match="which did not move"):
        change_model([Doubling()], model, START)


def test_a_text_may_name_methods_of_others():
    sources = json.dumps({"doubling": f"{Doubling.__module__}:Doubling"})
    (reinit, doubling) = resolve("reinit+doubling.factor3", sources)
    assert (reinit, doubling) == (METHODS["reinit"](), Doubling(factor=3))
    with pytest.raises(ValueError, match="factor 2.0 is the default of doubling"):
        resolve_run(RunSpec(task="trec", method="doubling.factor2.0", method_sources=sources))
    with pytest.raises(ValueError, match="that would be 'reinit\\+doubling'"):
        resolve_run(RunSpec(task="trec", method="doubling+reinit", method_sources=sources))
    with pytest.raises(ValueError, match="unknown method 'doubling'"):
        resolve("doubling")


@pytest.mark.parametrize("source", ["no_such:Thing", "tests.methods.test_changing:Thing", "torch.optim:Adam"])
def test_a_source_that_is_no_method_is_named(source):
    with pytest.raises(MethodError, match=source):
        load_method(source)


def test_the_parameters_are_the_fields():
    assert method_parameters(Doubling)["factor"] == 2.0
