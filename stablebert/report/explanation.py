"""A verdict in words, for a reader who knows no statistics."""

import textwrap
from dataclasses import dataclass

from stablebert.gate import Says, Status, Verdict
from stablebert.report.advice import deciding_part, outlook_of
from stablebert.report.sentences import left_open_sentences, part_sentence, ruled_out_sentences

_WIDTH = 100
_METHODS = {
    "": "",
    "auto": "Each cell is compared by the method that suits it.",
    "moderated": "The two groups of runs are compared as wholes; both are taken to scatter alike, unless the "
    "candidate's runs clearly scatter more.",
    "welch": "The two groups of runs are compared as wholes, each as it scatters.",
    "paired": "Runs of the same seed are compared one by one, since they drew the same random numbers.",
    "anchored": "The baseline's run of the same seed is used to take out what is the seed's doing and not the "
    "candidate's.",
    "identical": "Every run is the baseline's run of that seed, in each loss and score.",
    "printed": "The runs are compared with a mean and a standard deviation that the paper prints.",
}
_LOST = (
    "A run has failed if it learned nothing: its loss is no number, it says one class for nearly all examples, or it "
    "knows no more than how frequent the labels are. It has collapsed if it learned something and still scores far "
    "below what runs of the baseline do. Such runs are lost: they are counted, and kept out of the mean score."
)


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
        Section("What it rules out", ruled_out_sentences(verdict)),
        Section("What it does not rule out", left_open_sentences(verdict)),
        Section("What each part said", tuple(part_sentence(part, verdict.unit) for part in verdict.parts)),
        Section(f"Why {verdict.status}", (_why(verdict),)),
        Section("What would change it", (outlook_of(verdict).words,)),
        Section("How to see it again", (verdict.command,) if verdict.command else ()),
    ]
    return [section for section in sections if section.lines]


def explained(verdict: Verdict) -> str:
    """Return an explanation as text for a terminal; commands are never broken into lines."""
    blocks = [f"{verdict.cell}: {verdict.word}"]
    for section in explain(verdict):
        lines = [section.title]
        for line in section.lines:
            kept = [line] if line == verdict.command else textwrap.wrap(line, _WIDTH, subsequent_indent="  ")
            lines += [f"  {part}" for part in kept]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _asked(verdict: Verdict) -> tuple[str, ...]:
    if verdict.unit == "margins":
        most = "one margin" if verdict.margin == 1 else f"{verdict.margin or 0:g} margins"
        return (
            "Do all cells together train as well as their baselines? Each cell's difference is divided by the cell's "
            f"margin, and the mean of these is judged. A mean loss of up to {most} is held not to matter.",
        )
    margin = ""
    if verdict.margin is None and verdict.status is not Status.INVALID:
        margin = " For this cell nobody has said how large a loss does not matter (there is no margin)."
    if verdict.margin is not None:
        sd = verdict.baseline_sd
        margin = f" A loss of up to {verdict.margin:.2f} points is held not to matter: that is the margin"
        margin += f", {verdict.margin / sd:.2g} times as far as single runs mostly lie from their mean." if sd else "."
    return (
        "Does the candidate train as well as the baseline? The same fine-tuning is run with several seeds, since one "
        f"seed alone can be lucky, and all of these runs are compared with the baseline's.{margin}",
    )


def _measured(verdict: Verdict) -> tuple[str, ...]:
    if not verdict.runs:
        return ()
    lines = [_counts(verdict), _LOST if verdict.parts else "", _means(verdict)]
    if verdict.difference is not None:
        bound = "."
        if verdict.lower_bound is not None:
            bound = f"; as seeds are a matter of chance, the true one may be as low as {verdict.lower_bound:+.2f}."
        lines.append(f"Difference: {verdict.difference:+.2f} {verdict.unit}{bound}")
    lines.append(_METHODS[_known(verdict.pairing)])
    if verdict.correlation is not None:
        lines.append(f"On the seeds that both have, their scores correlate by {verdict.correlation:+.2f}.")
    if verdict.detectable is not None and verdict.status is not Status.PASS:
        lines.append(
            f"If nothing were lost, so many seeds would mostly rule out a loss of {verdict.detectable:.2f} "
            f"{verdict.unit} or more."
        )
    return tuple(line for line in lines if line)


def _means(verdict: Verdict) -> str:
    if verdict.mean is None or verdict.baseline_mean is None:
        return ""
    means = f"Mean score of the runs that are not lost: {verdict.mean:.2f}, in the baseline {verdict.baseline_mean:.2f}"
    if verdict.sd is None or verdict.baseline_sd is None:
        return f"{means}."
    return (
        f"{means}. Single runs mostly lie within {verdict.sd:.2f} of it, in the baseline within "
        f"{verdict.baseline_sd:.2f} (the standard deviation)."
    )


def _counts(verdict: Verdict) -> str:
    ours, theirs = verdict.failed, verdict.baseline_failed
    if verdict.unit == "margins":
        return (
            f"Up to {verdict.runs} runs of each cell against at least {verdict.baseline_runs} of its baseline; lost "
            f"runs of all cells: {ours}, in the baselines {theirs}."
        )
    if not ours and not theirs:
        return f"{verdict.runs} runs against {verdict.baseline_runs} of the baseline; none of them failed or collapsed."
    sides = [
        f"{failed - collapsed} failed and {collapsed} collapsed"
        for failed, collapsed in ((ours, verdict.collapsed), (theirs, verdict.baseline_collapsed))
    ]
    runs = f"{verdict.runs} runs, of which {sides[0]}"
    return f"{runs}, against {verdict.baseline_runs} of the baseline, of which {sides[1]}."


def _why(verdict: Verdict) -> str:
    part = deciding_part(verdict)
    if verdict.status is Status.INVALID:
        return f"The runs are no evidence, so nothing was concluded from them: {verdict.reason}."
    if part is None:
        return f"{verdict.reason}."
    if verdict.status is Status.PASS:
        return f"No part raises an alarm and every part lets it pass: {verdict.reason}."
    if verdict.status is Status.FAIL and part.says is not Says.ALARMS:
        return f"Every part lets it pass, but {part.name} shows a loss: {verdict.reason}."
    if verdict.status is Status.FAIL:
        return f"One alarm is enough, and {part.name} raises it: {verdict.reason}."
    verb = "cannot say yet" if part.says is Says.UNDECIDED else "holds the PASS back"
    return f"No part raises an alarm, but {part.name} {verb}: {verdict.reason}."


def _known(pairing: str) -> str:
    if pairing not in _METHODS:
        raise ValueError(f"a verdict compares by {pairing!r}; known are {', '.join(filter(None, _METHODS))}")
    return pairing
