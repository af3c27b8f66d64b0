"""JSON of TrainingArguments or of facts, and facts of a command line, to a set-up."""

import json
import math

import pytest

from stablebert.doctor import SetupError, given_facts, read_setup
from stablebert.doctor.arguments_of_trainer import DEFAULTS


@pytest.fixture
def setup(tmp_path):
    """From a JSON object to its set-up."""

    def read(given):
        path = tmp_path / "arguments.json"
        path.write_text(given if isinstance(given, str) else json.dumps(given))
        return read_setup(path)

    return read


def test_a_dump_has_the_defaults_of_transformers(setup):
    found = setup({"output_dir": "out", "per_device_train_batch_size": 8})
    assert (found.learning_rate, found.warmup, found.updates) == (5e-5, 0, None)
    assert (found.bias_correction, found.trains_everything, found.decays_normalisations) == (True, True, False)
    assert found.schedule_updates == math.inf
    assert found.seen["updates"] == "3.0 epochs of a number of examples that is not said"


@pytest.mark.parametrize(
    ("arguments", "warmup"),
    [
        ({"warmup_steps": 9}, 9),
        ({"warmup_steps": 0.1}, 0.1),
        ({"warmup_ratio": 0.1}, 0.1),
        ({"warmup_steps": 0, "warmup_ratio": None}, 0),
        ({"warmup_steps": 9, "lr_scheduler_type": "constant"}, 0),
        ({"warmup_steps": 9, "lr_scheduler_type": "constant_with_warmup"}, 9),
    ],
)
def test_warming_up_goes_by_two_names(setup, arguments, warmup):
    assert setup({"output_dir": "out", **arguments}).warmup == warmup


def test_an_optimizer_of_another_kind_is_not_known_to_correct_anything(setup):
    found = setup({"output_dir": "out", "optim": "adafactor", "max_steps": 96})
    assert (found.optimizer, found.bias_correction, found.updates) == ("adafactor", None, 96)


@pytest.mark.parametrize(
    ("dropouts", "found"),
    [((0.1, 0.0), 0.1), ((0.0, 0.0), 0.0), ((0.0, None), None), ((None, None), None)],
)
def test_dropout_is_off_where_all_of_it_is(setup, dropouts, found):
    names = ("hidden_dropout_prob", "attention_probs_dropout_prob")
    assert setup({"output_dir": "out", **dict(zip(names, dropouts, strict=True))}).dropout == found


def test_facts_go_before_what_they_are_read_from(setup):
    found = setup({"max_steps": 96, "updates": 40, "model_name_or_path": "bert-large-uncased"})
    assert (found.updates, found.encoder) == (40, "bert-large-uncased")
    # facts alone bring no defaults of the Trainer
    assert setup({"updates": 40, "learning_rate": 1e-4}).warmup is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[1]", "is no JSON object, but a list"),
        ({"updats": 40}, "'updats' is not known; did you mean 'updates'"),
        ({"zzz": 40}, "'zzz' is not known; known: encoder"),
        ({"updates": 0}, "updates is 0; it must be a whole number >= 1"),
        ({"updates": True}, "updates is True; it must be"),
        ({"learning_rate": "high"}, "learning_rate is 'high'; it must be a number > 0"),
        ({"mixout": 1}, "mixout is 1; it must be true or false"),
        ({"encoder": ""}, "encoder is ''; it must be a text"),
        ({"dropout": 1.0}, "dropout is 1.0; it must be a number in"),
        ({"hidden_dropout_prob": 2}, "dropout is 2; it must be a number in"),
        ({"output_dir": "out", "max_steps": "many"}, "updates is 'many'; it must be a whole number >= 1"),
        ({"warmup_steps": -1}, "warmup is -1; it must be a number >= 0"),
        ({}, "says nothing of fine-tuning"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(setup, given, message):
    with pytest.raises(SetupError, match=message):
        setup(given)


def test_a_file_of_neither_kind_is_named(tmp_path):
    with pytest.raises(SetupError, match="is no file"):
        read_setup(tmp_path / "none.py")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SetupError, match="neither a Python script"):
        read_setup(tmp_path / "notes.txt")


def test_facts_of_a_command_line_are_checked_alike():
    words = ["updates=96", "encoder=1", "bias_correction=false", "schedule_updates=Infinity", "warmup=null"]
    found = {name: value for name, (value, _) in given_facts(words, "--fact").items()}
    assert found == {
        "updates": 96,
        "encoder": "1",
        "bias_correction": False,
        "schedule_updates": math.inf,
        "warmup": None,
    }
    for word, message in (
        ("updates", "NAME=VALUE"),
        ("update=3", "no fact of a set-up"),
        ("updates=x", "updates is 'x'"),
        ("task=../../../etc", "the id of a task, as in rte-1k"),
    ):
        with pytest.raises(SetupError, match=message):
            given_facts([word], "--fact")


def test_the_defaults_are_those_of_the_transformers_here(tmp_path):
    pytest.importorskip("accelerate", reason="TrainingArguments needs accelerate")
    from transformers import TrainingArguments

    stated = json.loads(TrainingArguments(output_dir=str(tmp_path)).to_json_string())
    # null is how it says that it is not set
    assert {name: stated.get(name) for name in DEFAULTS} == DEFAULTS
