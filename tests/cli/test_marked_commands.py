"""`stablebert list` and `plan` of what marks of the paper select: nothing is trained, fetched or collected."""

import json

import pytest

from stablebert.cli import main
from stablebert.records import RunStore, code_digest
from stablebert.runs import RunSpec, digest_of, format_id
from tests.synthetic import synthetic_record

SWEEP = 'counterpart(figure="8")'


@pytest.fixture
def words(request, tmp_path, monkeypatch):
    """Options of a root without runs, with the paper's tables and whatever is accepted here."""
    monkeypatch.delenv("STABLEBERT_STORE", raising=False)
    return ["--baselines", str(request.config.rootpath / "baselines"), "--store", str(tmp_path / "s")]


def store(folder, code, **run):
    spec = RunSpec(**run)
    RunStore(folder).publish(digest_of(format_id(spec)), synthetic_record(spec, 90.0), {"code": code})


def test_list_says_section_module_targets_and_what_is_held(words, capsys, tmp_path):
    store(tmp_path / "s", code_digest(), task="trec", seed=0)
    # the control: a run of other code is none of the present
    store(tmp_path / "s", "other", task="trec", seed=1)
    assert main(["list", "-m", 'counterpart(table="1")', *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["section", "method", "cell", "module", "shown", "in", "printed", "held"]
    (trec,) = [line for line in lines if "trec_debiased_3ep_minilm_fp32" in line]
    assert trec.startswith("4        debiased  trec_debiased_3ep_minilm_fp32        test_section4.py")
    assert trec.endswith("-        1 of 20, 20 accepted")
    assert lines[-1] == "16 cells, 320 runs; 0 printed rows are targets of 0 cells, 16 cells have none"


def test_list_of_the_paper_has_every_printed_row_once_and_cells_without_one(words, capsys):
    assert main(["list", "--paper", "--profile", "paper", "--json", *words]) == 0
    cells = json.loads(capsys.readouterr().out)
    assert sum(len(cell["printed"]) for cell in cells) == 124
    assert sum(not cell["printed"] for cell in cells) == len(cells) - 106
    assert {cell["module"] for cell in cells if cell["section"] == "B"} == {"test_appendix_b.py"}
    assert [cell["runs"] for cell in cells if cell["two_seeds"]] == [100, 100]


def test_plan_says_runs_hours_and_gpu_hours_before_anyone_pays(words, capsys):
    assert main(["plan", "-m", "paper(table='1')", "--profile", "paper", *words, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert {section["label"]: section["runs"] for section in plan["sections"]} == {"4": 80, "5": 400, "6": 480}
    assert (plan["all"]["cells"], plan["all"]["missing"], plan["all"]["untimed"]) == (48, 960, 960)
    assert plan["all"]["gpu_seconds"] == pytest.approx(sum(section["gpu_seconds"] for section in plan["sections"]))
    assert main(["plan", "-m", "paper(table='1')", "--profile", "paper", *words]) == 0
    printed = capsys.readouterr().out
    assert "GPU hours are counted, not measured" in printed
    assert "what 'long' means is not chosen for 480 runs, which count as 3200 updates" in printed


def test_plan_takes_hours_from_timed_runs_and_a_number_of_seeds_from_the_words(words, capsys, tmp_path):
    store(tmp_path / "s", "other", task="trec", seed=1)
    assert main(["plan", "-m", SWEEP, "--seeds", "2", *words, "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)["all"]
    # two methods at six lengths on four tasks, of which one was timed
    assert (whole["cells"], whole["runs"], whole["stored"], whole["untimed"]) == (48, 96, 0, 72)
    assert whole["seconds"] > 24
    assert main(["plan", "-m", SWEEP, "--seeds", "2", "--seconds", "3600", *words]) == 0
    assert "all         48    96       0       96        96.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["plan", "-m", "paper(table='3')"], "selects nothing of the paper"),
        (["list", "-m", "paper(table="], "is no expression of marks"),
        (["plan", "trec_debiased_3ep_minilm_fp32", "--paper"], "give cells or marks, not both"),
        (["list", "--paper", "--profile", "big"], "--profile 'big' is none of mini, paper"),
    ],
)
def test_what_selects_nothing_is_one_sentence(words, capsys, given, message):
    assert main([*given, *words]) == 2
    assert message in capsys.readouterr().err
