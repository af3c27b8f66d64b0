"""`stablebert doctor SETUP`: what is found, what it exits with, and that a machine is looked at without one."""

import json
from pathlib import Path

import pytest

from stablebert.cli.commands import main

BASELINES = ["--baselines", str(Path(__file__).parents[2] / "baselines")]
SOUND = {
    "encoder": "minilm",
    "bias_correction": True,
    "learning_rate": 2e-4,
    "warmup": 0.1,
    "updates": 400,
    "schedule_updates": 400,
    "decays_normalisations": False,
    "trains_everything": True,
    "reinit": False,
    "dropout": 0.1,
}


@pytest.fixture
def setup(tmp_path):
    """From facts to the word for them on a command line."""

    def write(**facts):
        (tmp_path / "setup.json").write_text(json.dumps({**SOUND, **facts}))
        return str(tmp_path / "setup.json")

    return write


def test_a_sound_set_up_exits_0_and_a_planted_cause_1(setup, capsys):
    assert main(["doctor", setup(), *BASELINES]) == 0
    assert "0 found, 0 not known" in capsys.readouterr().out
    assert main(["doctor", setup(bias_correction=False), *BASELINES]) == 1
    printed = capsys.readouterr().out
    assert "1 found, 0 not known" in printed
    assert "no-bias-correction (Section 4)" in printed
    # what is stored stands beside it
    assert "evidence: trec (minilm, 3ep): bertadam" in printed


def test_what_nobody_says_does_not_pass_for_healthy(setup, capsys):
    assert main(["doctor", setup(warmup=None), *BASELINES]) == 0
    assert "not known: no-warm-up (warmup: null in setup.json)" in capsys.readouterr().out


def test_a_fact_of_the_command_line_goes_before_the_file(setup, capsys):
    assert main(["doctor", setup(), "--fact", "updates=96", "--json", *BASELINES]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [finding["cause"] for finding in found["findings"]] == ["too-few-updates"]
    assert found["setup"]["updates"] == {"value": 96, "seen": "--fact"}
    assert set(found["not_known"]) == set()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.py"], "none.py is no file"),
        (["--fact", "updates=96"], "--fact updates=96 goes with a script or a JSON file"),
    ],
)
def test_what_is_no_set_up_exits_2(capsys, words, message):
    assert main(["doctor", *words]) == 2
    assert message in capsys.readouterr().err


def test_an_unknown_fact_exits_2(setup, capsys):
    assert main(["doctor", setup(), "--fact", "lr=1", *BASELINES]) == 2
    assert "'lr' is no fact of a set-up; known: encoder" in capsys.readouterr().err
