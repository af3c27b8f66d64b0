import json
import re
import subprocess
import sys

import pytest

from stablebert.cli import main
from stablebert.cli.arguments import runs_of
from stablebert.cli.commands import COMMANDS
from stablebert.project import load_project
from stablebert.records import Keys
from stablebert.runs import default_recipe
from tests.cli.conftest import CELL, OBTAIN
from tests.synthetic import synthetic_record


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gate", "squad_debiased_3ep_minilm_fp32"], "unknown task 'squad'"),
        (["gate", "trec_adamw_3ep_minilm_fp32"], "unknown method 'adamw'"),
        (["run", "trec_debiased_3ep_maxilm_fp32"], "unknown encoder 'maxilm'"),
        (["run", CELL.replace("3ep", "own")], "the paper's tables are in none of"),
        (["run", "trec_reinit.blocks1_3ep_minilm_fp32"], "blocks 1 is the default of reinit; leave it out"),
        (["run", "trec"], "'trec' is not a cell id"),
        (["run", f"{CELL}_7"], "is not a run id"),
        (["run", CELL, "--optimizer", "torch.optim:Adam", "--optimizer-args", "3"], "--optimizer-args '3'"),
        (["run", CELL, "--optimizer-args", "{}}"], "--optimizer-args '{}}' goes with --optimizer"),
        (
            ["run", CELL, "--optimizer", "torch.optim.Adam"],
            "'torch.optim.Adam' does not import: it is not of the form package.module:Class",
        ),
        (["run", CELL, "--optimizer", "no_package.optim:Adam"], "there is no package 'no_package'"),
        (["run", CELL.replace("3ep", "3x")], "length '3x' is not a number of epochs (3ep) or steps (800st)"),
        (["run", CELL, "--seed-block", "-1"], "--seed-block '-1'"),
        (["list", "--baselines", "nowhere"], "nowhere is no folder"),
        (["plan", CELL, "--margin", "nan"], "--margin 'nan' must be a number > 0"),
        (["plan", CELL, "--seconds", "0"], "--seconds 0 must be > 0 and finite"),
        (["search", "--lengths", "0"], "length '0st' is not"),
        (["gate", CELL, "--seeds", "0"], "--seeds '0'"),
        (["search", "--tasks", "squad"], "unknown task 'squad'"),
        (["search", "--methods", "reinit"], "--methods goes with --lengths"),
        (["search", "--parameters", "debiased"], "no parameters of 'debiased'"),
        (["run", CELL, "--seeds", "0"], "--seeds '0'"),
        (["run", CELL, "--jobs", "0"], "jobs is 0"),
    ],
)
def test_a_word_that_is_not_known_is_one_clear_line(capsys, words, message):
    assert main(words) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert message in lines[0]


def test_a_defect_of_ours_is_no_verdict(folders, capsys, monkeypatch):
    def broken(*_):
        raise KeyError("a defect")

    monkeypatch.setattr("stablebert.project.judging.find_baseline", broken)
    assert main(folders(90.0)) == 70
    assert "KeyError" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(capsys, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder must be")
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path / "cache"))
    assert main(["fetch"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_usage_error_exits_2(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["accept", CELL])
    assert caught.value.code == 2
    assert "--why" in capsys.readouterr().err


def test_list_names_everything(folders, capsys):
    assert main(["list", "--baselines", "b", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {"trec", "rte-1k"} <= set(data["tasks"])
    assert data["methods"][:2] == ["bertadam", "debiased"]
    assert data["baselines"][CELL] == 20
    assert main(["list"]) == 0


def test_store_counts_and_notices_damage(folders, capsys, tmp_path):
    assert main(["store", "--store", "s"]) == 0
    assert f"0 records in {tmp_path / 's'}, which is no folder yet" in capsys.readouterr().out
    folders(90.0)
    assert main(["store", "--store", "s"]) == 0
    assert "12 records" in capsys.readouterr().out
    path = next((tmp_path / "s").glob("??/*.json"))
    path.write_text("{}")
    assert main(["store", "--store", "s", "--json"]) == 2
    printed = capsys.readouterr()
    assert path.name in printed.err
    assert json.loads(printed.out)["cells"] == {CELL: 11}


def test_doctor_says_what_is_there(capsys):
    assert main(["doctor", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["torch"] != "missing"
    assert {"processor", "cores", "cache", "records", "GLUE source"} <= set(data)


def test_a_missing_library_is_no_success(capsys, monkeypatch):
    monkeypatch.setattr("stablebert.cli.doctor._LIBRARIES", ("torch", "no-such-library"))
    assert main(["doctor"]) == 2
    assert "no-such-library" in capsys.readouterr().out


def test_words_name_runs_and_cells():
    words = [f"{CELL}_s007", f"{CELL}_i001d002", CELL]
    given = {"seeds": 3, "seed_block": 6, "optimizer": "torch.optim:Adam", "optimizer_args": '{"y": 1, "x": 2}'}
    runs = runs_of(words, load_project(**given))
    assert [(run.seed, run.data_seed) for run in runs] == [(7, None), (1, 2), (6, None), (8, None)]
    assert {run.optimizer_arguments for run in runs} == {'{"x":2,"y":1}'}
    assert {run.recipe for run in runs} == {default_recipe("minilm")}


def test_output_that_nobody_reads_to_its_end_is_no_error(tmp_path):
    code = "import sys; from stablebert.cli import main; sys.exit(main(['list']))"
    shown = subprocess.run(
        f'{sys.executable} -c "{code}" | head -1', shell=True, capture_output=True, text=True, check=False
    )
    assert shown.stdout == "tasks\n"
    assert shown.stderr == ""


def test_run_reports_every_run_and_an_error_is_no_success(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([f"{spec.seed:064d}"] * 6)))

    def train(spec, **_):
        if spec.seed == 1:
            raise ValueError("no such thing")
        return synthetic_record(spec, 90.0 + spec.seed)

    monkeypatch.setattr(OBTAIN, "_train", train)
    assert main(["run", CELL, "--seeds", "3", "--store", "s"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == [f"{CELL}_s00{seed}" for seed in range(3)]
    assert "accuracy test 90.00" in lines[0]
    assert "ERROR  no such thing" in lines[1]
    assert re.fullmatch(r"peak memory of a worker: \d+ MiB", lines[-1])
    assert main(["run", f"{CELL}_s002", "--store", "s"]) == 0
    assert "test 92.00" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert "usage: stablebert" in capsys.readouterr().out


def test_run_takes_seeds_side_by_side_and_says_what_it_makes_alone(capsys, monkeypatch):
    from stablebert.workers import engines

    asked = []
    monkeypatch.setattr(engines, "run_all", lambda runs, *_, **options: asked.append((runs, options)) or [])
    assert main(["run", CELL, CELL.replace("debiased", "transfer"), "--seeds", "2", "--side-by-side", "4"]) == 0
    ((runs, options),) = asked
    assert [spec.precision for spec in runs] == ["fp32x4", "fp32x4", "fp32", "fp32"]
    assert options["jobs"] == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "one seed at a time" in line]
    assert said == [
        f"{CELL.replace('debiased', 'transfer')}: one seed at a time: transfer begins with a run of its own each"
    ]
    assert main(["run", CELL, "--seeds", "2"]) == 0
    assert [spec.precision for spec in asked[1][0]] == ["fp32", "fp32"]


@pytest.mark.parametrize(
    ("words", "said"), [(["--jobs", "2"], "--jobs 2 is"), (["--side-by-side", "4"], "4 seeds side by side are")]
)
def test_processes_and_stacks_are_of_this_machine_and_not_of_a_cluster(words, said, capsys):
    assert main(["run", CELL, "--seeds", "2", "--engine", "ray", *words]) == 2
    assert f"{said} of this machine, and --engine ray is a cluster" in capsys.readouterr().err
