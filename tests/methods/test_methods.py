from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertModel

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.sources import EncoderError
from stablebert.methods import (
    METHODS,
    MethodError,
    OptimizerError,
    Start,
    build_optimizer,
    reinitialize,
    resolve,
    resolve_run,
)
from stablebert.methods.reinit import Reinit
from stablebert.optim import BertAdam
from stablebert.paper import METHOD_PARAMETERS
from stablebert.runs import Recipe, RunSpec
from tests.optim.muon import NEEDS_MUON

RECIPE = Recipe(learning_rate=1e-3)
START = Start(lambda purpose: torch.Generator().manual_seed(0))


@pytest.fixture
def model(tiny_encoder):
    return Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, torch.Generator().manual_seed(0))


def snapshot(model):
    return {name: tensor.detach().clone() for name, tensor in model.named_parameters()}


def moved(model, before):
    return [name for name, tensor in model.named_parameters() if not torch.equal(tensor, before[name])]


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_reinit_moves_every_tensor_it_names_and_no_other(model, blocks):
    before = snapshot(model)
    names = reinitialize(model, blocks, generator=torch.Generator().manual_seed(1))
    assert names == moved(model, before)
    top = {f"encoder.encoder.layer.{index}." for index in range(2 - blocks, 2)}
    assert {name for name in names if "pooler" not in name} == {
        name for name in before if any(name.startswith(prefix) for prefix in top)
    }


def test_reinit_draws_what_the_paper_says(tmp_path_factory):
    from tests.tiny import write_tiny_encoder

    wide = BertModel.from_pretrained(write_tiny_encoder(tmp_path_factory.mktemp("wide"), hidden=128))
    names = reinitialize(wide, 1, generator=torch.Generator().manual_seed(0))
    tensors = dict(wide.named_parameters())
    for name in names:
        if "LayerNorm" in name:
            assert torch.equal(tensors[name], torch.full_like(tensors[name], float(name.endswith("weight"))))
        elif name.endswith("bias"):
            assert not tensors[name].any()
        else:
            assert tensors[name].std().item() == pytest.approx(0.02, rel=0.05)


def test_transformers_own_initialisation_would_move_nothing(tiny_encoder):
    plain = BertModel.from_pretrained(tiny_encoder)
    before = snapshot(plain)
    plain.encoder.layer[-1].apply(plain._init_weights)
    assert moved(plain, before) == []
    assert reinitialize(plain, 1)


def test_reinit_works_on_models_of_transformers(tiny_encoder):
    full = AutoModelForSequenceClassification.from_pretrained(tiny_encoder)
    before = snapshot(full)
    names = reinitialize(full, 1, pooler=False)
    assert names == moved(full, before)
    assert all(name.startswith("bert.encoder.layer.1.") for name in names)


def test_reinit_repeats_with_its_generator_and_leaves_the_global_one_alone(model):
    state = torch.get_rng_state()
    reinitialize(model, 1, generator=torch.Generator().manual_seed(3))
    first = snapshot(model)
    reinitialize(model, 1, generator=torch.Generator().manual_seed(3))
    assert moved(model, first) == []
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("blocks", "message"), [(3, r"\[0, 2\]"), (-1, r"\[0, 2\]")])
def test_reinit_of_more_blocks_than_there_are_is_refused(model, blocks, message):
    with pytest.raises(MethodError, match=message):
        reinitialize(model, blocks)


def test_reinit_of_nothing_is_refused(model):
    with pytest.raises(MethodError, match="nothing to redraw"):
        reinitialize(model, 0, pooler=False)
    with pytest.raises(MethodError, match="std"):
        reinitialize(model, 1, std=0.0)
    with pytest.raises(EncoderError, match="no transformers model"):
        reinitialize(torch.nn.Linear(2, 2), 1)


def test_registry_and_names_agree():
    from dataclasses import fields

    defaults = {name: {field.name: field.default for field in fields(kind)} for name, kind in METHODS.items()}
    assert defaults == METHOD_PARAMETERS
    assert list(METHODS) == list(METHOD_PARAMETERS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("adamw", "known: bertadam, debiased, reinit"),
        ("reinit.layers2", "no parameter 'layers'; known: blocks"),
        ("bertadam.eps1", "known: none"),
        ("reinit.blocks0.5", "whole number"),
        ("reinit+reinit", "twice"),
        ("reinit.blocks1", "the default of reinit; leave it out"),
        ("llrd+reinit", "that would be 'reinit\\+llrd'"),
        ("debiased+reinit", "leave 'debiased' out"),
        ("llrd.decay0", r"in \(0, 1\]"),
        ("llrd.lr-1", "lr is -1"),
        ("mixout.p1", r"in \[0, 1\)"),
        ("wdecay.coefficient-1", ">= 0"),
        ("prior.coefficient-1", ">= 0"),
        ("reinit+transfer", "redraw what the intermediate task has just taught"),
        ("mixout+transfer", "is not defined"),
        ("prior+transfer", "is not defined"),
    ],
)
def test_an_unknown_method_is_one_clear_error(text, message):
    with pytest.raises(ValueError, match=message):
        resolve_run(RunSpec(task="trec", method=text))


def test_an_encoders_own_decay_is_a_method_of_its_run():
    own = RunSpec(task="rte", encoder="electra-large", length="own", epochs=10, layerwise_decay=0.9)
    assert resolve_run(own) == resolve("llrd.decay0.9")
    assert resolve_run(replace(own, method="reinit")) == resolve("reinit+llrd.decay0.9")
    assert resolve_run(replace(own, layerwise_decay=None)) == resolve("debiased")


def test_methods_compose_where_they_act_at_different_places():
    assert len(resolve("bertadam+reinit.blocks2")) == 2
    assert resolve("reinit") == (Reinit(blocks=1),)


def test_the_optimizer_covers_every_trainable_parameter(model):
    model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    optimizer = build_optimizer(resolve("debiased"), model, RECIPE, start=START)
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    assert held == {id(parameter) for parameter in model.parameters() if parameter.requires_grad}
    assert isinstance(build_optimizer(resolve("bertadam"), model, RECIPE, start=START), BertAdam)


def test_an_optimizer_of_others_gets_the_recipes_rate_and_its_own_arguments(model):
    optimizer = build_optimizer(resolve("debiased"), model, RECIPE, "torch.optim:SGD", '{"momentum": 0.9}', start=START)
    assert isinstance(optimizer, torch.optim.SGD)
    assert (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]) == (1e-3, 0.9)
    given = build_optimizer(resolve("debiased"), model, RECIPE, "torch.optim:SGD", '{"lr": 0.5}', start=START)
    assert given.param_groups[0]["lr"] == 0.5


@pytest.mark.parametrize(
    ("path", "arguments", "message"),
    [
        ("torch.optim.SGD", "{}", "package.module:Class"),
        ("no_such:Thing", "{}", "does not import"),
        ("torch.optim:Thing", "{}", "does not import"),
        ("torch.optim:SGD", "{", "not JSON"),
        ("torch.optim:SGD", "[]", "JSON object"),
        ("torch.optim:SGD", '{"speed": 1}', "does not take"),
        ("builtins:dict", "{}", "does not take|not a torch"),
    ],
)
def test_an_optimizer_that_cannot_be_built_is_one_clear_error(model, path, arguments, message):
    with pytest.raises(OptimizerError, match=message):
        build_optimizer(resolve("debiased"), model, RECIPE, path, arguments, start=START)


def test_an_optimizer_of_others_takes_what_the_method_decides_or_says_that_it_cannot(model):
    chosen = resolve("llrd.decay0.5+wdecay.coefficient0.1")
    optimizer = build_optimizer(chosen, model, RECIPE, "torch.optim:SGD", start=START)
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.0, 0.1}
    assert {group["lr"] for group in optimizer.param_groups} == {1e-3, 5e-4, 2.5e-4}
    with pytest.raises(OptimizerError, match="has no weight_decay"):
        build_optimizer(chosen, model, RECIPE, "tests.methods.test_methods:Plain", start=START)


def test_arguments_never_undo_what_a_cell_is_named_for(model):
    chosen, arguments = resolve("llrd.decay0.5+wdecay.coefficient0.1"), '{"lr": 2e-3, "weight_decay": 0.5}'
    optimizer = build_optimizer(chosen, model, RECIPE, "torch.optim:AdamW", arguments, start=START)
    assert {group["lr"] for group in optimizer.param_groups} == {2e-3, 1e-3, 5e-4}
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.0, 0.1}
    # where no method says anything, the arguments decide
    alone = build_optimizer(resolve("debiased"), model, RECIPE, "torch.optim:AdamW", arguments, start=START)
    assert {group["weight_decay"] for group in alone.param_groups} == {0.5}


@NEEDS_MUON
def test_muon_gets_the_matrices_of_the_blocks_at_the_methods_rates(model):
    optimizer = build_optimizer(
        resolve("llrd.decay0.5"), model, RECIPE, "torch.optim:Muon", '{"lr": 2e-3}', start=START
    )
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    found = {
        part: {
            names[id(tensor)] for group in optimizer.param_groups if group["part"] == part for tensor in group["params"]
        }
        for part in (0, 1)
    }
    assert all(".layer." in name or "pooler" in name for name in found[0])
    assert {"encoder.embeddings.word_embeddings.weight", "classifier.weight"} <= found[1]
    assert {group["lr"] for group in optimizer.param_groups} == {2e-3, 1e-3, 5e-4}


class Plain(torch.optim.Optimizer):
    """An optimizer with a rate and nothing else."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})
