"""What recorded searches have chosen, put into the runs that ask for it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stablebert.baselines.cells import BaselineError
from stablebert.baselines.searches import length_search, read_search
from stablebert.baselines.trials import winner
from stablebert.runs import RunSpec


def with_recorded_steps(spec: RunSpec, folders: Sequence[Path]) -> RunSpec:
    """Return a run whose length `long` has the number of updates that was chosen for its task, method and rate.

    The quirks of the released code take the same number, so that nothing but they differ.

    Args:
        spec: Any run; one of another length comes back as it is, and so does one for which no choice is recorded, whose
            keys are then an error that names the command to record it.
        folders: `baselines` folders; the first with a record counts.

    Raises:
        BaselineError: the record is damaged, or is of another task, method or kind of length.
    """
    if spec.length != "long":
        return spec
    for folder in folders:
        trials = read_search(folder, spec.encoder, length_search(spec.task, spec.method))
        if not trials:
            continue
        if {(trial.task, trial.method) for trial in trials} != {(spec.task, spec.method)}:
            raise BaselineError(f"the search of 'long' for {spec.task} and {spec.method} in {folder} has other trials")
        try:
            best = winner(trials)
            steps = int(best.length.removesuffix("st"))
        except ValueError as error:
            raise BaselineError(
                f"the search of 'long' for {spec.task} and {spec.method} in {folder} chooses nothing: {error}"
            ) from error
        if best.learning_rate == spec.recipe.learning_rate:
            return replace(spec, steps=steps)
    return spec
