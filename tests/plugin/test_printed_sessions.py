"""Sessions of the paper profile: cells without stored runs are judged against their printed row."""

import json
import shutil
from dataclasses import replace

import pytest

from stablebert.analysis import targets_of as targets_of_rows
from stablebert.baselines import baseline_path, write_baseline
from stablebert.bench import cells
from stablebert.project.judging import targets_of
from stablebert.runs import Cell, RunSpec
from tests.gate.exact_rows import exact_rows
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
    # two tables print the cell: each row is a target of its own
    assert [(one["cell"], one["target"], one["status"], one["runs"]) for one in result.verdicts] == [
        (CELL, "Table 1", "PASS", 20),
        (CELL, "Table 2", "PASS", 20),
    ]
    result.stdout.fnmatch_lines([f"{CELL}, Table 1 *PASS *", f"{CELL}, Table 2 *PASS *", "session: PASS"])
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
    return {cell.id: rows for cell in found if (rows := targets_of(project, cell, found))}


def test_the_paper_judges_what_it_prints_and_nobody_has_accepted(paper_tables):
    found = gates_of(project_below(paper_tables, profile="paper"))
    assert {gate: [(row.place, row.mean) for row in rows] for gate, rows in found.items()} == {
        CELL: [("Table 1", 72.6), ("Table 2", 72.6)],
        "mnli_bertadam_3ep_bert-large_fp32": [("Table 5 dev", 86.0), ("Table 5", 87.0)],
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
def every_cell(paper_tables):
    """A project of the paper profile, and every cell that the paper prints: Table 4's in both classes."""
    project = project_below(paper_tables, profile="paper")
    rows = project.paper.rows
    return project, list(
        dict.fromkeys(
            Cell(row.task, row.method, row.length, row.encoder, precision=precision)
            for row in rows
            for precision in {"fp32", row.precisions[0] if row.table == 4 else "fp32"} & {*row.precisions}
        )
    )


def test_a_session_and_the_command_judge_all_that_is_printed_and_judge_it_alike(every_cell):
    project, cells = every_cell
    printed = project.paper.rows
    # runs about print, some of them below it
    runs = {
        cell: exact_rows(rows[0].mean - (place % 4) * rows[0].sd, rows[0].sd)
        for place, cell in enumerate(cells)
        if (rows := targets_of(project, cell, cells))
    }
    assert runs.keys() == {*cells}
    session = [one for cell in cells for one in project.judge(cell, runs[cell], cells).each]
    command = targets_of_rows(runs, printed, "fp32")
    assert len(session) == len(command) == len(printed) == 124
    assert {(one.cell, one.target): (one.status, one.reason, one.lower_bound) for one in session} == {
        (one.cell, one.printed.place): (one.status, one.reason, one.lower_bound) for one in command
    }
    assert {one.status for one in session} == {"PASS", "INCONCLUSIVE", "FAIL"}
    # the control: without its cell a row is judged by neither
    del runs[cells[-1]]
    assert len(targets_of_rows(runs, printed, "fp32")) == 124 - len(targets_of(project, cells[-1], cells)) == 123


def test_a_cell_whose_rows_are_another_classs_here_is_left_open(every_cell):
    project, cells = every_cell
    other = replace(cells[0], precision="bf16")
    verdict = project.judge(other, exact_rows(69.5, 2.5), [*cells, other])
    assert (verdict.status, verdict.targets) == ("INCONCLUSIVE", ())
    assert "another precision" in verdict.reason
    # alone, they are its own
    assert [one.target for one in project.judge(other, exact_rows(69.5, 2.5)).each] == ["Table 1", "Table 2", "Table 4"]


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
    result.stderr.re_match_lines([r".*the paper's table \d is not at "])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
