"""What would change a verdict: in a few words for a table, and for a reader who knows no statistics."""

import re
from dataclasses import dataclass

from stablebert.gate import MoreSeeds, Part, Policy, Says, Status, Verdict
from stablebert.report.sentences import kind_of

_PASSED = (
    "Nothing more is needed. What is not ruled out may still be so; other code, another recipe, other seeds or another "
    "baseline is a new question with a verdict of its own."
)
_FAILED = (
    "More seeds will not: the first look that decides is the verdict. Find what has changed and mend it; changed code "
    "is trained anew. If the change is wanted, it is the baseline that has to be accepted anew, with its reason."
)
_SHOWN = (
    "A candidate that loses nothing, or --stablebert-shown=pass: this session asked for no loss at all, however small, "
    "and every part of the rule lets this one pass."
)
_BROKEN = "Mend what the reason names and run the command again. Nothing is known yet, neither good nor bad."
_NO_MARGIN = (
    "Not more seeds: no margin of this cell says how large a loss matters. Margins are frozen when baselines are "
    "accepted; --stablebert-margin sets one for a session."
)
_BEYOND = "The runs look as if a loss that matters were there: a PASS takes a better candidate rather than more seeds."
_POOLED = (
    "More runs of the cells that are still open. Once every cell has decided none is made any more, and this stays "
    "open; looks that begin later, as --stablebert-looks=12,20, give each cell more runs."
)
_FUTILE = "The cell was stopped since a PASS had become improbable. Only a better candidate would change that."
_BEYOND_LAST = re.compile(r"more than the \d+ of the last look")


@dataclass(frozen=True)
class Outlook:
    """What would change a verdict.

    Attributes:
        brief: In a few words, for a table.
        words: In sentences, for a reader without statistics.
    """

    brief: str
    words: str


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
    if verdict.status is Status.FAIL and part is not None and part.says is not Says.ALARMS:
        return Outlook(f"loss shown, p = {verdict.loss_shown or 0:.2g}", _SHOWN)
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
    kind_of(part)
    return part


def _passed(verdict: Verdict) -> str:
    """Return in a few words what a PASS shows; the loss that is left first."""
    if verdict.pairing == "identical":
        return "identical"
    loss = verdict.ruled_out.loss if verdict.ruled_out else None
    if loss is None:
        return "loss ruled out"
    return f"loses at most {loss:.2f}" if loss >= 0 else f"gains at least {-loss:.2f}"


def _undecided(verdict: Verdict, part: Part) -> Outlook:
    kind = kind_of(part)
    if part.says is Says.UNDECIDED:
        return _too_few(verdict)
    if kind.more_seeds is MoreSeeds.NOTHING:
        return Outlook(kind.brief, kind.remedy)
    if verdict.unit == "margins":
        return Outlook(f"{part.name}: still open", f"{_POOLED}{_doubt(verdict)}")
    of_location = kind.more_seeds is MoreSeeds.RULE_OUT_LOSS
    if verdict.margin is None and of_location:
        return Outlook("no margin", _NO_MARGIN)
    said = _said_by_gate(verdict, part)
    told, needed = f"{said[:1].upper()}{said[1:]}", verdict.seeds_needed
    if of_location and verdict.difference is not None and verdict.difference <= -(verdict.margin or 0):
        return Outlook("beyond the margin", f"{told}. {_BEYOND}")
    name, noun = "" if of_location else f"{part.name}: ", "pairs" if " pairs " in said else "seeds"
    if needed is None:
        larger = "" if noun == "pairs" else "a larger baseline or "
        instead = f": so much do runs differ. It takes {larger}a wider margin" if of_location else ""
        return Outlook(f"{name}no number of {noun} would", f"{told}{instead}.")
    if needed > verdict.runs:
        more = f"{needed - verdict.runs} more than now"
        words = f"About {needed} {noun} in all, {more}, would mostly decide it {kind.more_seeds}."
        if beyond := _BEYOND_LAST.search(said):
            words += f" That is {beyond[0]}: --stablebert-looks can name a later one."
        return Outlook(f"{name}{needed} {noun} would", words)
    return Outlook("the loss may be real", f"{told}. More {noun} help only if less is lost than the margin.")


def _too_few(verdict: Verdict) -> Outlook:
    """Return what is said where too few runs are left to compare means: which side lacks them."""
    ours, theirs = verdict.runs - verdict.failed, verdict.baseline_runs - verdict.baseline_failed
    if theirs <= max(ours, Policy.least_runs - 1):
        words = (
            f"Not more seeds: {theirs} of the baseline's {verdict.baseline_runs} runs are not lost, too few to compare "
            "means. It takes a baseline with more such runs."
        )
        return Outlook("too few sound runs in the baseline", words)
    words = f"Fewer lost runs: {ours} of {verdict.runs} are left, too few to compare means."
    return Outlook("too few sound runs", words)


def _said_by_gate(verdict: Verdict, part: Part) -> str:
    """Return what the gate has said of more runs, which stands in the reason behind what the part said."""
    return verdict.reason.removeprefix(part.words).lstrip("; ")


def _doubt(verdict: Verdict) -> str:
    if verdict.difference is None or verdict.margin is None or verdict.difference > -verdict.margin:
        return ""
    return " But the estimate itself lies beyond the margin: the loss may be real."
