"""A verdict in words, for a reader who knows no statistics."""

import textwrap
from dataclasses import dataclass

from stablebert.gate import MoreSeeds, Part, Says, Status, Verdict
from stablebert.report.pairings import method_sentence
from stablebert.report.sentences import kind_of, part_sentence, ruled_out_sentences
from stablebert.tables import number

_WIDTH = 100
_PASSED = (
    "Nothing more is needed. What is not ruled out above may still be so; other code, another recipe, other seeds or "
    "another baseline is a new question with a verdict of its own."
)
_FAILED = (
    "More seeds will not: the first look that decides is the verdict. Find what has changed and mend it; changed code "
    "is trained anew. If the change is wanted, it is the baseline that has to be accepted anew, with its reason."
)
_EXPECTED = (
    "Does the code train as it did when the baseline was accepted? An accepted run is begun again, and its first "
    "updates and first evaluation are compared with those that were kept. Whether it trains as well was not asked."
)
_BROKEN = "Mend what the reason names and run the command again. Nothing is known yet, neither good nor bad."
_NEVER = (
    "Never with this baseline: no number of further seeds would be enough, so much do runs differ between seeds. A "
    "larger baseline would, or a wider margin."
)
_NO_MARGIN = (
    "Not more seeds: no margin of this cell says how large a loss matters. Margins are frozen when baselines are "
    "accepted; --stablebert-margin sets one for a session."
)
_BEYOND = (
    "The estimate itself lies beyond the margin: more seeds would rather show the loss than rule it out. It is the "
    "candidate that has to change."
)
_FUTILE = "The cell was stopped since a PASS had become improbable. Only a better candidate would change that."


@dataclass(frozen=True)
class Section:
    """One paragraph of an explanation.

    Attributes:
        title: What it is about.
        lines: Sentences that belong together, one entry a point.
    """

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Outlook:
    """What would change a verdict.

    Attributes:
        brief: In a few words, for a table.
        words: In sentences, for a reader without statistics.
    """

    brief: str
    words: str


def explain(verdict: Verdict) -> list[Section]:
    """Return what was asked, measured and said, why this verdict, what would change it, and how to see it again.

    Args:
        verdict: Any; sections of which it holds nothing are left out.

    Raises:
        ValueError: it has a part, or a method of comparing, that nobody knows.

    Example:
        >>> [section.title for section in explain(Verdict("cell", Status.INVALID, "it has no baseline"))]
        ['What was asked', 'Why INVALID', 'What would change it']
    """
    sections = [
        Section("What was asked", _asked(verdict)),
        Section("What was measured", _measured(verdict)),
        Section("What it rules out", ruled_out_sentences(verdict)),
        Section("What each part said", tuple(part_sentence(part, verdict.unit) for part in verdict.parts)),
        Section(f"Why {verdict.status}", (_why(verdict),)),
        Section("What would change it", (outlook_of(verdict).words,)),
        Section("How to see it again", (verdict.command,) if verdict.command else ()),
    ]
    return [section for section in sections if section.lines]


def explained(verdict: Verdict) -> str:
    """Return an explanation as text for a terminal; commands are never broken into lines."""
    blocks = [f"{verdict.name}: {verdict.word}"]
    for section in explain(verdict):
        lines = [section.title]
        for line in section.lines:
            kept = [line] if line == verdict.command else textwrap.wrap(line, _WIDTH, subsequent_indent="  ")
            lines += [f"  {part}" for part in kept]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


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
    kind_of(part)
    return part


def _asked(verdict: Verdict) -> tuple[str, ...]:
    if verdict.pairing == "beginning":
        return (_EXPECTED,)
    if verdict.unit == "margins":
        return (
            "Do all cells together train as well as their baselines? Each cell's difference is divided by the cell's "
            f"margin, and the mean of these is judged. A mean loss of up to {number(verdict.margin or 0)} margins is "
            "held not to matter.",
        )
    if verdict.pairing == "printed":
        return (
            "Do these runs score as the paper prints? It prints seeds of its own: equal runs differ by chance. What is "
            f"called consistent loses less than {number(verdict.margin or 0)} points, and need not lose nothing.",
        )
    margin = "For this cell nobody has said how large a loss does not matter (there is no margin)."
    if verdict.margin is not None:
        margin = f"A loss of up to {verdict.shown(verdict.margin)} points is held not to matter: that is the margin."
    return (
        "Does the candidate train as well as the baseline? The same fine-tuning is run with several seeds, since one "
        f"seed alone can be lucky, and all of these runs are compared with the baseline's. {margin}",
    )


def _measured(verdict: Verdict) -> tuple[str, ...]:
    if not verdict.runs:
        return ()
    lines = [_counts(verdict)]
    if verdict.mean is not None and verdict.baseline_mean is not None:
        of, where = "the runs that neither failed nor collapsed", "in the baseline"
        if verdict.pairing == "printed":
            of, where = "all runs, failed ones included", "in print"
        lines.append(
            f"Mean score of {of}: {verdict.shown(verdict.mean)}{_deviation(verdict.sd, verdict)}, "
            f"{where} {verdict.shown(verdict.baseline_mean)}{_deviation(verdict.baseline_sd, verdict)}."
        )
    if verdict.difference is not None:
        bound = "; how low it may be is still open"
        if verdict.lower_bound is not None:
            lowest = verdict.shown(verdict.lower_bound, "+")
            bound = f"; with the caution that the rule asks for it may be as low as {lowest}"
        lines.append(f"Difference: {verdict.shown(verdict.difference, '+')} {verdict.unit}{bound}.")
        if verdict.collapsed:
            lines.append(
                "In it each collapsed run of the candidate counts as if it had ended at the line below which a run has "
                "collapsed, so that a worse tail buys no better mean."
            )
    lines.append(method_sentence(verdict.pairing))
    if verdict.correlation is not None:
        lines.append(f"On the seeds that both have, their scores correlate by {verdict.correlation:+.2f}.")
    if verdict.detectable is not None:
        lines.append(
            f"With so many seeds a loss of {verdict.shown(verdict.detectable)} {verdict.unit} or more "
            "would be ruled out in four cases of five if nothing were lost."
        )
    if verdict.disagreement is not None:
        words = verdict.disagreement.words()
        lines.append(f"{words[0].upper()}{words[1:]}: this is for information and decides nothing.")
    return tuple(line for line in lines if line)


def _counts(verdict: Verdict) -> str:
    ours, theirs = verdict.failed, verdict.baseline_failed
    if verdict.unit == "margins":
        return (
            f"{verdict.runs} seeds of every cell against at least {verdict.baseline_runs}; lost runs of all cells: "
            f"{ours}, in the baselines {theirs}."
        )
    if verdict.pairing == "printed":
        return f"{verdict.runs} runs, of which {ours} failed, against {verdict.baseline_runs} that the paper has made."
    lost = "failed" if not (verdict.collapsed or verdict.baseline_collapsed) else "failed or collapsed"
    collapsed = ""
    if verdict.collapsed:
        collapsed = f" {verdict.collapsed} of them did not fail by the rule, but ended far below anything accepted."
    return (
        f"{verdict.runs} runs, of which {ours} {lost}, against {verdict.baseline_runs} of the baseline, of which "
        f"{theirs} {lost}.{collapsed}"
    )


def _why(verdict: Verdict) -> str:
    part = deciding_part(verdict)
    if verdict.status is Status.INVALID:
        return f"The runs are no evidence, so nothing was concluded from them: {verdict.reason}."
    if part is None:
        return f"{verdict.reason}."
    if verdict.status is Status.PASS:
        shown = (
            " A loss that is smaller than the margin is shown all the same." if verdict.loss_shown is not None else ""
        )
        return f"No part raises an alarm and every part lets it pass: {verdict.reason}.{shown}"
    if verdict.status is Status.FAIL:
        return f"One alarm is enough, and it comes from {part.name}: {verdict.reason}."
    verb = "cannot say yet" if part.says == "undecided" else "holds the PASS back"
    return f"No part raises an alarm, but {part.name} {verb}: {verdict.reason}."


def _deviation(sd: float | None, verdict: Verdict) -> str:
    return "" if sd is None else f" (standard deviation {verdict.shown(sd)})"


def _passed(verdict: Verdict) -> str:
    if verdict.pairing in ("identical", "printed"):
        return "identical" if verdict.pairing == "identical" else verdict.reason
    if verdict.pairing == "beginning":
        return "begins as accepted"
    return "loss ruled out" if verdict.loss_shown is None else "loss shown, within the margin"


def _undecided(verdict: Verdict, part: Part) -> Outlook:
    kind = kind_of(part)
    of_location = kind.more_seeds is MoreSeeds.RULE_OUT_LOSS
    name = "" if of_location else f"{part.name}: "
    if part.says is Says.UNDECIDED:
        return Outlook("too few sound runs", "Fewer lost runs: too few are left on a side to compare means.")
    if kind.more_seeds is MoreSeeds.NOTHING:
        return Outlook(kind.brief, kind.remedy)
    if verdict.unit == "margins":
        words = f"More seeds in every cell: they narrow what is open.{_doubt(verdict)}"
        return Outlook(f"{name}more seeds", words)
    if verdict.margin is None and of_location:
        return Outlook("no margin", _NO_MARGIN)
    if of_location and verdict.difference is not None and verdict.difference <= -(verdict.margin or 0):
        return Outlook("beyond the margin", _BEYOND)
    needed = verdict.seeds_needed
    if needed is None:
        return Outlook("never with this baseline", _NEVER)
    if needed > verdict.runs:
        more = f"{needed - verdict.runs} more than now"
        words = f"About {needed} seeds in all, {more}, would mostly decide it {kind.more_seeds}."
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
