"""The commands that judge again and that make what is missing: what was given and decides, and nothing else."""

import shlex

from stablebert.project import Project
from stablebert.project.options import settings_of
from stablebert.project.repeating import command_line, judging_command, making_command
from stablebert.runs import Cell


def command(tmp_path, monkeypatch, made_by=lambda project, cell: judging_command(project, [cell]), **given):
    for name in ("GLUE_DIR", "STABLEBERT_DEVICE", "STABLEBERT_STORE"):
        monkeypatch.delenv(name, raising=False)
    project = Project(tmp_path, settings_of(given), given)
    return shlex.split(made_by(project, Cell("rte", "reinit+llrd")))


def test_only_what_was_given_and_decides_is_in_the_command(tmp_path, monkeypatch):
    given = {
        "optimizer": "a.b:C",
        "optimizer-args": '{"eps": 1e-3}',
        "recipe": "batch_size=16",
        "anytime": "True",
        "report": "out",
        "budget": "1h",
    }
    assert command(tmp_path, monkeypatch, **given) == [
        *("stablebert", "gate", "rte_reinit+llrd_3ep_minilm_fp32", "--recipe", "batch_size=16"),
        *("--optimizer", "a.b:C", "--optimizer-args", '{"eps": 1e-3}', "--anytime"),
    ]


def test_a_seed_block_of_zero_that_was_given_stays(tmp_path, monkeypatch):
    assert command(tmp_path, monkeypatch, **{"seed-block": "0"})[-2:] == ["--seed-block", "0"]


def test_variables_that_matter_come_first_and_are_quoted():
    environment = {"STABLEBERT_STORE": "/my runs", "GLUE_DIR": "", "PATH": "/bin"}
    assert command_line(["pytest"], environment) == "STABLEBERT_STORE='/my runs' pytest"


def test_missing_runs_are_made_with_what_they_were_to_be_made_with(tmp_path, monkeypatch):
    given = {"optimizer": "a.b:C", "optimizer-args": '{"eps": 1e-3}', "seeds": "6", "margin": "1", "recipe": "eps=1e-6"}
    assert command(tmp_path, monkeypatch, making_command, **given) == [
        *("stablebert", "run", "rte_reinit+llrd_3ep_minilm_fp32", "--seed-block", "0", "--seeds", "6"),
        *("--recipe", "eps=1e-6", "--optimizer", "a.b:C", "--optimizer-args", '{"eps": 1e-3}'),
    ]
    paired = command(tmp_path, monkeypatch, making_command, **{"seeds-of": "baseline"})
    assert paired[3:] == ["--seeds-of", "baseline", "--seeds", "20"]
