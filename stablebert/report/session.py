"""What a session of gates leaves: its verdicts as JSON for programs, as Markdown for people, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stablebert.checked import check_fields
from stablebert.files import write_whole
from stablebert.gate import Status, Verdict
from stablebert.report.contract import contract_lines
from stablebert.report.explanation import explain
from stablebert.report.verdicts import lost_text, margin_text, said_of, shown_name
from stablebert.tables import Table, markdown, number, quoted

NAME = "verdicts.json"
_NONE = "NO VERDICT"
_HEAD = ("cell", "verdict", "seeds", "lost", "mean", "baseline", "difference", "bound", "margin", "why")
# cell, verdict and why are words
_TO_THE_LEFT = (0, 1, -1)
CAPTION = (
    "Seeds and lost (failed or collapsed) runs: candidate / baseline. Scores in points, mean ± standard deviation."
)


@dataclass(frozen=True)
class SessionReport:
    """The verdicts of a session, and what is to be read beside them.

    Attributes:
        status: Of the session; None where no gate was judged.
        verdicts: One a cell, and the pooled one.
        contract: Findings of the optimizer's contract as plain data.
        notes: What is to be read beside the verdicts, one line each.
        evidence: Digests of what each verdict follows from, by cell and by name; `stablebert verify` holds them.
    """

    status: Status | None
    verdicts: Sequence[Verdict]
    contract: Sequence[dict[str, str]] = ()
    notes: Sequence[str] = ()
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)

    @property
    def word(self) -> str:
        """The session's verdict."""
        return str(self.status or _NONE)

    def lines(self) -> list[str]:
        """Return the session's verdict, its contract, and what is to be read beside the verdicts."""
        return [f"session: {self.word}", *contract_lines(self.contract), *self.notes]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "session": self.word,
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "contract": list(self.contract),
            "notes": list(self.notes),
            "evidence": {cell: dict(digests) for cell, digests in self.evidence.items()},
        }


def to_markdown(report: SessionReport) -> str:
    """Return a heading with the session's verdict, the table, notes, and every verdict explained below a fold.

    Args:
        report: What was judged.

    Raises:
        ValueError: a verdict has a part that nobody knows.
    """
    head, *rows = session_table(report.verdicts)
    marked = [(f"`{quoted(cell)}`", f"**{status}**", *rest, quoted(why)) for cell, status, *rest, why in rows]
    table = [f"{markdown([head, *marked], left=_TO_THE_LEFT)}\n", f"{CAPTION}\n"]
    listed = "".join(f"- {quoted(line)}\n" for line in (*contract_lines(report.contract), *report.notes))
    folds = "\n".join(map(folded, report.verdicts))
    shown = table if report.verdicts else []
    return "\n".join(filter(None, (f"### stablebert: {report.word}\n", *shown, listed, folds)))


def folded(verdict: Verdict) -> str:
    """Return a verdict explained, below a fold of Markdown.

    Raises:
        ValueError: it has a part that nobody knows.
    """
    paragraphs = []
    for section in explain(verdict):
        code = section.lines == (verdict.command,)
        lines = [f"```console\n$ {line}\n```" if code else f"- {quoted(line)}" for line in section.lines]
        paragraphs.append("\n".join((f"**{section.title}**\n", *lines)) + "\n")
    summary = f"<details>\n<summary><code>{quoted(verdict.name)}</code>: {verdict.status}</summary>\n"
    return "\n".join((summary, *paragraphs, "</details>\n"))


def session_table(verdicts: Sequence[Verdict]) -> Table:
    """Return one row a verdict with both means and what is said of it, the head first; what columns mean is `CAPTION`.

    Args:
        verdicts: One a row.
    """
    return [_HEAD, *map(_row, verdicts)]


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
    return list(read_report(path).verdicts)


def read_report(path: Path) -> SessionReport:
    """Return what a session has left, or a file of verdicts alone; arguments and errors as in `read_verdicts`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        verdicts = [Verdict.from_dict(item) for item in _items(data)]
        rest = data if isinstance(data, dict) else {}
        word = rest.get("session", _NONE)
        beside = (rest.get("contract", ()), rest.get("notes", ()), rest.get("evidence", {}))
        report = SessionReport(None if word == _NONE else Status(word), verdicts, *beside)
        check_fields(report)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} holds no verdicts of this version: {type(error).__name__}: {error}") from error
    return report


def _row(verdict: Verdict) -> tuple[str, ...]:
    return (
        shown_name(verdict),
        str(verdict.status),
        f"{verdict.runs} / {verdict.baseline_runs}",
        lost_text(verdict, " / "),
        _mean(verdict.mean, verdict.sd),
        _mean(verdict.baseline_mean, verdict.baseline_sd),
        number(verdict.difference, "+"),
        number(verdict.lower_bound, "+"),
        margin_text(verdict),
        said_of(verdict),
    )


def _mean(mean: float | None, sd: float | None) -> str:
    return "-" if mean is None else f"{mean:.2f} ± {number(sd)}"


def _items(data: Any) -> Sequence[dict[str, Any]]:
    found = data.get("verdicts", [data]) if isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise TypeError(f"an object or a list of them is expected, this is {found!r}")
    return found
