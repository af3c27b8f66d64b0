import argparse
import importlib
import json

import pytest

from stablebert.cli import main
from stablebert.commands import COMMANDS, selecting
from stablebert.paper import default_recipe
from stablebert.runs import RunSpec, digest_of, format_id
from stablebert.store import Keys, RunStore, baseline_path
from stablebert.store.baselines import write_baseline
from stablebert.store.margins import Margin, write_margins
from stablebert.store.searches.files import parameter_search, read_search
from stablebert.store.searches.trials import winner
from tests.synthetic import synthetic_record, synthetic_rows, wobble

CELL = "trec_debiased_3ep_minilm_fp32"
# the package has a function of the same name
OBTAIN = importlib.import_module("stablebert.store.obtain")


@pytest.fixture(autouse=True)
def no_training(monkeypatch, tmp_path):
    """A test that would train for minutes fails instead, and none writes where it was started."""

    def refuse(spec):
        raise AssertionError(f"{spec} would be trained")

    monkeypatch.setattr(OBTAIN, "_train", refuse)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A baseline about 90 points, and a function that stores five candidate runs about a mean."""

    def keys(spec):
        key = f"{spec.seed:03d}{spec.optimizer}".ljust(64, "0")
        return Keys(key, key, "cell", "code", "data", "weights")

    monkeypatch.setattr("stablebert.commands.gate.run_keys", keys)
    spec = RunSpec(task="trec")
    header = {"cell": CELL, "cell_key": "cell", "environment_class": "cpu-fp32"}
    write_baseline(baseline_path(tmp_path / "b", spec), header, synthetic_rows(90.0, range(20)))
    write_margins(tmp_path / "b", [Margin("minilm", "trec", "3ep", 2.0, 1.0, 20, 20, "2026-01-01")])

    def store(mean, runs=5, without=()):
        for seed in sorted({*range(100, 100 + runs)} - {*without}):
            run = spec.with_seed(seed)
            RunStore(tmp_path / "s").publish(keys(run).record, synthetic_record(run, mean + wobble(seed)))
        return ["gate", CELL, "--seed-block", "100", "--seeds", "5", "--store", "s", "--baselines", "b"]

    return store


def test_a_verdict_of_the_gate_names_the_command_that_reaches_it_again(folders, capsys):
    assert main([*folders(90.0), "--json"]) == 0
    (first,) = json.loads(capsys.readouterr().out)
    assert first["command"].startswith(f"stablebert gate {CELL} --seed-block 100 --seeds 5 ")
    assert main([*first["command"].split()[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [first]


@pytest.mark.parametrize(("mean", "status", "code"), [(90.0, "PASS", 0), (84.0, "FAIL", 1), (89.2, "INCONCLUSIVE", 3)])
def test_gate_exits_by_its_verdict(folders, capsys, mean, status, code):
    assert main(folders(mean)) == code
    assert status in capsys.readouterr().out


def test_gate_without_runs_is_invalid(folders, capsys):
    assert main(folders(90.0, runs=3)) == 4
    assert "3 of the 5 seeds" in capsys.readouterr().out


def test_gate_without_any_run_says_which_command_makes_them(folders, capsys):
    assert main([*folders(90.0, runs=0), "--json"]) == 4
    (verdict,) = json.loads(capsys.readouterr().out)
    assert verdict["status"] == "INVALID"
    assert f"`stablebert run {CELL} --seed-block 100 --seeds 5` makes them" in verdict["reason"]


def test_gate_does_not_step_over_a_missing_seed(folders, capsys):
    assert main([*folders(90.0, runs=8, without={102}), "--seeds", "8"]) == 4
    assert "2 of the 5 seeds" in capsys.readouterr().out


def test_gate_says_how_many_seeds_it_found(folders, capsys):
    assert main([*folders(89.2, runs=7), "--seeds", "20"]) == 3
    assert "7 of the 20 seeds asked for are stored" in capsys.readouterr().out


def test_gate_judges_across_no_class_and_trusts_no_damaged_file(folders, capsys, tmp_path):
    words = folders(90.0)
    words[1] = CELL.replace("fp32", "bf16")
    assert main(words) == 4
    assert "class cpu-fp32, these runs of cpu-bf16" in capsys.readouterr().out
    words[1] = CELL
    next((tmp_path / "s").glob("??/*.json")).write_text("{}")
    assert main(words) == 4
    assert "is damaged" in capsys.readouterr().out


def test_gate_takes_the_worst_of_its_cells(folders, capsys):
    words = folders(90.0)
    assert main([*words[:2], CELL.replace("debiased", "reinit"), *words[2:]]) == 4
    assert "it has no baseline" in capsys.readouterr().out


def test_gate_prints_data(folders, capsys):
    assert main([*folders(90.0), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["status"] == "PASS"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gate", "squad_debiased_3ep_minilm_fp32"], "unknown task 'squad'"),
        (["gate", "trec_adamw_3ep_minilm_fp32"], "unknown method 'adamw'"),
        (["run", "trec_debiased_3ep_maxilm_fp32"], "unknown encoder 'maxilm'"),
        (["run", "trec"], "'trec' is not a cell id"),
        (["run", f"{CELL}_7"], "is not a run id"),
        (["run", CELL, "--optimizer", "torch.optim:Adam", "--optimizer-args", "3"], "--optimizer-args '3'"),
        (["run", CELL, "--optimizer-args", "{}}"], "--optimizer-args '{}}' goes with --optimizer"),
        (
            ["run", CELL, "--optimizer", "torch.optim.Adam"],
            "'torch.optim.Adam' is not of the form package.module:Class",
        ),
        (["run", CELL, "--optimizer", "no_package.optim:Adam"], "there is no package 'no_package'"),
        (["run", CELL.replace("3ep", "3x")], "length '3x' is not a number of epochs (3ep) or steps (800st)"),
        (["run", CELL, "--seed-block", "-1"], "--seed-block -1"),
        (["list", "--baselines", "nowhere"], "--baselines nowhere is no folder"),
        (["gate", CELL, "--margin", "1"], "--margin goes with --base"),
        (["plan", CELL, "--margin", "nan"], "--margin nan must be > 0 and finite"),
        (["plan", CELL, "--seconds", "0"], "--seconds 0 must be > 0 and finite"),
        (["search", "--lengths", "0"], "length '0st' is not"),
        (["gate", CELL, "--seeds", "0"], "--seeds 0"),
        (["search", "--tasks", "squad"], "unknown task 'squad'"),
        (["search", "--methods", "reinit"], "--methods goes with --lengths"),
        (["search", "--parameters", "debiased"], "no parameters of 'debiased'"),
        (["run", CELL, "--seeds", "0"], "--seeds 0"),
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

    monkeypatch.setattr("stablebert.commands.gate.find_baseline", broken)
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
    assert "0 records in s, which is no folder yet" in capsys.readouterr().out
    folders(90.0)
    assert main(["store", "--store", "s"]) == 0
    assert "5 records" in capsys.readouterr().out
    path = next((tmp_path / "s").glob("??/*.json"))
    path.write_text("{}")
    assert main(["store", "--store", "s", "--json"]) == 2
    printed = capsys.readouterr()
    assert path.name in printed.err
    assert json.loads(printed.out)["cells"] == {CELL: 4}


def test_doctor_says_what_is_there(capsys):
    assert main(["doctor", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["torch"] != "missing"
    assert {"processor", "cores", "cache", "records", "GLUE source"} <= set(data)


def test_a_missing_library_is_no_success(capsys, monkeypatch):
    monkeypatch.setattr("stablebert.commands.doctor._LIBRARIES", ("torch", "no-such-library"))
    assert main(["doctor"]) == 2
    assert "no-such-library" in capsys.readouterr().out


def test_words_name_runs_and_cells():
    words = [f"{CELL}_s007", f"{CELL}_i001d002", CELL]
    given = argparse.Namespace(
        cells=words,
        seeds=3,
        seed_block=6,
        optimizer="torch.optim:Adam",
        optimizer_args='{"y": 1, "x": 2}',
        baselines="",
    )
    runs = selecting.runs_of(given)
    assert [(run.seed, run.data_seed) for run in runs] == [(7, None), (1, 2), (6, None), (8, None)]
    assert {run.optimizer_arguments for run in runs} == {'{"x":2,"y":1}'}
    assert {run.recipe for run in runs} == {default_recipe("minilm")}


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
    assert main(["run", f"{CELL}_s002", "--store", "s"]) == 0
    assert "test 92.00" in capsys.readouterr().out


def test_search_records_its_winner(capsys, monkeypatch, tmp_path):
    def keys(spec):
        return Keys(*([f"{spec.recipe.learning_rate:.0e}{spec.task}".ljust(64, "0")] * 6))

    monkeypatch.setattr(OBTAIN, "run_keys", keys)
    best = {1e-4: 80.0, 2e-4: 85.0}
    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: synthetic_record(spec, best[spec.recipe.learning_rate]))
    words = ["--tasks", "trec", "sms", "--rates", "1e-4", "2e-4", "--store", "s", "--baselines", "b"]
    assert main(["search", *words]) == 0
    assert "debiased 3ep at 0.0002: mean validation 85.00  <- best" in capsys.readouterr().out
    assert winner(read_search(tmp_path / "b", "minilm")).learning_rate == 2e-4


def test_a_search_of_lengths_decides_what_long_means(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([digest_of(format_id(spec))] * 6)))
    best = {"200st": 80.0, "800st": 85.0, "3200st": 85.0}
    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: synthetic_record(spec, best[spec.length]))
    words = ["--tasks", "trec", "sms", "--methods", "debiased", "reinit", "--lengths", "200", "800", "3200"]
    assert main(["search", *words, "--store", "s", "--baselines", "b"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("debiased 800st at 0.0002: mean validation 85.00  <- best") == 2
    assert len(trained := list(RunStore(tmp_path / "s").records())) == 2 * 2 * 3 * 8
    assert {record.spec.seed for record in trained} == set(range(900, 908))
    for cell in ("trec_reinit_long_minilm_fp32", "sms_debiased_long_minilm_fp32"):
        assert selecting.spec_of(cell, baselines=[tmp_path / "b"]).steps == 800
    for file in (tmp_path / "b").glob("minilm/searches/length/*.csv"):
        assert "# machine: cpu (test), torch 0\n" in file.read_text()


def test_a_search_of_parameters_takes_the_papers_grid(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([digest_of(format_id(spec))] * 6)))
    best = {"mixout.p0.3": 85.0, "llrd.decay0.9.lr5e-05": 85.0}
    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: synthetic_record(spec, best.get(spec.method, 80.0)))
    words = ["--tasks", "trec", "--parameters", "mixout", "llrd", "--seeds", "900", "901", "--store", "s"]
    assert main(["search", *words, "--baselines", "b"]) == 0
    assert len(list(RunStore(tmp_path / "s").records())) == (5 + 6) * 2
    printed = capsys.readouterr().out
    for text in best:
        search = parameter_search("trec", text.split(".")[0])
        assert winner(read_search(tmp_path / "b", "minilm", search)).method == text
        assert f"{text} 3ep at 0.0002: mean validation 85.00  <- best" in printed


def test_a_search_of_lengths_may_take_the_papers(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "stablebert.commands.search.run_all", lambda specs, *_, **__: seen.extend(specs) or [ValueError()]
    )
    assert main(["search", "--lengths", "--tasks", "trec", "--baselines", "b"]) == 2
    assert {spec.length for spec in seen} == {"200st", "400st", "800st", "1600st", "3200st"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert "usage: stablebert" in capsys.readouterr().out
