"""The files of a page: the page itself, the same as Markdown, and of each picture an SVG and a CSV."""

from importlib.util import find_spec
from pathlib import Path

from stablebert.files import write_whole
from stablebert.report.page.content import Content
from stablebert.report.page.outline import parts_of
from stablebert.report.page.picture import drawn, pictures
from stablebert.report.page.rendering import PICTURES, html_of, markdown_of

HTML, MARKDOWN = "report.html", "report.md"
_EXTRA = ("matplotlib", "jinja2")


class PageError(RuntimeError):
    """A page cannot be made."""


def check_extra() -> None:
    """Refuse where what draws and renders a page is not installed.

    Raises:
        PageError: it is not.
    """
    lacking = [name for name in _EXTRA if find_spec(name) is None]
    if lacking:
        raise PageError(
            f"a page needs {' and '.join(lacking)}, of the extra 'report': pip install 'stablebert[report]'"
        )


def write_page(folder: Path, content: Content) -> list[Path]:
    """Write the page, byte for byte the same of the same content.

    Args:
        folder: Where; made if it is not there.
        content: What is at hand.

    Returns:
        The files that were written, the page first.

    Raises:
        PageError: the extra `report` is not installed.
        OSError: a file cannot be written.
    """
    check_extra()
    shown = [drawn(picture, content) for picture in pictures()]
    parts = parts_of(content, shown)
    files = {folder / HTML: html_of(parts, content), folder / MARKDOWN: markdown_of(parts, content)}
    for one in shown:
        files[folder / PICTURES / f"{one.picture.name}.csv"] = one.csv
        path = folder / PICTURES / f"{one.picture.name}.svg"
        if one.svg:
            files[path] = one.svg
        else:
            # of an earlier page, which had something to draw
            path.unlink(missing_ok=True)
    for path, text in files.items():
        write_whole(path, text)
    return list(files)
