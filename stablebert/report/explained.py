"""A verdict in words, for a reader who knows no statistics."""

import textwrap
from dataclasses import dataclass

from stablebert.gate import Status, Verdict
from stablebert.report.meanings import part_sentence
from stablebert.report.outlook import deciding_part, outlook_of

_WIDTH = 100
_METHODS = {
    "": "",
    "auto": "Each cell is compared by the method that suits it.",
    "moderated": "The two groups of runs are compared as wholes, with one standard deviation unless the candidate's is "
    "clearly larger.",
    "welch": "The two groups of runs are compared as wholes, each with its own standard deviation.",
    "paired": "Runs of the same seed are compared one by one, since they drew the same random numbers.",
    "anchored": "The baseline's run of the same seed is used to take out what is the seed's doing and not the "
    "candidate's.",
    "identical": "Every run is the baseline's run of that seed, in each loss and score.",
    "printed": "The runs are compared with a mean and a standard deviation that the paper prints.",
}


@dataclass(frozen=True)
class Section:
    """One paragraph of an explanation.

    Attributes:
        title: What it is about.
        lines: Sentences that belong together, one entry a point.
    """

    title: str
    lines: tuple[str, ...]


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
        Section("What each part said", tuple(part_sentence(part, verdict.unit) for part in verdict.parts)),
        Section(f"Why {verdict.status}", (_why(verdict),)),
        Section("What would change it", (outlook_of(verdict).words,)),
        Section("How to see it again", (verdict.command,) if verdict.command else ()),
    ]
    return [section for section in sections if section.lines]


def explained(verdict: Verdict) -> str:
    """Return an explanation as text for a terminal; commands are never broken into lines."""
    blocks = [f"{verdict.cell}: {verdict.status}"]
    for section in explain(verdict):
        lines = [section.title]
        for line in section.lines:
            kept = [line] if line == verdict.command else textwrap.wrap(line, _WIDTH, subsequent_indent="  ")
            lines += [f"  {part}" for part in kept]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _asked(verdict: Verdict) -> tuple[str, ...]:
    if verdict.unit == "margins":
        return (
            "Do all cells together train as well as their baselines? Each cell's difference is divided by the cell's "
            f"margin, and the mean of these is judged. A mean loss of up to {verdict.margin or 0:.2f} margins is held "
            "not to matter.",
        )
    margin = "For this cell nobody has said how large a loss does not matter (there is no margin)."
    if verdict.margin is not None:
        margin = f"A loss of up to {verdict.margin:.2f} points is held not to matter: that is the margin."
    return (
        "Does the candidate train as well as the baseline? The same fine-tuning is run with several seeds, since one "
        f"seed alone can be lucky, and all of these runs are compared with the baseline's. {margin}",
    )


def _measured(verdict: Verdict) -> tuple[str, ...]:
    if not verdict.runs:
        return ()
    lines = [_counts(verdict)]
    if verdict.mean is not None and verdict.baseline_mean is not None:
        lines.append(
            f"Mean score of the runs that have not failed: {verdict.mean:.2f}{_deviation(verdict.sd)}, in the baseline "
            f"{verdict.baseline_mean:.2f}{_deviation(verdict.baseline_sd)}."
        )
    if verdict.difference is not None:
        bound = "; how low it may be is still open"
        if verdict.lower_bound is not None:
            bound = f"; with the caution that the rule asks for it may be as low as {verdict.lower_bound:+.2f}"
        lines.append(f"Difference: {verdict.difference:+.2f} {verdict.unit}{bound}.")
    lines.append(_METHODS[_known(verdict.pairing)])
    if verdict.correlation is not None:
        lines.append(f"On the seeds that both have, their scores correlate by {verdict.correlation:+.2f}.")
    if verdict.detectable is not None:
        lines.append(
            f"With so many seeds a loss of {verdict.detectable:.2f} {verdict.unit} or more would be ruled out in four "
            "cases of five if nothing were lost."
        )
    return tuple(line for line in lines if line)


def _counts(verdict: Verdict) -> str:
    ours, theirs = verdict.failed, verdict.baseline_failed
    if verdict.unit == "margins":
        return (
            f"{verdict.runs} seeds of every cell against at least {verdict.baseline_runs}; failed runs of all cells: "
            f"{ours}, in the baselines {theirs}."
        )
    return (
        f"{verdict.runs} runs, of which {ours} failed, against {verdict.baseline_runs} of the baseline, of which "
        f"{theirs} failed."
    )


def _why(verdict: Verdict) -> str:
    part = deciding_part(verdict)
    if verdict.status is Status.INVALID:
        return f"The runs are no evidence, so nothing was concluded from them: {verdict.reason}."
    if part is None:
        return f"{verdict.reason}."
    if verdict.status is Status.PASS:
        return f"No part raises an alarm and every part lets it pass: {verdict.reason}."
    if verdict.status is Status.FAIL:
        return f"One alarm is enough, and {part.name} raises it: {verdict.reason}."
    verb = "cannot say yet" if part.says == "undecided" else "holds the PASS back"
    return f"No part raises an alarm, but {part.name} {verb}: {verdict.reason}."


def _deviation(sd: float | None) -> str:
    return "" if sd is None else f" (standard deviation {sd:.2f})"


def _known(pairing: str) -> str:
    if pairing not in _METHODS:
        raise ValueError(f"a verdict compares by {pairing!r}; known are {', '.join(filter(None, _METHODS))}")
    return pairing
