"""The peak rate that a search has chosen: of an encoder, for one task, or of an optimizer of others at its arguments.

That of an optimizer stands in its arguments as `lr`, which scales the rates of all groups. So the recipe stays that of
the cell whose baseline judges, and the rate is in the key of the run.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stablebert.baselines.csv_tables import BaselineError
from stablebert.baselines.searches import RATE, read_search, winner
from stablebert.runs import RunSpec, digest_of, parse_method

# where the searches of tasks' own rates lie below an encoder's folder
RATES = "searches/rates"


def optimizer_search(optimizer: str, arguments: str = "{}") -> str:
    """Return the name of the search of an optimizer's peak rate; other arguments are another search.

    Args:
        optimizer: `package.module:Class`.
        arguments: Its keyword arguments as a JSON object; a rate among them does not count.

    Example:
        >>> optimizer_search("torch.optim:AdamW")
        'searches/optimizers/torch.optim.AdamW'
    """
    others = {name: value for name, value in json.loads(arguments).items() if name != "lr"}
    told_apart = f"-{digest_of(others)[:8]}" if others else ""
    return f"searches/optimizers/{optimizer.replace(':', '.')}{told_apart}"


def rate_search(task: str, method: str = "debiased") -> str:
    """Return the name of the search of a task's own peak rate.

    A task has at most two: that of debiased Adam counts for every method, but after the intermediate task its own does.

    Args:
        task: Task id.
        method: Method text.

    Example:
        >>> rate_search("rte-1k", "reinit.blocks3"), rate_search("rte-1k", "transfer")
        ('searches/rates/rte-1k_debiased', 'searches/rates/rte-1k_transfer')
    """
    after = any(choice.name == "transfer" for choice in parse_method(method))
    return f"{RATES}/{task}_{'transfer' if after else 'debiased'}"


def search_that_counts(folders: Sequence[Path], encoder: str, task: str, method: str = "debiased") -> str:
    """Return the name of the search whose rate counts for a method on a task: the task's own if made, or the encoder's.

    Args:
        folders: As in `recorded_rate`.
        encoder: Encoder id.
        task: Task id.
        method: Method text.

    Raises:
        BaselineError: the record of the task's search is damaged, or of another task.
    """
    name, found = rate_search(task, method), RATE
    for folder in folders:
        tasks = {trial.task for trial in read_search(folder, encoder, name)}
        if tasks - {task}:
            raise BaselineError(f"{folder / encoder / name}.csv has trials of {', '.join(sorted(tasks - {task}))}")
        found = name if tasks else found
    return found


def recorded_rate_on(folders: Sequence[Path], encoder: str, task: str, method: str) -> float | None:
    """Return the peak rate of a method on a task, by the search that counts for it, None where none was made.

    Args:
        folders: As in `recorded_rate`.
        encoder: Encoder id.
        task: Task id.
        method: Method text.

    Raises:
        BaselineError: as `recorded_rate` and `search_that_counts`.
    """
    return recorded_rate(folders, encoder, search_that_counts(folders, encoder, task, method))


def recorded_rate(folders: Sequence[Path], encoder: str, search: str = RATE) -> float | None:
    """Return the peak rate that a search has chosen, None where it was not made.

    Args:
        folders: `baselines` folders; the first with a record counts.
        encoder: Encoder id.
        search: Its name: the encoder's own, or as from `optimizer_search`.

    Raises:
        BaselineError: the record is damaged, or chooses nothing.
    """
    for folder in folders:
        trials = read_search(folder, encoder, search)
        if trials:
            try:
                return winner(trials).learning_rate
            except ValueError as error:
                raise BaselineError(f"{folder / encoder / search}.csv chooses no rate: {error}") from error
    return None


def with_rate(spec: RunSpec, rate: float) -> RunSpec:
    """Return a run whose optimizer of others is given a peak rate."""
    arguments = {**json.loads(spec.optimizer_arguments), "lr": rate}
    return replace(spec, optimizer_arguments=json.dumps(arguments, sort_keys=True, separators=(",", ":")))


def with_recorded_rate(spec: RunSpec, folders: Sequence[Path]) -> RunSpec:
    """Return a run whose optimizer of others has the peak rate that is recorded for it, if one is and none is given.

    Args:
        spec: Any run.
        folders: As in `recorded_rate`.

    Raises:
        BaselineError: as `recorded_rate`.
    """
    if spec.optimizer is None or "lr" in json.loads(spec.optimizer_arguments):
        return spec
    rate = recorded_rate(folders, spec.encoder, optimizer_search(spec.optimizer, spec.optimizer_arguments))
    return spec if rate is None else with_rate(spec, rate)
