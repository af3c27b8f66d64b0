from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stablebert.baselines import (
    BaselineError,
    Trial,
    read_baseline,
    read_bridges,
    read_margins,
    read_search,
    read_table,
    table_text,
    write_baseline,
    write_bridges,
    write_margins,
)

BASELINES = Path(__file__).parents[2] / "baselines"


@dataclass(frozen=True)
class Line:
    name: str
    count: int
    score: float
    right: bool
    least: int | None
    bound: float | None

    @property
    def word(self):
        return "none" if self.bound is None else "some"


NUMBERS = st.floats(allow_nan=False)
LINES = st.builds(
    Line,
    st.text("abc ,\"'", min_size=1),
    st.integers(),
    NUMBERS,
    st.booleans(),
    st.none() | st.integers(),
    st.none() | NUMBERS,
)
LINE = Line("a", 1, 0.1, True, None, 2.5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=4))
def test_rows_come_back(tmp_path, rows):
    path = tmp_path / "lines.csv"
    path.write_text("# a comment\n" + table_text(Line, rows, said=["word"]))
    assert read_table(Line, path, said=["word"]) == rows


def test_no_file_is_no_row(tmp_path):
    assert read_table(Line, tmp_path / "none.csv") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.1", "much", "could not convert string to float: 'much'"),
        ("True", "yes", "'yes' is neither True nor False"),
        ("right,", "right,wrong,", "it has unknown columns wrong"),
        ("count,score", "counts,scores", "it lacks the columns count, score"),
        ("", "rubbish\n", "it lacks the columns bound, count"),
        (",2.5,some", "", "damaged"),
        ("some", "none", "word says 'none' where the figures say"),
        (",2.5,", ",,", "word says 'some' where the figures say"),
    ],
)
def test_what_was_edited_is_named(tmp_path, old, new, message):
    path = tmp_path / "lines.csv"
    text = table_text(Line, [LINE], said=["word"])
    path.write_text(text)
    assert read_table(Line, path, said=["word"]) == [LINE]
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BaselineError, match=message) as caught:
        read_table(Line, path, said=["word"])
    assert str(path) in str(caught.value)


def _again(folder, path):
    """Return what the writer makes of what the reader finds in a file, without the comment above a table."""
    name = path.relative_to(BASELINES)
    if name.parts[0] == "margins.csv":
        write_margins(folder, read_margins(BASELINES))
    elif name.parts[0] == "bridges.csv":
        write_bridges(folder, read_bridges(BASELINES))
    elif name.parts[1].startswith("search"):
        place = name.with_suffix("").as_posix().removeprefix(f"{name.parts[0]}/")
        return table_text(Trial, read_search(BASELINES, name.parts[0], place))
    else:
        baseline = read_baseline(path)
        write_baseline(folder / name, baseline.header, baseline.rows)
        # what was accepted before headers were under the checksum stays as it was
        first, again = (one.read_text().splitlines() for one in (path, folder / name))
        if first[0].endswith(" 1"):
            assert [line for line in again[1:] if "sha256" not in line] == [
                line for line in first[1:] if "sha256" not in line
            ]
            return path.read_text()
    return (folder / name).read_text()


def test_the_files_of_the_repository_are_what_is_written_of_them(tmp_path):
    paths = [path for path in BASELINES.rglob("*.csv") if path.parent.name != "paper"]
    assert len(paths) >= 15
    for path in paths:
        again = _again(tmp_path, path)
        assert path.read_text().endswith(again), path
        # nothing but a search's own comment stands above
        assert "search" in str(path) or path.read_text() == again, path
