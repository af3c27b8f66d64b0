"""The board of optimizers in Markdown: ranks with ties a task, what is missing, and what the rate does."""

from collections.abc import Sequence
from statistics import fmean

from stablebert.analysis import Side, rank
from stablebert.project.board import Standing
from stablebert.report.comparison import ranking_markdown
from stablebert.tables import markdown, number

_HEAD = """# A board of optimizers

Written by `stablebert board --output docs/board.md`. Every optimizer is trained by the debiased recipe of `{encoder}`
at 3 epochs, on the same {seeds} seeds, at the peak rate that its own search has chosen on validation. Ranks go by the
function of `stablebert judge` and `stablebert compare`. A place without runs is empty, and no last one. The runs lie in
`docs/results/runs`, those of AdamW among the baselines; whether two classes score alike is not asked here.
"""


def board_markdown(standings: Sequence[Standing], encoder: str, seeds: int) -> str:
    """Return the page.

    Args:
        standings: Every entrant on every task.
        encoder: Encoder id.
        seeds: Runs of a place that is full.
    """
    parts = [_HEAD.format(encoder=encoder, seeds=seeds)]
    tasks = list(dict.fromkeys(each.task for each in standings))
    for task in tasks:
        its = [each for each in standings if each.task == task]
        parts += [f"## {task}\n", _ranking(its), _places(its, seeds)]
    parts += ["## What the rate does\n", _sensitivity(standings)]
    return "\n".join(parts)


def missing_lines(standings: Sequence[Standing], seeds: int) -> list[str]:
    """Return what is empty or not full, a line a place, with the command that fills it."""
    return [f"{each.entrant.label}, {each.task}: {_lacks(each, seeds)}" for each in standings if not each.is_full]


def _ranking(standings: Sequence[Standing]) -> str:
    sides = [Side(each.entrant.label, each.rows) for each in standings if each.rows]
    if len(sides) < 2:
        return f"{len(sides)} of {len(standings)} optimizers have runs; there is nothing to rank.\n"
    return ranking_markdown(rank(sides))


def _places(standings: Sequence[Standing], seeds: int) -> str:
    head = ("optimizer", "class", "peak rate", "runs", "of", "failed", "what is missing")
    rows = [
        (
            each.entrant.label,
            each.precision,
            "" if each.rate is None else f"{each.rate:g}",
            str(len(each.rows)),
            str(seeds),
            str(sum(row.failed for row in each.rows)),
            "" if each.is_full else _lacks(each, seeds),
        )
        for each in standings
    ]
    return f"{markdown([head, *rows], left=(0, 1, 6))}\n"


def _sensitivity(standings: Sequence[Standing]) -> str:
    head = ("optimizer", "task", "seeds a rate", "validation by peak rate", "worst below best")
    rows = [(each.entrant.label, each.task, *_by_rate(each)) for each in standings if each.trials]
    if not rows:
        return "No search is recorded.\n"
    return (
        f"{markdown([head, *rows], left=(0, 1, 3))}\n\n"
        "Mean validation score in points, of all runs of the search; in brackets how many failed, where any did. A\n"
        "rate at which a run diverged has no mean, and counts in no difference.\n"
    )


def _by_rate(standing: Standing) -> tuple[str, str, str]:
    rates = sorted({trial.learning_rate for trial in standing.trials})
    tried = {rate: [trial for trial in standing.trials if trial.learning_rate == rate] for rate in rates}
    means = {rate: fmean(trial.validation for trial in trials) for rate, trials in tried.items()}
    words = []
    for rate, trials in tried.items():
        failed = sum(trial.failed for trial in trials)
        mean = number(means[rate]) if means[rate] == means[rate] else "diverged"
        words.append(f"{rate:g}: {mean}{f' ({failed})' if failed else ''}")
    counts = sorted({len(trials) for trials in tried.values()})
    finite = [mean for mean in means.values() if mean == mean]
    spread = number(max(finite) - min(finite)) if len(finite) > 1 else ""
    return "-".join(map(str, counts)), ", ".join(words), spread


def _lacks(standing: Standing, seeds: int) -> str:
    if standing.reason:
        return standing.reason
    return f"{len(standing.missing)} of {seeds} runs"
