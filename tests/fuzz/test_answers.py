"""What stands behind every fuzzer: each way in which a reader may break turns `answers` red."""

import pytest

from tests.fuzz.reading import answers


def raises(error):
    raise error


def test_an_answer_and_a_named_error_are_right():
    assert answers(lambda: 3, ValueError) == 3
    assert answers(lambda: raises(ValueError("a.csv is no table")), ValueError, of="a.csv") is None


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (KeyError("score"), KeyError),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "why"), AssertionError),
        (ValueError(" "), AssertionError),
        (ValueError("b.csv is no table"), AssertionError),
        (RecursionError("a.csv"), RecursionError),
        (MemoryError(), MemoryError),
    ],
    ids=["another error", "without the file", "without words", "another file", "too deep", "too large"],
)
def test_a_reader_that_breaks_is_seen(error, seen):
    with pytest.raises(seen):
        answers(lambda: raises(error), ValueError, of="a.csv")


def test_depth_is_no_answer_where_it_counts_as_an_error_of_ours():
    with pytest.raises(AssertionError):
        answers(lambda: raises(RecursionError("a.csv")), RuntimeError, of="a.csv")
