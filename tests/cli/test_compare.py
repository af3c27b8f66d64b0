"""`stablebert compare` and `stablebert plan` on accepted and stored runs."""

import json
from dataclasses import replace

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.cli import main
from stablebert.encoders.sources import custom_id
from stablebert.records import Keys, RunStore
from stablebert.runs import RunSpec
from tests.frozen import freeze_margins
from tests.synthetic import synthetic_record, synthetic_rows, wobble

CELL = "trec_{}_3ep_minilm_fp32"
DEBIASED, REINIT, BERTADAM, LLRD = (CELL.format(name) for name in ("debiased", "reinit", "bertadam", "llrd"))
FOLDERS = ["--store", "s", "--baselines", "b"]


def keys(spec):
    key = f"{spec.seed:03d}{spec.task}{spec.method}{spec.encoder}{spec.optimizer}".ljust(64, "0")
    return Keys(key, key, f"cell of {spec.task}", "code", f"data of {spec.task}", "weights")


def accept(tmp_path, method, mean, *, task="trec", data=None, **options):
    spec = RunSpec(task=task, method=method)
    header = {
        "cell": f"{task}_{method}_3ep_minilm_fp32",
        "cell_key": f"cell of {task}",
        "environment_class": "cpu-fp32",
    }
    rows = synthetic_rows(mean, range(20), **options)
    write_baseline(baseline_path(tmp_path / "b", spec.cell), header | ({"data": data} if data else {}), rows)


def store(tmp_path, mean, *, runs=20, first=0, seconds=1.0, **spec):
    for seed in range(first, first + runs):
        run = RunSpec(task="trec", seed=seed, **spec)
        record = replace(synthetic_record(run, mean + wobble(seed + 70)), seconds=seconds)
        RunStore(tmp_path / "s").publish(keys(run).record, record)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Accepted runs of three methods on `trec` and of one on `sms`, with the margin of `trec`."""
    monkeypatch.setattr("stablebert.project.at_hand.run_keys", keys)
    monkeypatch.chdir(tmp_path)
    accept(tmp_path, "debiased", 90.0)
    accept(tmp_path, "reinit", 92.0)
    accept(tmp_path, "bertadam", 80.0, failed=frozenset({1, 2}))
    accept(tmp_path, "debiased", 90.0, task="sms")
    freeze_margins(tmp_path / "b")
    return tmp_path


@pytest.mark.parametrize(
    ("first", "second", "code", "said"),
    [
        (REINIT, DEBIASED, 0, "2.00 points better"),
        (DEBIASED, REINIT, 1, "2.00 points worse"),
        (BERTADAM, DEBIASED, 1, "points worse"),
    ],
)
def test_compare_exits_by_its_verdict(folders, capsys, first, second, code, said):
    assert main(["compare", first, second, *FOLDERS]) == code
    printed = capsys.readouterr().out
    assert said in printed
    assert "by seed" in printed
    assert "b/minilm/trec/" in printed
    assert f"method {first.split('_')[1]} / {second.split('_')[1]}" in printed


def test_many_cells_are_ranked(folders, capsys):
    assert main(["compare", REINIT, DEBIASED, BERTADAM, *FOLDERS]) == 0
    lines = capsys.readouterr().out.splitlines()
    ranks = [line.split()[:2] for line in lines if line and line[0] in "123"]
    assert ranks == [["1", REINIT], ["2", DEBIASED], ["3", BERTADAM]]


def test_data_and_markdown(folders, capsys):
    assert main(["compare", REINIT, DEBIASED, BERTADAM, *FOLDERS, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["other"] for one in data["compared"]] == [DEBIASED, BERTADAM]
    assert data["compared"][0]["difference"]["confidence"] == pytest.approx(0.9)
    assert [cell["label"] for cell in data["ranking"]] == [REINIT, DEBIASED, BERTADAM]
    assert main(["compare", REINIT, DEBIASED, *FOLDERS, "--markdown"]) == 0
    assert f"| {DEBIASED} | PASS | shown | shown |" in capsys.readouterr().out


def test_stored_runs_stand_beside_the_accepted_ones_of_the_same_cell(folders, capsys):
    store(folders, 85.0, first=100)
    words = ["compare", f"stored:{DEBIASED}", f"accepted:{DEBIASED}", *FOLDERS, "--seed-block", "100"]
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert f"against accepted:{DEBIASED}" in printed
    assert "not paired (Welch)" in printed
    assert "20 of 20 seeds" in printed


def test_an_optimizer_and_an_encoder_of_the_users_take_the_first_cells_place(folders, capsys):
    store(folders, 90.0, optimizer="torch.optim:Adam")
    assert main(["compare", DEBIASED, DEBIASED, *FOLDERS, "--optimizer", "torch.optim:Adam"]) == 0
    assert "optimizer torch.optim:Adam / None" in capsys.readouterr().out
    store(folders, 95.0, encoder=custom_id("my/encoder"))
    assert main(["compare", DEBIASED, REINIT, *FOLDERS, "--model", "my/encoder"]) == 0
    assert f"encoder {custom_id('my/encoder')} / minilm" in capsys.readouterr().out


def test_a_cell_without_accepted_runs_takes_the_stored_ones(folders, capsys):
    store(folders, 90.1, method="llrd", runs=9)
    assert main(["compare", LLRD, DEBIASED, *FOLDERS]) == 0
    assert "9 of 20 seeds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([DEBIASED], "one cell has nothing to be compared with"),
        ([DEBIASED, DEBIASED], "a cell is not compared with itself"),
        ([DEBIASED, LLRD], f"{LLRD} has no accepted or stored runs; `stablebert run {LLRD}` makes them"),
        ([DEBIASED, f"accepted:{LLRD}"], "has no accepted runs"),
        ([DEBIASED, f"mine:{LLRD}"], "'mine' is neither accepted nor stored"),
        ([DEBIASED, DEBIASED.replace("trec", "sms")], "not comparable: .* trec and sms are different tasks"),
        ([DEBIASED, REINIT, "--margin", "-1"], "--margin '-1' must be a number > 0"),
        ([DEBIASED, REINIT, "--alpha", "0.5"], "--alpha 0.5"),
        ([DEBIASED, REINIT, "--optimizer", "torch.optim:Adam"], "no stored runs with torch.optim:Adam"),
        ([DEBIASED, REINIT, "--optimizer-args", "3"], "--optimizer-args '3' goes with --optimizer"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_line(folders, capsys, words, message):
    import re

    assert main(["compare", *words, *FOLDERS]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert re.search(message, lines[0])


def test_other_data_are_not_comparable(folders, capsys, monkeypatch):
    accept(folders, "reinit", 92.0, data="0123456789abcdef")
    assert main(["compare", REINIT, DEBIASED, *FOLDERS]) == 2
    assert "their data differ (0123456789ab, data of trec)" in capsys.readouterr().err
    accept(folders, "reinit", 92.0, data="data of trec")
    assert main(["compare", REINIT, DEBIASED, *FOLDERS]) == 0
    # a baseline that does not say its data, and does not fit those that are here
    monkeypatch.setattr("stablebert.project.at_hand.run_keys", lambda spec: Keys(*["changed"] * 6))
    assert main(["compare", REINIT, DEBIASED, *FOLDERS]) == 2
    assert "other data or weights" in capsys.readouterr().err


def test_data_that_are_not_here_are_said_to_be_taken_on_trust(folders, capsys, monkeypatch):
    def missing(spec):
        raise ValueError("no source")

    monkeypatch.setattr("stablebert.project.at_hand.run_keys", missing)
    assert main(["compare", REINIT, DEBIASED, *FOLDERS]) == 0
    assert "its data cannot be verified here" in capsys.readouterr().err


def test_a_lost_table_of_margins_is_an_error_that_a_margin_of_ones_own_heals(folders, capsys):
    (folders / "b" / "margins.csv").unlink()
    accept(folders, "reinit", 90.0)
    assert main(["compare", REINIT, DEBIASED, *FOLDERS]) == 2
    assert "margins.csv" in capsys.readouterr().err
    assert main(["compare", REINIT, DEBIASED, *FOLDERS, "--margin", "1"]) == 0


def test_runs_that_are_no_evidence_are_invalid(folders, capsys, monkeypatch):
    store(folders, 90.0, method="llrd", runs=5)
    monkeypatch.setattr("tests.synthetic.digest_of", lambda data: "same")
    broken = RunSpec(task="trec", method="llrd", seed=5)
    RunStore(folders / "s").publish(keys(broken).record, synthetic_record(RunSpec(task="trec", method="llrd"), 91.0))
    assert main(["compare", LLRD, DEBIASED, *FOLDERS]) == 4
    assert "INVALID" in capsys.readouterr().out


def test_plan_names_every_accepted_cell_and_what_can_be_decided(folders, capsys):
    assert main(["plan", *FOLDERS]) == 0
    printed = capsys.readouterr().out
    assert f"{DEBIASED}: can be decided: 20 seeds against 20 runs" in printed
    assert f"{BERTADAM}: can be decided: 20 seeds against 18 runs" in printed
    assert "sms_debiased_3ep_minilm_fp32: can be decided" in printed
    assert "all 4 cells: an equal candidate passes every one" in printed


def test_plan_takes_hours_from_stored_runs_and_a_margin_from_the_words(folders, capsys):
    store(folders, 90.0, runs=3)
    assert main(["plan", DEBIASED, *FOLDERS, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)["cells"][0]
    assert plan["hours"] == pytest.approx(plan["mean_seeds"] / 3600)
    assert main(["plan", DEBIASED, *FOLDERS, "--margin", "0.3", "--seconds", "3600", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)["cells"][0]
    assert plan["hours"] == pytest.approx(plan["mean_seeds"])
    assert not plan["decidable"]
    assert main(["plan", DEBIASED, *FOLDERS, "--margin", "0.3", "--markdown"]) == 0
    assert "0.30 needs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("made", "hours"),
    [
        ({"method": "llrd", "first": 500}, True),
        ({"optimizer": "torch.optim:Adam"}, True),
        ({"precision": "bf16", "first": 500}, False),
    ],
)
def test_plan_takes_hours_from_other_runs_of_the_kind(folders, capsys, made, hours):
    store(folders, 90.0, runs=2, seconds=7.0, **made)
    # one that is damaged is none, and ends no plan
    (folders / "s" / "ff").mkdir(exist_ok=True)
    (folders / "s" / "ff" / f"ff{'0' * 62}.json").write_text("{")
    assert main(["plan", DEBIASED, *FOLDERS, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)["cells"][0]
    assert plan["hours"] == (pytest.approx(7 * plan["mean_seeds"] / 3600) if hours else None)


@pytest.mark.parametrize("words", [["--power", "1"], ["--seeds", "1"], ["--margin", "0"], ["--seconds", "-1"]])
def test_plan_refuses_what_is_no_plan(folders, capsys, words):
    assert main(["plan", DEBIASED, *FOLDERS, *words]) == 2
    assert "must be" in capsys.readouterr().err
