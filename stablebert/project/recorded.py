"""What is recorded for a run's encoder: the rate of its search, its recipe of Table 6, what `long` means for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stablebert.baselines import recorded_rate, recorded_rate_on, with_recorded_steps
from stablebert.paper import default_encoder, with_own_recipe
from stablebert.runs import Cell, RunSpec, default_recipe

if TYPE_CHECKING:
    from stablebert.project.project import Project


def method_spec(project: "Project", cell: Cell) -> RunSpec:
    """Return the first seed's run of a cell as its method says, at what is recorded for its encoder.

    Args:
        project: Whose options, own tasks, methods and encoders, and records count.
        cell: The cell.
    """
    settings, catalogue = project.settings, project.catalogue
    of_model = settings.model is not None and cell.encoder == project.encoder
    by_source = of_model and settings.model != project.encoder
    spec = RunSpec(
        task=cell.task,
        method=cell.method,
        length=cell.length,
        encoder=cell.encoder,
        precision=cell.precision,
        fidelity=cell.fidelity,
        seed=settings.seed_block,
        encoder_source=settings.model if by_source else catalogue.encoder_source(cell.encoder),
        method_sources=catalogue.method_sources(cell.method),
        task_source=catalogue.task_source(cell.task),
    )
    # what is given is a candidate's: a model's, else that of every cell
    given = dict(settings.recipe or ()) if of_model or settings.model is None else {}
    found = with_recorded_recipe(spec, project.baselines, given)
    if not of_model or found.length != "long" or found.steps is not None:
        return found
    # what 'long' means was chosen with the encoder whose place the model takes
    theirs = default_encoder(settings.profile)
    chosen = with_recorded_recipe(replace(spec, encoder=theirs, recipe=default_recipe(theirs)), project.baselines)
    return replace(found, steps=chosen.steps)


def with_recorded_recipe(spec: RunSpec, folders: Sequence[Path], given: Mapping[str, Any] | None = None) -> RunSpec:
    """Return a run with the recipe and the length that are recorded for it: the one place that decides both.

    Length `own` is the recipe of Table 6. Any other has the peak rate of the task's own recorded search, else of the
    encoder's, where there is one, and `long` then the number of updates that was chosen at that rate, where it was.

    Args:
        spec: A run with its encoder's default recipe.
        folders: `baselines` folders; the first with a record counts.
        given: Hyperparameters by name that go before what is recorded.

    Raises:
        ValueError: Table 6 has no recipe of the encoder on the task.
        BaselineError: a record is damaged.
    """
    if spec.length == "own":
        own = with_own_recipe(spec, folders)
        return replace(own, recipe=replace(own.recipe, **(given or {})))
    rate = recorded_rate_on(folders, spec.encoder, spec.task, spec.method)
    searched = {} if rate is None else {"learning_rate": rate}
    found = replace(spec, recipe=replace(spec.recipe, **{**searched, **(given or {})}))
    return with_recorded_steps(found, folders)


def unsearched(project: "Project") -> str | None:
    """Return in one line that a model takes the recipe's peak rate where that of the baselines was searched, else None.

    Args:
        project: Whose model, options and records.
    """
    ours, theirs = project.encoder, project.judging_encoder
    if project.settings.model is None or ours == theirs or "learning_rate" in dict(project.settings.recipe or ()):
        return None
    searched = recorded_rate(project.baselines, theirs)
    if searched is None or recorded_rate(project.baselines, ours) is not None:
        return None
    return (
        f"{ours} takes the recipe's peak rate {rate_of(project, ours):g}, where {searched:g} was searched for {theirs}"
        f"; `stablebert search --model {project.settings.model}` searches its own"
    )


def rate_of(project: "Project", encoder: str) -> float:
    """Return the peak rate of an encoder in a project, on tasks that have no search of their own, but for `own`."""
    given = dict(project.settings.recipe or ()) if encoder == project.encoder else {}
    default = recorded_rate(project.baselines, encoder) or default_recipe(encoder).learning_rate
    return float(given.get("learning_rate", default))
