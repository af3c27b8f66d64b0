"""What is stored about a cause, read when it is asked for: accepted cells, recorded searches, the paper's own words."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from stablebert.baselines.cells import own_baselines
from stablebert.baselines.rates import RATES, search_that_counts
from stablebert.baselines.searches import RATE, Trial, mean_by_choice, read_search
from stablebert.doctor.facts import Setup
from stablebert.paper.encoders import ENCODERS
from stablebert.paper.printed import printed_rows
from stablebert.paper.printed_tables import paper_table, table_lines
from stablebert.runs.row import RunRow, summary_of

Folders = Sequence[Path]
# the embedded encoders as the hub names them
_HUB_NAMES = {"minilm": "all-MiniLM-L6-v2", "mpnet": "all-mpnet-base-v2"}


class Evidence(Protocol):
    """What is stored about a cause."""

    def lines(self, setup: Setup, folders: Folders) -> Iterator[str]:
        """Yield what it says about a set-up, from the first of some `baselines` folders that has it."""


@dataclass(frozen=True)
class Cells:
    """Accepted runs with and without what a cause takes away, of every task that has both.

    Attributes:
        without: Method text.
        with_it: Method text.
    """

    without: str
    with_it: str

    def lines(self, setup: Setup, folders: Folders) -> Iterator[str]:  # noqa: ARG002
        """Yield a line a task."""
        accepted = own_baselines(folders)
        for cell, baseline in accepted.items():
            other = accepted.get(replace(cell, method=self.without))
            if cell.method == self.with_it and other is not None:
                sides = f"{self.without} {_said(other.rows)}; {self.with_it} {_said(baseline.rows)}"
                yield f"{cell.task} ({cell.encoder}, {cell.length}): {sides}"


@dataclass(frozen=True)
class Stated:
    """What the paper's own set-up has.

    Attributes:
        parameter: Its name in `default_setup.csv`.
    """

    parameter: str

    def lines(self, setup: Setup, folders: Folders) -> Iterator[str]:  # noqa: ARG002
        """Yield the paper's value with its unit and place."""
        folder = _with_paper(folders)
        with table_lines(folder / "paper" / "default_setup.csv") as lines:
            for line in lines:
                if line["parameter"] == self.parameter:
                    value = f"{line['value']} {line['unit']}".strip()
                    yield f"the paper's {self.parameter.replace('_', ' ')}: {value} ({line['place']})"


@dataclass(frozen=True)
class TableOne:
    """Three epochs and longer training with debiased Adam, as Table 1 prints them."""

    def lines(self, setup: Setup, folders: Folders) -> Iterator[str]:  # noqa: ARG002
        """Yield a line a task."""
        rows = [row for row in printed_rows(folders) if row.table == 1 and row.method == "debiased"]
        longer = {row.task: row for row in rows if row.length == "long"}
        for row in rows:
            if row.length == "3ep" and (other := longer.get(row.task)):
                yield f"Table 1, {row.task}: 3 epochs {row.mean} sd {row.sd}, longer {other.mean} sd {other.sd}"


@dataclass(frozen=True)
class Rates:
    """The peak rates that are stored for the encoder and task: those searched, else those of Table 6."""

    def lines(self, setup: Setup, folders: Folders) -> Iterator[str]:
        """Yield the mean validation score of each rate searched, or the recipes of the table."""
        encoder = encoder_id(setup.encoder)
        for trials in _searches(encoder, setup.task, folders):
            tasks = " ".join(sorted({trial.task for trial in trials}))
            for choice, mean in mean_by_choice(trials).items():
                yield f"searched for {encoder} on {tasks}: {choice.learning_rate:g} validates at {mean:.2f}"
        for task, rate in _stated_rates(encoder, folders).items():
            yield f"Table 6, {encoder} on {task}: {rate:g}"


def supported_rates(encoder: str | None, folders: Folders, task: str | None = None) -> tuple[float, float] | None:
    """Return the lowest and the highest peak rate that are stored for an encoder, or None.

    Those of the search that counts for the task, of all searches where it is not known. A rate that diverged in a
    search does not count.

    Args:
        encoder: Hub name, folder or id.
        folders: `baselines` folders.
        task: Task id.

    Raises:
        BaselineError: the record of a search is damaged.

    Example:
        >>> supported_rates("xlnet/xlnet-large-cased", [Path("baselines")])
        (3e-05, 5e-05)
    """
    known = encoder_id(encoder)
    means = [tried for trials in _searches(known, task, folders) for tried in mean_by_choice(trials).items()]
    searched = [choice.learning_rate for choice, mean in means if math.isfinite(mean)]
    rates = searched or list(_stated_rates(known, folders).values())
    return (min(rates), max(rates)) if rates else None


def encoder_id(encoder: str | None) -> str | None:
    """Return the id of an encoder that goes by its hub name; what is not known stays as it is.

    Example:
        >>> encoder_id("bert-large-uncased"), encoder_id("sentence-transformers/all-MiniLM-L6-v2")
        ('bert-large', 'minilm')
    """
    if encoder is None:
        return None
    names = {name: hub or _HUB_NAMES[name] for name, hub in ENCODERS.items()}
    last = encoder.rpartition("/")[2]
    return next((name for name, hub in names.items() if last == hub.rpartition("/")[2]), encoder)


def _searches(encoder: str | None, task: str | None, folders: Folders) -> list[list[Trial]]:
    """Return the trials of the search that counts for a task, or of each that an encoder has where none is known."""
    if encoder not in ENCODERS:
        return []
    names = {RATE, *(f"{RATES}/{path.stem}" for folder in folders for path in (folder / encoder / RATES).glob("*.csv"))}
    counting = sorted(names) if task is None else [search_that_counts(folders, encoder, task)]
    found = (next(filter(None, (read_search(folder, encoder, name) for folder in folders)), []) for name in counting)
    return [trials for trials in found if trials]


def _stated_rates(encoder: str | None, folders: Folders) -> dict[str, float]:
    with paper_table(6, _with_paper(folders)) as lines:
        wanted = [line for line in lines if (f"{line['model']}-large", line["parameter"]) == (encoder, "learning_rate")]
        return {line["dataset"]: float(line["value"]) for line in wanted}


def _with_paper(folders: Folders) -> Path:
    folder = next((folder for folder in folders if (folder / "paper").is_dir()), None)
    if folder is None:
        raise ValueError(f"the paper's tables are in none of {', '.join(map(str, folders))}")
    return folder


def _said(rows: Sequence[RunRow]) -> str:
    found = summary_of(rows)
    if found.mean is None:
        return f"all {found.runs} runs failed"
    return f"{found.mean:.2f} sd {found.sd or 0:.2f}, {found.failed} of {found.runs} runs failed"
