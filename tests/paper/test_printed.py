from pathlib import Path

import pytest

from stablebert.paper import (
    ENCODERS,
    METHOD_PARAMETERS,
    paper_margin,
    printed_rows,
    target_among,
)
from stablebert.runs import Cell
from stablebert.tasks import TASKS, card_of


@pytest.fixture
def folders(request):
    return [request.config.rootpath / "baselines"]


def test_every_row_is_of_a_cell_of_ours(folders):
    rows = printed_rows(folders)
    # the paper prints 124 pairs of mean and standard deviation
    assert len(rows) == 124
    assert [sum(row.table == number for row in rows) for number in (1, 2, 4, 5, 7)] == [48, 32, 8, 4, 32]
    metrics = {"acc": "accuracy", "f1": "f1", "scc": "spearman", "mcc": "mcc"}
    for row in rows:
        assert row.task in TASKS
        assert row.method in METHOD_PARAMETERS
        assert row.encoder in ENCODERS
        assert metrics[row.metric] == card_of(row.task).metric
    assert {row.runs for row in rows if row.table == 5} == {3}
    assert {row.runs for row in rows if row.table != 5} == {20}


def rows_of(cell, folders):
    return [row for row in printed_rows(folders) if row.is_of(cell)]


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        (Cell("rte", encoder="bert-large"), (1, 69.5, 2.5)),
        (Cell("rte", "reinit", "long", encoder="bert-large"), (1, 73.1, 1.3)),
        (Cell("rte-1k", encoder="bert-large", precision="bf16"), (1, 62.5, 2.8)),
        (Cell("rte", "transfer", encoder="bert-large"), (2, 81.8, 1.7)),
        (Cell("rte", "prior", encoder="bert-large"), (2, 69.6, 2.1)),
        (Cell("mnli", "bertadam", encoder="bert-large"), (5, 86.0, 0.3)),
        (Cell("cola", "reinit", "own", encoder="bart-large"), (7, 64.9, 2.3)),
    ],
)
def test_a_row_is_found_by_our_ids(folders, cell, printed):
    row = rows_of(cell, folders)[0]
    assert (row.table, row.mean, row.sd) == printed


@pytest.mark.parametrize(
    "cell",
    [
        Cell("trec", encoder="bert-large"),
        Cell("rte"),
        Cell("rte", "reinit.blocks5", encoder="bert-large"),
        Cell("rte", length="800st", encoder="bert-large"),
        Cell("rte", "bertadam", encoder="bert-large"),
    ],
)
def test_what_the_paper_does_not_print_has_no_row(folders, cell):
    assert rows_of(cell, folders) == []


def test_table_4_is_about_precision(folders):
    rows = {row.precisions: row.mean for row in printed_rows(folders) if (row.table, row.task) == (4, "rte")}
    assert rows == {("fp16", "bf16"): 71.8, ("fp32",): 71.4}


def cells_in(precision):
    """Return every cell that the paper prints, those of Table 4 in both of its classes."""
    for row in printed_rows([ROOT]):
        for one in {precision, *(row.precisions[:1] if row.table == 4 else ())} & {*row.precisions}:
            yield Cell(row.task, row.method, row.length, row.encoder, precision=one)


ROOT = Path(__file__).parents[2] / "baselines"


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_every_row_is_the_target_of_exactly_one_cell(precision):
    rows, cells = printed_rows([ROOT]), {*cells_in(precision)}
    found = [target_among(row, cells, precision) for row in rows]
    assert None not in found
    for row, cell in zip(rows, found, strict=True):
        assert row.is_of(cell)
        assert cell.precision == (precision if precision in row.precisions else row.precisions[0])
    # 48 cells of Table 1, 20 more of Table 2, the 4 of Table 4's other class, 2 of Table 5, 32 of Table 7
    assert len(set(found)) == 48 + 20 + 4 + 2 + 32
    # the control: without a cell its rows have none, and the others theirs
    gone = found[0]
    left = [target_among(row, cells - {gone}, precision) for row in rows]
    assert [one for one, was in zip(left, found, strict=True) if was != gone] == [one for one in found if one != gone]
    assert left[0] != gone


def test_a_row_says_what_the_majority_class_scores_and_how_many_share_its_table(folders):
    rows = printed_rows(folders)
    assert {row.table: row.table_rows for row in rows} == {1: 48, 2: 32, 4: 8, 5: 4, 7: 32}
    majority = {(row.task, row.score): row.majority for row in rows}
    assert majority["mrpc-1k", "test"] == 81.2
    assert (majority["mnli", "test"], majority["mnli", "validation"]) == (31.8, 33.3)


def test_the_first_folder_with_tables_is_read(folders, tmp_path):
    assert printed_rows([tmp_path, *folders]) == printed_rows(folders)
    with pytest.raises(ValueError, match="in none of"):
        printed_rows([tmp_path])


def test_margins_are_those_of_the_paper_profile():
    assert [paper_margin(task) for task in ("rte", "mrpc-1k", "stsb", "cola", "qqp")] == [1.5, 1.0, 0.5, 1.5, 1.0]
