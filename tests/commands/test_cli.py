import json

import pytest

from stablebert.cli import main
from stablebert.runs import RunSpec
from stablebert.store import Keys, RunStore, baseline_path
from stablebert.store.baselines import write_baseline
from stablebert.store.margins import Margin, write_margins
from tests.synthetic import synthetic_record, synthetic_rows, wobble

CELL = "trec_debiased_3ep_minilm_fp32"


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A baseline about 90 points, and a function that stores five candidate runs about a mean."""

    def keys(spec):
        key = f"{spec.seed:03d}{spec.optimizer}".ljust(64, "0")
        return Keys(key, key, "cell", "code", "data", "weights")

    monkeypatch.setattr("stablebert.commands.gate.run_keys", keys)
    spec = RunSpec(task="trec")
    header = {"cell": CELL, "cell_key": "cell"}
    write_baseline(baseline_path(tmp_path / "b", spec), header, synthetic_rows(90.0, range(20)))
    write_margins(tmp_path / "b", [Margin("minilm", "trec", "3ep", 2.0, 1.0, 20, 20, "2026-01-01")])
    monkeypatch.chdir(tmp_path)

    def store(mean, runs=5):
        for seed in range(100, 100 + runs):
            run = spec.with_seed(seed)
            RunStore(tmp_path / "s").publish(keys(run).record, synthetic_record(run, mean + wobble(seed)))
        return ["gate", CELL, "--seed-block", "100", "--seeds", "5", "--store", "s", "--baselines", "b"]

    return store


@pytest.mark.parametrize(("mean", "status", "code"), [(90.0, "PASS", 0), (84.0, "FAIL", 1), (89.2, "INCONCLUSIVE", 3)])
def test_gate_exits_by_its_verdict(folders, capsys, mean, status, code):
    assert main(folders(mean)) == code
    assert status in capsys.readouterr().out


def test_gate_without_runs_is_invalid(folders, capsys):
    assert main(folders(90.0, runs=3)) == 4
    assert "3 of the 5 seeds" in capsys.readouterr().out


def test_gate_prints_data(folders, capsys):
    assert main([*folders(90.0), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["status"] == "PASS"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gate", "squad_debiased_3ep_minilm_fp32"], "unknown task 'squad'"),
        (["gate", "trec_adamw_3ep_minilm_fp32"], "unknown method 'adamw'"),
        (["run", "trec_debiased_3ep_maxilm_fp32"], "unknown encoder 'maxilm'"),
        (["run", "trec"], "not a run id"),
        (["run", CELL, "--seeds", "0"], "--seeds 0"),
        (["run", CELL, "--jobs", "0"], "jobs is 0"),
    ],
)
def test_a_word_that_is_not_known_is_one_clear_line(capsys, words, message):
    assert main(words) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert message in lines[0]


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
    folders(90.0)
    assert main(["store", "--store", "s"]) == 0
    assert "5 records" in capsys.readouterr().out
    path = next((tmp_path / "s").glob("??/*.json"))
    path.write_text("{}")
    assert main(["store", "--store", "s"]) == 2
    assert str(path.name) in capsys.readouterr().err


def test_doctor_says_what_is_there(capsys):
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["torch"] != "missing"


@pytest.mark.parametrize("command", ["list", "fetch", "run", "search", "gate", "accept", "doctor", "store"])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert "usage: stablebert" in capsys.readouterr().out
