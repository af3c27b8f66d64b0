"""A page as HTML, one file that needs no other, and as Markdown: the same parts in the same order."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from stablebert import __version__
from stablebert.gate import Status, Verdict
from stablebert.report.explanation import explain
from stablebert.report.page.content import Content
from stablebert.report.page.outline import Grid, Missing, Part, Words, facts
from stablebert.report.page.picture import Drawn
from stablebert.report.page.style import themed
from stablebert.report.session import folded
from stablebert.report.verdicts import said_of, shown_name
from stablebert.tables import markdown, quoted

PICTURES = "pictures"
_HERE = Path(__file__).parent
_TITLE = "stablebert report"
# a text of more characters is wrapped
_LONG = 40


def html_of(parts: Sequence[Part], content: Content) -> str:
    """Return one HTML file without external resources, whose own policy lets no script run but its own.

    Args:
        parts: What stands on the page.
        content: What it was made of.

    Raises:
        ModuleNotFoundError: jinja2 is not installed.
    """
    from jinja2 import DictLoader, Environment, StrictUndefined

    source, style, script = (_read(name) for name in ("page.html", "page.css", "page.js"))
    environment = Environment(
        loader=DictLoader({"page.html": source}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["status"] = set(map(str, Status)).__contains__
    return environment.get_template("page.html").render(
        title=_TITLE,
        version=__version__,
        status=None if content.session is None else content.session.word,
        facts=facts(content),
        parts=parts,
        kind=_kind,
        explain=explain,
        name=shown_name,
        said=said_of,
        folder=PICTURES,
        picture=lambda drawn: themed(drawn.svg),
        sides=_sides,
        told=_told,
        long=_LONG,
        style=style,
        script=script,
        policy=_policy(script),
    )


def markdown_of(parts: Sequence[Part], content: Content) -> str:
    """Return the same in Markdown; pictures are files beside it."""
    head = [f"# {_TITLE}", "; ".join(f"{name}: {value}" for name, value in facts(content))]
    if content.session is not None:
        head.insert(1, f"Session: **{content.session.word}**")
    blocks = [text for part in parts for text in (f"## {part.title}", quoted(part.lead), *map(_block, part.blocks))]
    return "\n\n".join(filter(None, [*head, *blocks])) + "\n"


def _block(block: Grid | Missing | Words | Verdict | Drawn) -> str:
    if isinstance(block, Grid):
        table = markdown([[quoted(text) for text in row] for row in block.table], left=block.left)
        if block.folded:
            return f"<details>\n<summary>{quoted(block.caption)}</summary>\n\n{table}\n\n</details>"
        return f"{quoted(block.caption)}:\n\n{table}"
    if isinstance(block, Missing):
        return f"*Missing:* {quoted(block.what)}; `{block.command}` makes it."
    if isinstance(block, Words):
        return "\n".join(f"- {quoted(line)}" for line in block.lines)
    if isinstance(block, Drawn):
        name, title = block.picture.name, block.picture.title
        return f"![{title}]({PICTURES}/{name}.svg)\n\n[What it shows, as CSV]({PICTURES}/{name}.csv)"
    return folded(block)


def _kind(block: object) -> str:
    return type(block).__name__


def _sides(grid: Grid) -> list[bool]:
    """Return which columns of a table are aligned to the left."""
    columns = len(grid.table[0])
    return [column in grid.left or column - columns in grid.left for column in range(columns)]


def _told(grid: Grid) -> bool:
    """Return whether the rows of a table end in sentences."""
    head, *rows = grid.table
    return len(head) <= 4 and any(len(row[-1]) > _LONG for row in rows)


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; base-uri 'none'"
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8").strip()
