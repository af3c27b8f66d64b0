"""A session's verdicts as Markdown, for a pull request or the summary of a CI job."""

from stablebert.gate import Status, Verdict
from stablebert.report.explained import explain
from stablebert.report.judged import SessionReport
from stablebert.report.layout import number
from stablebert.report.outlook import outlook_of
from stablebert.report.tables import shown_name

_HEAD = ("cell", "verdict", "seeds", "failed", "mean", "baseline", "difference", "bound", "margin", "why")
_TO_THE_LEFT = ("cell", "verdict", "why")


def to_markdown(report: SessionReport) -> str:
    """Return a heading with the session's verdict, the table, notes, and every verdict explained below a fold.

    Args:
        report: What was judged.

    Raises:
        ValueError: a verdict has a part that nobody knows.
    """
    rule = ["---" if name in _TO_THE_LEFT else "---:" for name in _HEAD]
    table = "".join(f"| {' | '.join(row)} |\n" for row in (_HEAD, rule, *map(_row, report.verdicts)))
    listed = "".join(f"- {_plain(note)}\n" for note in report.notes)
    folds = "\n".join(map(_fold, report.verdicts))
    caption = "Seeds and failed runs: candidate / baseline. Scores in points, mean ± standard deviation."
    return "\n".join(filter(None, (f"### stablebert: {report.status}\n", table, f"{caption}\n", listed, folds)))


def _row(verdict: Verdict) -> tuple[str, ...]:
    reason = outlook_of(verdict).brief if verdict.status is Status.PASS else verdict.reason
    return (
        f"`{shown_name(verdict)}`",
        f"**{verdict.status}**",
        f"{verdict.runs} / {verdict.baseline_runs}",
        f"{verdict.failed} / {verdict.baseline_failed}",
        _mean(verdict.mean, verdict.sd),
        _mean(verdict.baseline_mean, verdict.baseline_sd),
        number(verdict.difference, "+"),
        number(verdict.lower_bound, "+"),
        number(verdict.margin),
        _plain(reason),
    )


def _fold(verdict: Verdict) -> str:
    paragraphs = []
    for section in explain(verdict):
        code = section.lines == (verdict.command,)
        lines = [f"```console\n$ {line}\n```" if code else f"- {_plain(line)}" for line in section.lines]
        paragraphs.append("\n".join((f"**{section.title}**\n", *lines)) + "\n")
    summary = f"<details>\n<summary><code>{verdict.cell}</code>: {verdict.status}</summary>\n"
    return "\n".join((summary, *paragraphs, "</details>\n"))


def _mean(mean: float | None, sd: float | None) -> str:
    return "-" if mean is None else f"{mean:.2f} ± {number(sd)}"


def _plain(text: str) -> str:
    """Return text that breaks neither a table nor a list, and is no HTML."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
