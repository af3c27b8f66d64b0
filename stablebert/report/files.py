"""A session's verdicts as files: JSON for programs, Markdown for people, and back."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stablebert.files import write_whole
from stablebert.gate import Verdict
from stablebert.report.judged import SessionReport
from stablebert.report.markdown import to_markdown

NAME = "verdicts.json"


def write_verdicts(folder: Path, report: SessionReport) -> None:
    """Write `verdicts.json` whole: what `stablebert explain` reads.

    Args:
        folder: Where; made if it is not there.
        report: What was judged.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(folder / NAME, json.dumps(report.to_dict(), indent=2) + "\n")


def write_report(folder: Path, report: SessionReport) -> None:
    """Write `verdicts.json` and `verdicts.md`; arguments and errors as in `write_verdicts`."""
    write_verdicts(folder, report)
    write_whole(folder / "verdicts.md", to_markdown(report))


def append_summary(environment: Mapping[str, str], text: str) -> None:
    """Append to the file that `$GITHUB_STEP_SUMMARY` names; nothing where it is not set.

    Args:
        environment: The process's.
        text: Markdown.

    Raises:
        OSError: the file cannot be written.
    """
    name = environment.get("GITHUB_STEP_SUMMARY")
    if name:
        with Path(name).open("a", encoding="utf-8") as stream:
            stream.write(f"{text}\n")


def read_verdicts(path: Path) -> list[Verdict]:
    """Return the verdicts of a file: a session's, a list as of `stablebert gate --json`, or a single one.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no verdicts.
    """
    text = path.read_text(encoding="utf-8")
    try:
        return [Verdict.from_dict(item) for item in _items(json.loads(text))]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} holds no verdicts of this version: {type(error).__name__}: {error}") from error


def _items(data: Any) -> Sequence[dict[str, Any]]:
    found = data.get("verdicts", [data]) if isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise TypeError(f"an object or a list of them is expected, this is {found!r}")
    return found
