"""GLUE's files as people have them: rows cut short, blank lines, another encoding, a download that failed."""

import pytest

from stablebert.tasks import TaskError, load_rows
from stablebert.tasks.glue import _say_cut

QQP = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
RTE = "index\tsentence1\tsentence2\tlabel\n"


def qqp_line(index):
    return f"{index}\t1\t2\ta {index}\tb {index}\t{index % 2}\n"


def rte_line(index):
    return f"{index}\ta {index}\tb {index}\t{'entailment' if index % 2 else 'not_entailment'}\n"


def cola_line(index):
    return f"x\t{index % 2}\t*\ta {index}\n"


@pytest.fixture
def glue(tmp_path, monkeypatch):
    for folder, header, line in (("QQP", QQP, qqp_line), ("RTE", RTE, rte_line), ("CoLA", "", cola_line)):
        (tmp_path / folder).mkdir()
        for split, size in (("train", 1200), ("dev", 41)):
            (tmp_path / folder / f"{split}.tsv").write_text(header + "".join(map(line, range(size))))
    monkeypatch.setenv("GLUE_DIR", str(tmp_path))
    _say_cut.cache_clear()
    return tmp_path


def insert(path, *texts, after=10):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:after], *texts, *lines[after:]]))


def test_cut_rows_of_qqp_are_left_out_and_counted(glue, capsys):
    whole = load_rows("qqp")
    insert(glue / "QQP" / "train.tsv", "x\t1\t2\tonly one\n", "x\t1\t2\tone\tand two\n", "only an id\n")
    assert load_rows("qqp").digest() == whole.digest()
    load_rows("qqp")
    assert capsys.readouterr().err == (
        f"stablebert: {glue / 'QQP' / 'train.tsv'}: 3 cut rows left out (row 10, 11, 12)\n"
    )


def test_a_wrong_row_after_a_cut_one_has_its_own_number(glue):
    insert(glue / "QQP" / "train.tsv", "x\t1\t2\tonly one\n", "x\t1\t2\tone\ttwo\t7\n")
    with pytest.raises(TaskError, match="row 11: label '7' is outside"):
        load_rows("qqp")


def test_a_cut_row_of_another_task_is_an_error(glue):
    insert(glue / "RTE" / "train.tsv", "x\tonly one\n")
    with pytest.raises(TaskError, match="train.tsv, row 10: the text of column 'sentence2' is missing"):
        load_rows("rte")


@pytest.mark.parametrize("blank", ["\n", "\r\n", "   \n", "\t\t\t\n", " \t \n"])
@pytest.mark.parametrize("name", ["rte", "cola", "qqp"])
@pytest.mark.parametrize("after", [10, 1201])
def test_blank_lines_are_skipped(glue, capsys, name, blank, after):
    whole = load_rows(name)
    folder = {"rte": "RTE", "cola": "CoLA", "qqp": "QQP"}[name]
    insert(glue / folder / "train.tsv", blank, blank, after=after)
    assert load_rows(name).digest() == whole.digest()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("content", ["", "\n", RTE])
@pytest.mark.parametrize("split", ["train", "dev"])
def test_an_empty_file_is_named(glue, content, split):
    (glue / "RTE" / f"{split}.tsv").write_text(content)
    with pytest.raises(TaskError, match=rf"{split}.tsv holds no examples \({len(content)} bytes\)"):
        load_rows("rte")


@pytest.mark.parametrize("name", ["RTE", "CoLA", "QQP"])
def test_a_file_in_another_encoding_is_named(glue, name):
    path = glue / name / "dev.tsv"
    path.write_bytes(path.read_bytes().replace(b"a 7", "caf\u00e9".encode("latin-1")))
    with pytest.raises(TaskError, match=r"dev.tsv is not UTF-8 \(byte 0xe9\)"):
        load_rows(name.lower())


def test_a_page_in_the_place_of_a_file_is_named(glue):
    (glue / "RTE" / "dev.tsv").write_text("<html>\n<body>not found</body>\n</html>\n")
    with pytest.raises(TaskError, match="dev.tsv, row 1: no column 'sentence1'"):
        load_rows("rte")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rte", "2 examples in train, 1 in dev: a split has none"),
        ("rte-1k", "2 examples in train, 1 in dev: cannot draw 1000 examples from 2"),
        ("qqp", "30 examples in train, 1 in dev: cannot draw 1000 examples from 30"),
    ],
)
def test_files_that_are_too_short_are_named(glue, name, said):
    folder, line = ("RTE", rte_line) if name.startswith("rte") else ("QQP", qqp_line)
    header = (glue / folder / "dev.tsv").read_text().splitlines(keepends=True)[0]
    for split, size in (("train", 2 if folder == "RTE" else 30), ("dev", 1)):
        (glue / folder / f"{split}.tsv").write_text(header + "".join(map(line, range(size))))
    with pytest.raises(TaskError, match=rf"task '{name}': .*/{folder} is too short, with {said}"):
        load_rows(name)
