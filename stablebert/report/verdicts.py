"""Verdicts as a table for the terminal, as properties of a test, and what must be read beside them."""

from collections.abc import Mapping, Sequence

from stablebert.baselines import Budget
from stablebert.gate import Status, Verdict
from stablebert.project import JudgedSession
from stablebert.report.explanation import outlook_of
from stablebert.stats.multiplicity import holm
from stablebert.tables import aligned

_HEAD = ("cell", "verdict", "seeds", "lost", "difference", "bound", "margin", "why")
# cell, verdict and why are words
_TO_THE_LEFT = (0, 1, -1)
_WIDTH = 120
_PREFIX = "stablebert"


def verdict_table(verdicts: Sequence[Verdict], budgets: Mapping[str, Budget] | None = None) -> list[tuple[str, ...]]:
    """Return the table's rows as text, the head first; differences in points, or in margins where the cell says so.

    `seeds` and `lost` (failed or collapsed runs) are candidate / baseline, `budget` is what the baseline has lost since
    its release, of what it may lose.

    Args:
        verdicts: One a row.
        budgets: By cell; without any there is no such column.
    """
    table = [_HEAD, *(_row(verdict) for verdict in verdicts)]
    if not budgets:
        return table
    spent = ["budget", *(str(budgets.get(verdict.cell, "-")) for verdict in verdicts)]
    return [(*row[:-1], text, row[-1]) for row, text in zip(table, spent, strict=True)]


def verdict_lines(verdicts: Sequence[Verdict], budgets: Mapping[str, Budget] | None = None) -> list[str]:
    """Return the table in at most 120 columns, and below it what every PASS rules out and why every other is none.

    Args:
        verdicts: One a row.
        budgets: As in `verdict_table`.

    Raises:
        ValueError: a verdict was decided by a part that nobody knows.
    """
    table = aligned(verdict_table(verdicts, budgets), left=_TO_THE_LEFT, width=_WIDTH)
    return [*table, *(f"{verdict.name}: {said_of(verdict)}" for verdict in verdicts), *_adjusted(verdicts)]


def margin_text(verdict: Verdict) -> str:
    """Return a margin in points and in the baseline's standard deviations, `-` where there is none.

    Example:
        >>> margin_text(Verdict("cell", Status.PASS, "", margin=0.75, baseline_sd=0.5))
        '0.75 (1.5 sd)'
    """
    if verdict.margin is None or not verdict.baseline_sd or verdict.unit != "points":
        return verdict.shown(verdict.margin)
    return f"{verdict.shown(verdict.margin)} ({verdict.margin / verdict.baseline_sd:.1f} sd)"


def lost_text(verdict: Verdict, between: str) -> str:
    """Return how many runs of both sides are lost; the paper prints no number of its own.

    Example:
        >>> lost_text(Verdict("cell", Status.PASS, "", failed=1, pairing="printed"), "/")
        '1/-'
    """
    return f"{verdict.failed}{between}{'-' if verdict.pairing == 'printed' else verdict.baseline_failed}"


def shown_name(verdict: Verdict) -> str:
    """Return a cell's id with the printed row that judges it, and marked where its differences are not in points.

    Example:
        >>> shown_name(Verdict("pooled", Status.PASS, "", unit="margins"))
        'pooled (in margins)'
    """
    return verdict.name if verdict.unit == "points" else f"{verdict.name} (in {verdict.unit})"


def properties_of(verdict: Verdict, prefix: str = _PREFIX) -> list[tuple[str, str]]:
    """Return names and values as JUnit's XML carries them: every scalar that is there, and one property a part.

    Args:
        verdict: Any.
        prefix: What every name begins with.

    Example:
        >>> dict(properties_of(Verdict("cell", Status.FAIL, "worse", runs=5)))["stablebert_status"]
        'FAIL'
    """
    data = verdict.to_dict()
    del data["parts"], data["targets"]
    for name in ("ruled_out", "disagreement"):
        data |= {f"{name}_{field}": value for field, value in (data.pop(name) or {}).items()}
    found = [(f"{prefix}_{name}", str(value)) for name, value in data.items() if value not in (None, "")]
    parts = [(f"{prefix}_part_{part.name.replace(' ', '_')}", f"{part.says}: {part.words}") for part in verdict.parts]
    rows = [(f"{prefix}_{one.target.replace(' ', '_')}", f"{one.status}: {one.reason}") for one in verdict.targets]
    return found + parts + rows


def note_lines(session: JudgedSession) -> list[str]:
    """Return one line a waiver that acts, a bridge judged over, a cell that differs by intent, an overspent budget.

    Args:
        session: What was judged.
    """
    over = [(cell, budget) for cell, budget in session.budgets.items() if budget.is_exceeded]
    return [
        *(f"waived: {cell}: FAIL is let pass {waiver}" for cell, waiver in sorted(session.waived.items())),
        *(f"bridge: {bridge}" for bridge in session.bridges),
        *(f"differing: {line}" for line in session.apart),
        *(
            f"budget: {cell}: its baseline has lost {budget} points since release {budget.release}"
            for cell, budget in over
        ),
    ]


def said_of(verdict: Verdict) -> str:
    """Return what is said of a verdict below the table: what a PASS rules out, with the loss that is shown, or why."""
    if verdict.status is not Status.PASS or verdict.ruled_out is None:
        return verdict.reason
    shown = verdict.word.removeprefix(str(verdict.status)).lstrip(", ")
    ruled_out = verdict.ruled_out.words(verdict.margin, verdict.unit, verdict.baseline_sd)
    return "; ".join(filter(None, (shown, ruled_out))) or verdict.reason


def _adjusted(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the p-values of a lower mean, adjusted over the cells, as one line; they gate nothing."""
    found = {v.name: v.p_inferior for v in verdicts if v.unit == "points" and v.p_inferior is not None}
    if len(found) < 2:
        return []
    listed = (f"{cell} {p:.2g}" for cell, p in zip(found, holm(list(found.values())), strict=True))
    return [f"p of a lower mean over all cells (Holm; printed, gates nothing): {', '.join(listed)}"]


def _row(verdict: Verdict) -> tuple[str, ...]:
    return (
        shown_name(verdict),
        str(verdict.status),
        f"{verdict.runs}/{verdict.baseline_runs}",
        lost_text(verdict, "/"),
        *(verdict.shown(one, "+") for one in (verdict.difference, verdict.lower_bound)),
        verdict.shown(verdict.margin),
        outlook_of(verdict).brief,
    )
