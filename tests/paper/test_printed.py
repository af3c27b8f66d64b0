import pytest

from stablebert.paper import ENCODERS, METHOD_PARAMETERS, paper_margin, printed_row, printed_rows
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


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        (Cell("rte", encoder="bert-large"), (1, 69.5, 2.5)),
        (Cell("rte", "reinit", "long", encoder="bert-large"), (1, 73.1, 1.3)),
        (Cell("rte-1k", encoder="bert-large", precision="bf16"), (1, 62.5, 2.8)),
        (Cell("rte", "transfer", encoder="bert-large"), (2, 81.8, 1.7)),
        (Cell("rte", "prior", encoder="bert-large"), (2, 69.6, 2.1)),
        (Cell("mnli", "bertadam", encoder="bert-large"), (5, 87.0, 0.4)),
        (Cell("cola", "reinit", "own", encoder="bart-large"), (7, 64.9, 2.3)),
    ],
)
def test_a_row_is_found_by_our_ids(folders, cell, printed):
    row = printed_row(cell, folders)
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
    assert printed_row(cell, folders) is None


def test_table_4_is_about_precision(folders):
    rows = {row.precisions: row.mean for row in printed_rows(folders) if (row.table, row.task) == (4, "rte")}
    assert rows == {("fp16", "bf16"): 71.8, ("fp32",): 71.4}


def test_the_first_folder_with_tables_is_read(folders, tmp_path):
    assert printed_rows([tmp_path, *folders]) == printed_rows(folders)
    with pytest.raises(ValueError, match="in none of"):
        printed_rows([tmp_path])


def test_margins_are_those_of_the_paper_profile():
    assert [paper_margin(task) for task in ("rte", "mrpc-1k", "stsb", "cola", "qqp")] == [1.5, 1.0, 0.5, 1.5, 1.0]
