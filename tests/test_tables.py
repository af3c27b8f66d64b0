from pathlib import Path

import pytest

import stablebert
from stablebert.tables import aligned, markdown, number

TABLE = [("cell", "mean", "why"), ("a", "90.1", "good"), ("longer", "9.0", "it is not shown that nothing is lost")]


def test_columns_are_aligned_to_the_sides_that_are_asked_for():
    assert aligned(TABLE, left=(0, -1)) == [
        "cell    mean  why",
        "a       90.1  good",
        "longer   9.0  it is not shown that nothing is lost",
    ]
    assert aligned(TABLE, left=())[1] == "     a  90.1                                  good"
    assert aligned(TABLE, left=range(3)) == aligned(TABLE, left=(0, 1, -1))


def test_markdown_has_the_same_sides():
    head, rule, *rows = markdown(TABLE, left=(0, -1)).splitlines()
    assert (head, rule) == ("| cell | mean | why |", "| --- | ---: | --- |")
    assert rows[0] == "| a | 90.1 | good |"


@pytest.mark.parametrize("width", [33, 40])
def test_the_last_column_is_cut_where_lines_would_be_longer(width):
    lines = aligned(TABLE, left=(0, -1), width=width)
    assert max(map(len, lines)) <= width
    assert lines[1] == "a       90.1  good"
    assert lines[2].endswith(" ...")
    # the control: what has room is whole
    assert aligned(TABLE, left=(0, -1), width=80) == aligned(TABLE, left=(0, -1))


def test_the_last_column_keeps_a_little_however_long_the_others_are():
    lines = aligned([("cell", "why"), ("a" * 50, "one two three four five")], left=(0, 1), width=40)
    assert lines[1] == f"{'a' * 50}  one two ..."


def test_a_line_break_in_a_cell_breaks_no_table():
    assert aligned([("cell", "why"), ("a", "one\ntwo")], left=(0, 1))[1] == "a     one two"


def test_nothing_is_no_line():
    assert aligned([], left=range(3)) == []


def test_rows_of_another_length_are_an_error():
    with pytest.raises(ValueError, match="argument"):
        aligned([("cell", "mean"), ("a",)])


def test_no_number_is_a_dash():
    assert (number(None), number(-1.005), number(0.5, "+")) == ("-", "-1.00", "+0.50")


def laid_out_by_hand(root):
    """Return the files that align columns or join cells themselves."""
    hand = (".ljust(", ".rjust(", "' | '.join", '" | ".join')
    return sorted(path.name for path in root.rglob("*.py") if any(word in path.read_text() for word in hand))


def test_no_other_file_lays_out_a_table(tmp_path):
    assert laid_out_by_hand(Path(stablebert.__file__).parent) == ["tables.py"]
    (tmp_path / "planted.py").write_text('print("cell".ljust(9), " | ".join(row))\n')
    assert laid_out_by_hand(tmp_path) == ["planted.py"]
