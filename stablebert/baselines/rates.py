"""The peak rate that a search has chosen: of an encoder, or of an optimizer of others at its arguments.

That of an optimizer stands in its arguments as `lr`, which scales the rates of all groups. So the recipe stays that of
the cell whose baseline judges, and the rate is in the key of the run.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stablebert.baselines.csv_tables import BaselineError
from stablebert.baselines.searches import RATE, read_search, winner
from stablebert.runs import RunSpec, digest_of


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
