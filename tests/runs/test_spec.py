from dataclasses import replace

import pytest

from stablebert.runs import (
    Cell,
    Recipe,
    RunSpec,
    default_recipe,
    parse_id,
    total_steps,
    training_length,
    training_method,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", 0.0),
        ("batch_size", 0),
        ("warmup_ratio", 1.5),
        ("max_grad_norm", -1.0),
        ("dropout", 1.0),
        ("max_length", 2),
        ("evaluations", 0),
        ("weight_decay", -0.1),
        ("betas", (0.9, 1.0)),
        ("eps", 0.0),
    ],
)
def test_a_value_outside_its_range_is_named(name, value):
    with pytest.raises(ValueError, match=rf"{name} is .*must be"):
        Recipe(**{name: value})


@pytest.mark.parametrize(
    "change",
    [
        {"seed": -1},
        {"data_seed": -2},
        {"precision": "tf32"},
        {"fidelity": "faithful"},
        {"steps": 0, "length": "long"},
        {"steps": 800},
        {"epochs": 3},
        {"epochs": 0, "length": "own"},
        {"epochs": 3, "length": "long"},
        {"steps": 3, "epochs": 3, "length": "own"},
        {"layerwise_decay": 0.9},
    ],
)
def test_a_spec_outside_its_range_is_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        RunSpec(task="trec", **change)


def test_steps_count_the_partial_batch():
    assert total_steps("3ep", 1000, 32) == 96
    assert total_steps("1ep", 64, 32) == 2
    assert total_steps("800st", 5, 32) == 800


@pytest.mark.parametrize("length", ["long", "0ep", "3", "ep", "-3ep"])
def test_a_length_of_another_form_is_refused(length):
    with pytest.raises(ValueError, match="length"):
        total_steps(length, 10, 2)


@pytest.mark.parametrize("length", ["3", "3x", "0ep", "st", "shorter", "ownlong", "own3ep"])
def test_an_id_with_a_length_of_another_form_is_refused_wherever_one_is_read(length):
    for read in (
        lambda length: Cell.parse(f"cola_reinit_{length}_bert-large_fp32"),
        lambda length: parse_id(f"cola_reinit_{length}_bert-large_fp32_s000"),
    ):
        with pytest.raises(ValueError, match=f"length '{length}' is not a number of epochs .3ep. or steps"):
            read(length)
        # the control
        assert [read(right).length for right in ("3ep", "long", "own")] == ["3ep", "long", "own"]


def test_own_is_what_the_encoders_recipe_says():
    own = RunSpec(task="rte", encoder="electra-large", length="own", epochs=10, layerwise_decay=0.9)
    assert training_length(own) == "10ep"
    assert training_length(replace(own, epochs=None, steps=800)) == "800st"
    with pytest.raises(ValueError, match="what 'own' means for electra-large on rte is not in the run"):
        training_length(replace(own, epochs=None))


@pytest.mark.parametrize(
    ("method", "trained"),
    [
        ("debiased", "llrd.decay0.9"),
        ("reinit.blocks2", "reinit.blocks2+llrd.decay0.9"),
        # what a cell is named for is never undone
        ("reinit+llrd.decay0.5", "reinit+llrd.decay0.5"),
    ],
)
def test_own_brings_its_decay_to_a_method_that_has_none(method, trained):
    own = RunSpec(task="rte", method=method, encoder="electra-large", length="own", epochs=10, layerwise_decay=0.9)
    assert training_method(own) == trained
    assert training_method(replace(own, layerwise_decay=None)) == method


def test_long_is_the_steps_that_were_chosen():
    assert training_length(RunSpec(task="trec", length="long", steps=800)) == "800st"
    assert training_length(RunSpec(task="trec", length="3ep")) == "3ep"


def test_long_without_a_choice_names_the_command_that_makes_it():
    command = "stablebert search --lengths --encoder minilm --tasks trec --methods reinit.blocks2"
    with pytest.raises(ValueError, match=f"at rate 0.0002 is not recorded; `{command}`"):
        training_length(RunSpec(task="trec", method="reinit.blocks2", length="long"))


def test_a_spec_made_in_python_has_the_recipe_of_its_encoder_unless_one_is_given():
    assert RunSpec(task="trec").recipe == default_recipe("minilm")
    assert RunSpec(task="trec", encoder="bert-large").recipe == Recipe()
    assert RunSpec(task="trec", recipe=Recipe()).recipe.learning_rate == 2e-5
