"""What would change a verdict: more seeds and how many, or something that seeds cannot give."""

from dataclasses import dataclass

from stablebert.gate import Part, Says, Status, Verdict
from stablebert.report.meanings import ALL_RUNS, FAILURE_RATE, LOCATION, meaning_of


@dataclass(frozen=True)
class Outlook:
    """What would change a verdict.

    Attributes:
        brief: In a few words, for a table.
        words: In sentences, for a reader without statistics.
    """

    brief: str
    words: str


_PASSED = (
    "Nothing more is needed. Other code, another recipe, other seeds or another baseline is a new question with a "
    "verdict of its own."
)
_FAILED = (
    "More seeds will not: the first look that decides is the verdict. Find what has changed and mend it; changed code "
    "is trained anew. If the change is wanted, it is the baseline that has to be accepted anew, with its reason."
)
_BROKEN = "Mend what the reason names and run the command again. Nothing is known yet, neither good nor bad."
_NEVER = (
    "Never with this baseline: no number of further seeds would be enough, so much do runs differ between seeds. A "
    "larger baseline would, or a wider margin."
)
_NO_MARGIN = (
    "Not more seeds: the mean is lower, and no margin of this cell says whether so much matters. Margins are "
    "frozen when baselines are accepted; --stablebert-margin sets one for a session."
)
_FUTILE = "The cell was stopped since a PASS had become improbable. Only a better candidate would change that."


def outlook_of(verdict: Verdict) -> Outlook:
    """Return what would change a verdict.

    Args:
        verdict: Any.

    Raises:
        ValueError: the part that decided is unknown.

    Example:
        >>> outlook_of(Verdict("cell", Status.INVALID, "it has no baseline")).brief
        'it has no baseline'
    """
    if verdict.status is Status.INVALID:
        return Outlook(verdict.reason, _BROKEN)
    if verdict.status is Status.PASS:
        return Outlook(_passed(verdict), _PASSED)
    part = deciding_part(verdict)
    if verdict.status is Status.FAIL:
        p = "" if part is None or part.p is None else f", p = {part.p:.2g}"
        return Outlook(f"{part.name}{p}" if part else verdict.reason, _FAILED)
    if verdict.futile:
        return Outlook("stopped as futile", _FUTILE)
    if part is None:
        return Outlook(verdict.reason, f"More seeds: {verdict.reason}.")
    return _undecided(verdict, part)


def deciding_part(verdict: Verdict) -> Part | None:
    """Return the part that decided, None where a verdict has no parts.

    Raises:
        ValueError: there are parts, and none has the name of the one that decided; or nobody knows that name.
    """
    if not verdict.parts:
        return None
    part = next((part for part in verdict.parts if part.name == verdict.decided_by), None)
    if part is None:
        raise ValueError(f"{verdict.cell}: no part is named {verdict.decided_by!r}, which is said to have decided")
    meaning_of(part.name)
    return part


def _passed(verdict: Verdict) -> str:
    if verdict.pairing == "identical":
        return "identical"
    return "mean not gated" if verdict.margin is None else "loss ruled out"


def _undecided(verdict: Verdict, part: Part) -> Outlook:
    name = "" if part.name == LOCATION else f"{part.name}: "
    if part.says is Says.UNDECIDED:
        return Outlook("too few runs", "More runs that do not fail: too few are left on a side to compare means.")
    if part.name == ALL_RUNS:
        words = "Fewer failed runs: they pull the mean of all runs down further than is let pass."
        return Outlook("all runs: not shown", words)
    if part.name not in (LOCATION, FAILURE_RATE):
        words = (
            f"Not more seeds of the same: the candidate's {part.name} is higher, which its score does not show. Look "
            "at what has changed; a policy without this endpoint would not ask."
        )
        return Outlook(f"{part.name} higher", words)
    if verdict.unit == "margins":
        words = f"More seeds in every cell: they narrow what is open.{_doubt(verdict)}"
        return Outlook(f"{name}more seeds", words)
    if verdict.margin is None and part.name == LOCATION:
        return Outlook("lower, and no margin", _NO_MARGIN)
    needed = verdict.seeds_needed
    if needed is None:
        return Outlook("never with this baseline", _NEVER)
    if needed > verdict.runs:
        hope = "nothing is lost" if part.name == LOCATION else "no further run fails"
        words = f"About {needed} seeds in all, {needed - verdict.runs} more than now, would mostly decide it if {hope}."
        return Outlook(f"{name}{needed} seeds would", f"{words}{_doubt(verdict)}")
    words = (
        f"The loss may be real: if nothing were lost, {needed} seeds would mostly have shown it, and there are "
        f"{verdict.runs}. More seeds help only if the true loss is well below the margin."
    )
    return Outlook("the loss may be real", words)


def _doubt(verdict: Verdict) -> str:
    if verdict.difference is None or verdict.margin is None or verdict.difference > -verdict.margin:
        return ""
    return " But the estimate itself lies beyond the margin: the loss may be real."
