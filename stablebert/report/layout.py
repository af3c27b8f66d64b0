"""Tables as text: aligned for a terminal, or in Markdown."""

from collections.abc import Sequence

Table = Sequence[Sequence[str]]


def aligned(table: Table, *, left: int = 1) -> list[str]:
    r"""Return the lines of a table with its columns aligned, two spaces between them.

    Args:
        table: Rows of as many texts each, the head first.
        left: Columns aligned to the left; the others go to the right.

    Example:
        >>> print(*aligned([("cell", "mean"), ("a", "90.1")]), sep="\n")
        cell  mean
        a     90.1
    """
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return [
        "  ".join(
            text.ljust(width) if column < left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def markdown(table: Table, *, left: int = 1) -> str:
    """Return a table in Markdown; arguments as in `aligned`.

    Example:
        >>> print(markdown([("cell", "mean"), ("a", "90.1")]))
        | cell | mean |
        | --- | ---: |
        | a | 90.1 |
    """
    head, *rows = table
    rule = ["---" if column < left else "---:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def number(value: float | None, sign: str = "") -> str:
    """Return a score or a difference with two decimals, `-` for none.

    Example:
        >>> number(0.256, "+"), number(None)
        ('+0.26', '-')
    """
    return "-" if value is None else f"{value:{sign}.2f}"
