"""`stablebert list` and `plan` of what marks of the paper select: nothing is trained, fetched or collected."""

import json
import shutil

import pytest

from stablebert.baselines import baseline_path, find_baseline, write_baseline
from stablebert.cli import main
from stablebert.project import precision
from stablebert.records import Keys, RunStore, code_digest
from stablebert.runs import Cell, RunSpec, digest_of, format_id
from tests.cli.conftest import OBTAIN
from tests.synthetic import synthetic_record, synthetic_rows

SWEEP = 'counterpart(figure="8")'


@pytest.fixture
def words(request, tmp_path, monkeypatch):
    """Options of a root without runs, with the paper's tables and whatever is accepted here, on a machine for fp32."""
    monkeypatch.delenv("STABLEBERT_STORE", raising=False)
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: False)
    return ["--baselines", str(request.config.rootpath / "baselines"), "--store", str(tmp_path / "s")]


def store(folder, code, **run):
    spec = RunSpec(**run)
    RunStore(folder).publish(digest_of(format_id(spec)), synthetic_record(spec, 90.0), {"code": code})


def test_list_says_section_module_targets_and_what_is_held(words, capsys, tmp_path, request):
    store(tmp_path / "s", code_digest(), task="trec", seed=0)
    # the control: a run of other code is none of the present
    store(tmp_path / "s", "other", task="trec", seed=1)
    assert main(["list", "-m", 'counterpart(table="1")', *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["section", "method", "cell", "module", "shown", "in", "printed", "held"]
    (trec,) = [line for line in lines if "trec_debiased_3ep_minilm_fp32" in line]
    assert trec.startswith("4        debiased  trec_debiased_3ep_minilm_fp32        test_section4.py")
    accepted = len(find_baseline(Cell("trec"), [request.config.rootpath / "baselines"]).rows)
    assert trec.endswith(f"-        1 of 20, {accepted} accepted")
    assert lines[-1] == "16 cells, 320 runs; 0 printed rows are targets of 0 cells, 16 cells have none"


def test_an_optimizers_baseline_is_listed_as_its_own_and_counted_for_no_method(capsys, tmp_path, words, request):
    one = tmp_path / "one"
    shutil.copytree(request.config.rootpath / "baselines" / "paper", one / "paper")
    cell, own = Cell("trec"), Cell("trec", "reinit")
    theirs = {"cell": cell.id, "optimizer": "mine:Adam"}
    write_baseline(baseline_path(one, cell), theirs, synthetic_rows(90.0, range(7)))
    write_baseline(baseline_path(one, own), {"cell": own.id}, synthetic_rows(90.0, range(8)))
    assert main(["list", "--baselines", str(one)]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()[-2:]] == [
        [cell.id, "7", "seeds", "of", "mine:Adam"],
        [own.id, "8", "seeds"],
    ]
    assert main(["list", "-m", SWEEP, "-k", "3ep and trec", "--json", *words, "--baselines", str(one)]) == 0
    assert {each["cell"]: each["accepted"] for each in json.loads(capsys.readouterr().out)} == {cell.id: 0, own.id: 8}


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


def test_words_select_among_marks_as_pytest_does(words, capsys):
    def cells(*given):
        assert main(["list", "-m", SWEEP, *given, "--json", *words]) == 0
        return {one["cell"] for one in json.loads(capsys.readouterr().out)}

    assert cells("-k", "TREC and 3ep") == {"trec_debiased_3ep_minilm_fp32", "trec_reinit_3ep_minilm_fp32"}
    assert len(cells("-k", "trec and not 3ep")) == 10
    assert len(cells()) == 48


def test_cells_go_over_a_bridge_where_the_machine_gains_from_it(words, capsys, monkeypatch):
    def cells():
        assert main(["list", "-m", SWEEP, "-k", "3ep", "--json", *words]) == 0
        return {Cell.parse(one["cell"]) for one in json.loads(capsys.readouterr().out)}

    before = cells()
    assert {cell.precision for cell in before} == {"fp32"}
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: True)
    assert {cell.task for cell in cells() - before} == {"intensity", "trec"}


def test_a_study_is_priced_by_its_parts_and_what_they_share_once(words, capsys):
    assert main(["plan", "--study", "evidence", "--json", *words]) == 0
    plan = json.loads(capsys.readouterr().out)
    runs = {part["label"]: part["runs"] for part in plan["sections"]}
    assert runs == {
        "Section 4": 240,
        "Section 5": 240,
        "Section 6": 80,
        "Section 7": 140,
        "RTE after MNLI": 40,
        "Appendix B": 50,
        "Appendix C, fp32": 20,
        "Appendix C, bf16": 20,
        "Appendix C, fp16": 20,
    }
    assert plan["all"]["runs"] < sum(runs.values())
    assert main(["plan", "--study", "sources", "--seeds", "2", "--json", *words]) == 0
    assert json.loads(capsys.readouterr().out)["all"]["runs"] == 8


def test_a_plan_says_which_values_nobody_has_chosen(words, capsys):
    assert main(["plan", "--study", "methods", *words]) == 0
    said = (
        "since no value is chosen: llrd, mixout, prior, reinit, wdecay; `stablebert search --tasks mrpc-1k trec --par"
    )
    assert said in capsys.readouterr().out
    # the control: what is not searched has nothing to choose
    assert main(["plan", "--study", "optimizer", *words]) == 0
    assert "no value is chosen" not in capsys.readouterr().out


def test_a_study_is_trained_once_and_taken_up_where_it_was_left(words, capsys, monkeypatch):
    made = []

    def train(spec):
        made.append(format_id(spec))
        return synthetic_record(spec, 90.0)

    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: train(spec))
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([digest_of([format_id(spec)])] * 6)))
    given = ["run", "--study", "sources", *words]
    assert main([*given, "--seeds", "1"]) == 0
    assert made == [f"trec_{method}_3ep_minilm_fp32_i000d000" for method in ("debiased", "reinit")]
    assert main([*given, "--seeds", "2"]) == 0
    assert (len(made), len({*made})) == (8, 8)
    assert main(["run", "-m", SWEEP, "-k", "trec_debiased_3ep", "--seeds", "1", *words]) == 0
    assert made[8:] == ["trec_debiased_3ep_minilm_fp32_s000"]


def test_lacking_leaves_out_what_git_has(words, capsys, monkeypatch):
    made = []
    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: made.append(spec) or synthetic_record(spec, 90.0))
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([digest_of([format_id(spec)])] * 6)))
    accepted = ["trec_debiased_3ep_minilm_fp32_s000", "trec_debiased_3ep_minilm_fp32_s800"]
    assert main(["run", *accepted, "--lacking", *words]) == 0
    assert "1 of 2 runs are in git" in capsys.readouterr().out
    assert [spec.seed for spec in made] == [800]
    assert main(["run", *accepted, "--lacking", "--optimizer", "torch.optim:Adam", *words]) == 2
    assert "--lacking: git has runs of the methods as they are, and --optimizer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["run"], "no run is asked for; name cells or runs, or give -m, --paper or --study"),
        (["run", "trec_debiased_3ep_minilm_fp32", "--study", "sources"], "give cells or marks, not both"),
        (["plan", "--study", "sources", "-k", "trec"], "-k 'trec' goes with -m or --paper"),
        (["list", "-m", SWEEP, "-k", "mrpc"], "-k 'mrpc' selects nothing of the paper"),
        (["list", "-m", SWEEP, "-k", "(mrpc"], "is no expression of words"),
        (["plan", "-m", "paper(table='3')"], "selects nothing of the paper"),
        (["list", "-m", "paper(table="], "is no expression of marks"),
        (["plan", "trec_debiased_3ep_minilm_fp32", "--paper"], "give cells or marks, not both"),
        (["list", "--paper", "--profile", "big"], "--profile 'big' is none of mini, paper"),
    ],
)
def test_what_selects_nothing_is_one_sentence(words, capsys, given, message):
    assert main([*given, *words]) == 2
    assert message in capsys.readouterr().err
