"""What a session of gates leaves: its verdicts as JSON for programs, as Markdown for people, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stablebert.files import write_whole
from stablebert.gate import Status, Verdict
from stablebert.report.explanation import explain
from stablebert.report.verdicts import lost_text, margin_text, said_of, shown_name
from stablebert.tables import markdown, number

NAME = "verdicts.json"
_HEAD = ("cell", "verdict", "seeds", "lost", "mean", "baseline", "difference", "bound", "margin", "why")
# cell, verdict and why are words
_TO_THE_LEFT = (0, 1, -1)


@dataclass(frozen=True)
class SessionReport:
    """The verdicts of a session, and what is to be read beside them.

    Attributes:
        status: Of the session.
        verdicts: One a cell, and the pooled one.
        contract: Findings of the optimizer's contract as plain data.
        notes: What is to be read beside the verdicts, one line each.
    """

    status: Status
    verdicts: Sequence[Verdict]
    contract: Sequence[dict[str, str]] = ()
    notes: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "session": str(self.status),
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "contract": list(self.contract),
            "notes": list(self.notes),
        }


def to_markdown(report: SessionReport) -> str:
    """Return a heading with the session's verdict, the table, notes, and every verdict explained below a fold.

    Args:
        report: What was judged.

    Raises:
        ValueError: a verdict has a part that nobody knows.
    """
    table = f"{markdown([_HEAD, *map(_row, report.verdicts)], left=_TO_THE_LEFT)}\n"
    listed = "".join(f"- {_plain(note)}\n" for note in report.notes)
    folds = "\n".join(map(_fold, report.verdicts))
    caption = (
        "Seeds and lost (failed or collapsed) runs: candidate / baseline. Scores in points, mean ± standard deviation."
    )
    return "\n".join(filter(None, (f"### stablebert: {report.status}\n", table, f"{caption}\n", listed, folds)))


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


def _row(verdict: Verdict) -> tuple[str, ...]:
    return (
        f"`{shown_name(verdict)}`",
        f"**{verdict.status}**",
        f"{verdict.runs} / {verdict.baseline_runs}",
        lost_text(verdict, " / "),
        _mean(verdict.mean, verdict.sd),
        _mean(verdict.baseline_mean, verdict.baseline_sd),
        number(verdict.difference, "+"),
        number(verdict.lower_bound, "+"),
        margin_text(verdict),
        _plain(said_of(verdict)),
    )


def _fold(verdict: Verdict) -> str:
    paragraphs = []
    for section in explain(verdict):
        code = section.lines == (verdict.command,)
        lines = [f"```console\n$ {line}\n```" if code else f"- {_plain(line)}" for line in section.lines]
        paragraphs.append("\n".join((f"**{section.title}**\n", *lines)) + "\n")
    summary = f"<details>\n<summary><code>{verdict.name}</code>: {verdict.status}</summary>\n"
    return "\n".join((summary, *paragraphs, "</details>\n"))


def _mean(mean: float | None, sd: float | None) -> str:
    return "-" if mean is None else f"{mean:.2f} ± {number(sd)}"


def _plain(text: str) -> str:
    """Return text that breaks neither a table nor a list, and is no HTML."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _items(data: Any) -> Sequence[dict[str, Any]]:
    found = data.get("verdicts", [data]) if isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise TypeError(f"an object or a list of them is expected, this is {found!r}")
    return found
