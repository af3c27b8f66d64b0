import pytest

from stablebert.runs import Cell, Recipe, RunSpec, default_recipe, parse_id, total_steps, training_length


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


def test_the_papers_own_recipes_are_not_built_and_that_is_said_wherever_a_length_is_read():
    for read in (
        lambda length: total_steps(length, 10, 2),
        lambda length: training_length(RunSpec(task="trec", length=length, steps=800 if length == "long" else None)),
        lambda length: Cell.parse(f"cola_reinit_{length}_bert-large_fp32"),
        lambda length: parse_id(f"cola_reinit_{length}_bert-large_fp32_s000"),
    ):
        with pytest.raises(
            ValueError, match="'own' cannot be run: it stands for the recipes of Table 6, which are not"
        ):
            read("own")
        # the control: a length that can be run
        read("3ep")


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
