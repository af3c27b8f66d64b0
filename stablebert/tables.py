"""The one writer of tables: aligned for a terminal, or in Markdown."""

import math
import textwrap
from collections.abc import Collection, Sequence

Table = Sequence[Sequence[str]]
_GAP = "  "
# what the last column keeps, however long the others are
_LEAST = 16
# margins between which numbers have decimals
_LEAST_MARGIN, _MOST_MARGIN = 1e-6, 1e6


def aligned(table: Table, *, left: Collection[int] = (0,), width: int | None = None) -> list[str]:
    r"""Return the lines of a table with its columns aligned, two spaces between them.

    Args:
        table: Rows of as many texts each, the head first.
        left: Columns aligned to the left, -1 for the last; the others go to the right.
        width: Most characters of a line, at the cost of the last column, which is cut; None for no limit.

    Example:
        >>> print(*aligned([("cell", "mean"), ("a", "90.1")]), sep="\n")
        cell  mean
        a     90.1
    """
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    if width is not None:
        widths[-1] = min(widths[-1], max(_LEAST, width - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)))
    is_left = _sides(left, len(widths))
    return [
        _GAP.join(
            f"{_fitted(text, size):{'<' if on_left else '>'}{size}}"
            for text, size, on_left in zip(row, widths, is_left, strict=True)
        ).rstrip()
        for row in table
    ]


def markdown(table: Table, *, left: Collection[int] = (0,)) -> str:
    r"""Return a table in Markdown, without a last line break; arguments as in `aligned`.

    Example:
        >>> print(markdown([("cell", "mean"), ("a", "90.1")]))
        | cell | mean |
        | --- | ---: |
        | a | 90.1 |
    """
    head, *rows = table
    rule = ["---" if on_left else "---:" for on_left in _sides(left, len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def number(value: float | None, sign: str = "", margin: float | None = None) -> str:
    """Return a score or a difference with two decimals, `-` for none.

    Args:
        value: In points, or in the unit of someone's own scores.
        sign: `+` for a difference.
        margin: Of the same unit. Where it is small, as of losses, there are as many decimals as show two digits of it;
            where it is huge, three digits.

    Example:
        >>> number(0.256, "+"), number(None), number(-0.00123, margin=0.001)
        ('+0.26', '-', '-0.0012')
    """
    if value is None:
        return "-"
    size = abs(margin) if margin and math.isfinite(margin) else 1.0
    if not _LEAST_MARGIN <= size < _MOST_MARGIN:
        return f"{value:{sign}.3g}"
    return f"{value:{sign}.{max(2, 1 - math.floor(math.log10(size)))}f}"


def quoted(text: str) -> str:
    r"""Return text in one line that breaks neither a table of Markdown nor a list, and is no HTML.

    Example:
        >>> quoted("a|b <i>")
        'a\\|b &lt;i>'
    """
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _sides(left: Collection[int], columns: int) -> list[bool]:
    return [column in left or column - columns in left for column in range(columns)]


def _fitted(text: str, size: int) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= size else textwrap.shorten(one_line, size, placeholder=" ...")
