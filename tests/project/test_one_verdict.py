"""The same runs get the same verdict, word for word: one process of pytest and two, the command line, and Python."""

import json
import os
import subprocess
import sys

import pytest

from stablebert.baselines import series_path, write_series
from stablebert.gate import Status, Verdict
from stablebert.report import explained, read_verdicts
from stablebert.runs import Cell, RunSpec
from tests.project.stores import SEEDS, Root, many_states
from tests.synthetic import synthetic_record, wobble
from tests.tiny import write_tiny_encoder

OPTIONS = {"seed-block": "100", "precision": "fp32"}
# what a command says by the id of the cell
IN_THE_ID = ("precision",)
PYTHON = """
import json
import sys

from stablebert.project import load_project

options, ids = json.loads(sys.argv[1])
project = load_project(**options)
cells = [project.cell_of(one) for one in ids]
print(json.dumps([project.judge_stored(cell, cells).to_dict() for cell in cells]))
"""
OWN_METHOD = """
from dataclasses import dataclass

from stablebert.methods import Method


@dataclass(frozen=True)
class Idle(Method):
    '''A method that does nothing.'''
"""


@pytest.fixture
def root(tmp_path, request, monkeypatch):
    """A root directory under construction."""
    for name in ("CI", "GLUE_DIR", "STABLEBERT_STORE", "STABLEBERT_DEVICE", "PLANTED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return Root(tmp_path / "root", request.config.rootpath)


def doors(root, cells, *, folder=None, **given):
    """Return the verdicts of four doors by cell, and what each says of the session.

    Args:
        root: The root directory.
        cells: What is judged.
        folder: Where commands and Python are started; None is the root.
        given: Options with underscores.
    """
    options = OPTIONS | {name.replace("_", "-"): value for name, value in given.items()}
    where = folder or root.folder
    found, sessions = {}, {}
    for door, processes in (("pytest", ()), ("pytest -n 2", ("-n", "2"))):
        words = [f"--stablebert-{name}={value}" for name, value in options.items()]
        report = root.folder / "report"
        said = run(root.folder, "-m", "pytest", "bench", *processes, *words, f"--stablebert-report={report}")
        sessions[door] = session_line(said.stdout)
        found[door] = verdicts(read_verdicts(report / "verdicts.json"))
    outside = {name: value for name, value in options.items() if name not in IN_THE_ID}
    words = [word for name, value in outside.items() for word in (f"--{name}", value)]
    ids = [cell.id for cell in cells]
    said = run(
        where, "-c", "from stablebert.cli import main; import sys; sys.exit(main())", "gate", *ids, *words, "--json"
    )
    sessions["gate"] = session_line(said.stderr)
    found["gate"] = verdicts(map(Verdict.from_dict, json.loads(said.stdout)))
    asked = json.dumps([{name.replace("-", "_"): value for name, value in outside.items()}, ids])
    said = run(where, "-c", PYTHON, asked)
    found["python"] = verdicts(map(Verdict.from_dict, json.loads(said.stdout)))
    return found, sessions


def verdicts(found):
    """Return what must be equal of each cell's verdict."""
    return {
        one.cell: (str(one.status), one.reason, one.policy, explained(one)) for one in found if one.cell != "pooled"
    }


def session_line(text):
    return next(line.split()[1] for line in text.splitlines() if line.startswith("session: "))


def run(folder, *words):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def check(found, sessions, cells):
    """Assert that all doors say the same of every cell, and return it."""
    first = found["pytest"]
    assert set(first) == {cell.id for cell in cells}
    assert {door: said for door, said in found.items() if said != first} == {}
    assert len(set(sessions.values())) == 1, sessions
    return first


def test_every_state_of_a_cell_is_judged_alike_by_every_door(root):
    named = many_states(root)
    said = check(*doors(root, named.values()), named.values())
    status = {state: said[cell.id][0] for state, cell in named.items()}
    assert {state for state, one in status.items() if one == "INVALID"} == {
        *("damaged baseline", "damaged record", "no baseline", "another recipe", "one loss for all seeds"),
        *("another class", "fractions"),
    }
    assert (status["equal"], status["over a bridge"], status["undecided"]) == ("PASS", "PASS", "INCONCLUSIVE")
    assert status["worse"] == status["waived"] == "FAIL"
    assert set(status.values()) == set(Status)
    assert {one for _, _, one, _ in said.values()} == {said[named["equal"].id][2]}


def test_a_second_rule_in_one_door_is_seen(root, monkeypatch):
    cells = [Cell("trec"), Cell("sms")]
    for cell in cells:
        root.accept(cell)
        root.run(cell)
    root.finish(*cells)
    found, sessions = doors(root, cells)
    check(found, sessions, cells)
    monkeypatch.setenv("PLANTED", "cells")
    planted, _ = doors(root, cells)
    with pytest.raises(AssertionError):
        check({**found, "gate": planted["gate"]}, sessions, cells)


def test_how_much_seeds_disagree_is_said_alike(root):
    cell = Cell("trec")
    root.accept(cell)
    runs = [RunSpec(**vars(cell), seed=seed) for seed in range(20)]
    write_series(series_path(root.baselines, cell), [synthetic_record(one, 90 + wobble(one.seed)) for one in runs])
    root.run(cell)
    root.finish(cell)
    said = check(*doors(root, [cell]), [cell])
    assert "Seeds disagree on 0.0 % of the test examples (accepted runs: 0.0 %)" in said[cell.id][3]


def test_a_spent_budget_is_said_alike(root):
    cell = Cell("trec")
    root.accept(cell, sd=1.2)
    root.run(cell, 88.8, sd=1.2, seeds=SEEDS[:6])
    root.finish(cell)
    said = check(*doors(root, [cell], budget="0.001s"), [cell])
    assert said[cell.id][1].endswith("; the budget is spent: 14 seeds are missing")


def test_ini_keys_and_the_root_are_found_from_a_folder_below(root, tmp_path):
    cell = Cell("trec")
    root.baselines = tmp_path / "elsewhere"
    root.accept(cell)
    root.run(cell, 89.3)
    root.finish(cell, table="[tool.stablebert.policy]\nwide_margin = 4\n")
    (root.folder / "pytest.ini").write_text("[pytest]\nstablebert_alpha = 0.2\nstablebert_baselines = ../elsewhere\n")
    below = root.folder / "one" / "two"
    below.mkdir(parents=True)
    said = check(*doors(root, [cell], folder=below), [cell])
    # the control: without the ini file another rule judges
    (root.folder / "pytest.ini").write_text("[pytest]\nstablebert_baselines = ../elsewhere\n")
    assert check(*doors(root, [cell]), [cell])[cell.id][2] != said[cell.id][2]


def test_from_a_wheel_without_a_table_the_grid_is_the_wheels(tmp_path, request, root):
    wheel = tmp_path / "wheel"
    wheel.mkdir()
    (wheel / "grid.toml").write_text('mini = ["trec_debiased_3ep", "sms_debiased_3ep", "sms_reinit_3ep"]\n')
    outside = Root(tmp_path / "outside", request.config.rootpath, baselines=wheel)
    cell = Cell("trec")
    for listed in (cell, Cell("sms"), Cell("sms", "reinit")):
        outside.accept(listed)
    # it has a baseline and is in no grid: it shares no alarms
    outside.accept(Cell("rotten"))
    outside.run(cell)
    outside.finish(cell, table="# no grid")
    said = check(*doors(outside, [cell]), [cell])
    listed = Root(tmp_path / "listed", request.config.rootpath, baselines=wheel)
    listed.run(cell)
    table = '[tool.stablebert.grid]\nmini = ["trec_debiased_3ep", "sms_debiased_3ep", "sms_reinit_3ep"]\n'
    listed.finish(cell, table=table)
    assert check(*doors(listed, [cell]), [cell]) == said


def test_an_optimizer_of_the_users_is_judged_alike(root):
    cell = Cell("trec")
    root.accept(cell)
    root.run(cell, 84.0, optimizer="torch.optim:Adam", optimizer_arguments='{"eps":0.5}')
    root.finish(cell)
    given = {"optimizer": "torch.optim:Adam", "optimizer_args": '{"eps": 0.5}'}
    said = check(*doors(root, [cell], **given), [cell])
    assert said[cell.id][0] == "FAIL"


def test_a_method_a_task_and_an_encoder_of_the_users_are_judged_alike(root):
    write_tiny_encoder(root.folder / "encoder")
    (root.folder / "own_methods.py").write_text(OWN_METHOD)
    (root.folder / "texts").mkdir()
    lines = "".join(f"text {number},{number % 2}\n" for number in range(40))
    (root.folder / "texts" / "train.csv").write_text(f"text,label\n{lines}")
    cells = [Cell("trec", "idle"), Cell("tickets"), Cell("trec", encoder="tinybert")]
    for cell in cells:
        root.accept(cell)
        root.run(cell, method_sources='{"idle":"own_methods:Idle"}' if cell.method == "idle" else "{}")
    table = """
[tool.stablebert.methods]
idle = "own_methods:Idle"

[tool.stablebert.tasks]
tickets = { folder = "texts", metric = "accuracy" }

[tool.stablebert.encoders]
tinybert = "encoder"
"""
    root.finish(*cells[:2], table=table)
    said = check(*doors(root, cells[:2]), cells[:2])
    assert {one[0] for one in said.values()} == {Status.PASS}
    root.finish(Cell("trec"), table=table)
    against = {"model": "tinybert", "against": "tinybert"}
    judged = check(*doors(root, [cells[2]], **against), [cells[2]])
    assert judged[cells[2].id][0] == "PASS"
