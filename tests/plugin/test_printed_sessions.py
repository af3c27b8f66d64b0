"""Sessions of the paper profile: cells without stored runs are judged against their printed row."""

import json
import shutil

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.bench import cells
from stablebert.runs import RunSpec
from tests.project.projects import project_below
from tests.synthetic import synthetic_rows

pytest_plugins = ["pytester"]
CELL = "rte_reinit_3ep_bert-large_fp32"
PAPER = ("-k", "rte", "--stablebert-profile=paper", '-m=paper(table="1")')


@pytest.fixture
def paper(bench, pytester, request, monkeypatch):
    """A session of `rte_reinit`, printed as 72.6 ± 1.6; runs lie about 90 points less a loss."""
    monkeypatch.setenv("GLUE_DIR", str(pytester.path))
    shutil.copytree(request.config.rootpath / "baselines" / "paper", pytester.path / "baselines" / "paper")

    def run(*arguments, **case):
        result = bench(*PAPER, *arguments, **case)
        path = pytester.path / ".stablebert" / "runs" / "verdicts.json"
        result.verdicts = json.loads(path.read_text())["verdicts"] if path.is_file() else []
        path.unlink(missing_ok=True)
        return result

    return run


def test_a_cell_as_good_as_print_passes_with_all_its_seeds(paper):
    result = paper(loss={"rte_reinit": 17.4})
    assert result.ret == 0
    (verdict,) = result.verdicts
    assert (verdict["cell"], verdict["status"], verdict["runs"]) == (CELL, "PASS", 20)
    assert "against Table 1" in verdict["reason"]
    # no look before the last decides, though five runs at 90 points would
    assert len(result.trained) == 20


def test_a_cell_below_print_fails(paper):
    result = paper(loss={"rte_reinit": 21.0})
    assert result.ret == 1
    assert result.verdicts[0]["status"] == "FAIL"
    result.stdout.fnmatch_lines(["*points below the printed mean*", "session: FAIL"])


def gates_of(project):
    chosen = [*cells(["rte", "trec"], ["bertadam", "reinit"]), *cells(["mnli"], ["bertadam"])]
    found = [project.declared(cell.task, cell.method, cell.length) for cell in chosen]
    return {cell.id: row for cell in found if (row := project.printed(cell)) is not None}


def test_the_paper_judges_what_it_prints_and_nobody_has_accepted(paper_tables):
    found = gates_of(project_below(paper_tables, profile="paper"))
    assert {gate: (row.table, row.mean) for gate, row in found.items()} == {
        CELL: (1, 72.6),
        "mnli_bertadam_3ep_bert-large_fp32": (5, 87.0),
    }
    path = baseline_path(paper_tables, RunSpec("rte", "reinit", encoder="bert-large").cell)
    write_baseline(path, {}, synthetic_rows(72.6, range(20)))
    assert set(gates_of(project_below(paper_tables, profile="paper"))) == {"mnli_bertadam_3ep_bert-large_fp32"}


@pytest.mark.parametrize(
    "given",
    [
        {"profile": "mini"},
        {"profile": "paper", "optimizer": "torch.optim:AdamW"},
        {"profile": "paper", "model": "google/electra-large-discriminator"},
    ],
)
def test_neither_the_mini_profile_nor_a_candidate_is_judged_against_print(paper_tables, given):
    assert gates_of(project_below(paper_tables, **given)) == {}


@pytest.fixture
def paper_tables(tmp_path, request):
    shutil.copytree(request.config.rootpath / "baselines" / "paper", tmp_path / "paper")
    return tmp_path


def test_cells_with_a_printed_row_are_selected_without_being_asked_for(bench, pytester, request, monkeypatch):
    monkeypatch.setenv("GLUE_DIR", str(pytester.path))
    shutil.copytree(request.config.rootpath / "baselines" / "paper", pytester.path / "baselines" / "paper")
    listed = bench("-k", "rte_reinit", "--stablebert-profile=paper", "--collect-only", "-q")
    assert f"test_gate[{CELL}]" in listed.stdout.str()
    # the control: tables without rows judge nothing
    for table in (pytester.path / "baselines" / "paper").glob("table*.csv"):
        table.write_text(table.read_text().splitlines()[0] + "\n")
    none = bench("-k", "rte_reinit", "--stablebert-profile=paper", "--collect-only", "-q")
    assert "deselected" in none.stdout.str()
    assert f"test_gate[{CELL}]" not in none.stdout.str()


def test_a_lost_table_of_the_paper_is_one_sentence(bench, pytester, request, monkeypatch):
    monkeypatch.setenv("GLUE_DIR", str(pytester.path))
    (pytester.path / "baselines" / "paper").mkdir(parents=True)
    result = bench("-k", "rte_reinit", "--stablebert-profile=paper", "--collect-only", "-q")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "the paper's table 1 is not at" in result.stderr.str()
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
