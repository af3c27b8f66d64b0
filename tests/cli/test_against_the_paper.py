import json
import shutil

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.cli import main
from stablebert.runs import RunSpec, cell_id
from tests.gate.exact_rows import exact_rows

CELLS = ["intensity_bertadam_3ep_minilm_fp32", "intensity_debiased_3ep_minilm_fp32"]


@pytest.fixture
def root(request):
    return request.config.rootpath


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.delenv("STABLEBERT_STORE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def accepted(tmp_path, root):
    """A baselines folder with the paper's tables, and a function that adds a cell of exact mean and spread."""
    folder = tmp_path / "b"
    shutil.copytree(root / "baselines" / "paper", folder / "paper")

    def add(mean, sd, **spec):
        run = RunSpec(**spec)
        header = {"cell": cell_id(run), "cell_key": "cell", "environment_class": "cpu-fp32"}
        write_baseline(baseline_path(folder, run.cell), header, exact_rows(mean, sd))

    return add


def of(capsys, *words):
    status = main(["paper", "--baselines", "b", *words])
    return status, capsys.readouterr().out


def test_the_accepted_runs_of_this_repository_are_judged(root, capsys):
    # what is contradicted decides the exit status
    assert main(["paper", "--baselines", str(root / "baselines"), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    found = {one["claim"]["name"]: one for one in data["claims"] if one["was_run"]}
    assert {"debiased-mean", "debiased-spread", "debiased-failures", "reinit-mean", "reinit-spread"} <= set(found)
    assert found["debiased-mean"]["status"] == "PASS"
    assert {"intensity", "trec"} <= set(found["debiased-mean"]["tasks"])
    assert found["debiased-mean"]["estimate"] > 5
    # from the series and bridges beside the accepted rows
    assert found["reinit-top-distance"]["status"] == "FAIL"
    assert found["debiased-course"]["tasks"] == ["intensity", "trec"]
    assert found["precision-bf16"]["status"] == "PASS"
    assert data["targets"] == []


def test_the_mini_profile_is_told_that_nothing_is_printed_of_it(accepted, capsys):
    accepted(69.5, 2.5, task="rte", encoder="bert-large")
    status, text = of(capsys)
    assert status == 4
    assert "the paper prints no row of minilm" in text
    assert "69.5" not in text


@pytest.mark.parametrize(("mean", "sd", "code"), [(64.0, 1.0, 0), (55.0, 1.5, 1), (61.8, 2.0, 3)])
def test_the_paper_profile_exits_by_its_worst_row(accepted, capsys, mean, sd, code):
    accepted(mean, sd, task="cola", encoder="bert-large")
    status, text = of(capsys, "--profile", "paper")
    assert status == code
    # Tables 1, 2 and the 32-bit row of Table 4
    assert text.count("cola_debiased_3ep_bert-large_fp32  ") == 3


def test_a_profile_without_runs_passes_nothing(accepted, capsys):
    status, text = of(capsys, "--profile", "paper")
    assert status == 4
    assert "no run at hand is of a cell that the paper prints" in text


def test_a_claim_asked_for_by_name_has_to_be_run(accepted, capsys):
    accepted(85.0, 1.0, task="trec", method="reinit")
    accepted(80.0, 1.0, task="trec")
    assert of(capsys, "--claim", "reinit-mean")[0] == 0
    status, text = of(capsys, "--claim", "reinit-mean", "--claim", "longer-gap")
    assert status == 4
    assert "longer-gap: not run: no runs of reinit_long, debiased_long" in text
    assert "printed numbers" not in text


def test_a_claim_compares_one_precision_and_no_other_encoder(accepted, capsys):
    accepted(85.0, 1.0, task="trec", method="reinit", precision="bf16")
    accepted(80.0, 1.0, task="trec", encoder="bert-large")
    accepted(80.0, 1.0, task="trec")
    assert of(capsys, "--claim", "reinit-mean")[0] == 4
    accepted(85.0, 1.0, task="trec", method="reinit", fidelity="released")
    assert of(capsys, "--claim", "reinit-mean")[0] == 4


def test_expected_prints_a_figure_as_a_table(root, capsys):
    words = ["expected", *CELLS, "--baselines", str(root / "baselines")]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["trials", *CELLS]
    assert [line.split()[0] for line in lines[1:6]] == ["1", "2", "5", "10", "20"]
    assert "with replacement, as in the paper" in lines[-1]
    assert main([*words, "--unbiased", "--trials", "20", "--score", "validation", "--json"]) == 0
    curve = json.loads(capsys.readouterr().out)[CELLS[0]]
    assert [point["trials"] for point in curve] == [20]
    assert curve[0]["sd"] == 0.0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([CELLS[0]], "has no runs, neither accepted nor stored"),
        (["trec"], "'trec' is not a cell id"),
        ([CELLS[0], "--trials", "0"], "trials"),
        ([CELLS[0], "--trials", "21", "--unbiased"], "at most 20"),
    ],
)
def test_expected_says_what_is_wrong(root, accepted, capsys, words, message):
    given = "b" if len(words) == 1 else str(root / "baselines")
    assert main(["expected", *words, "--baselines", given]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert message in lines[0]
