"""The recipes of Table 6: what each model's own paper or repository says, which length `own` stands for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from stablebert.paper.printed_tables import paper_table
from stablebert.runs import RunSpec

_ALL = "all"


def with_own_recipe(spec: RunSpec, folders: Sequence[Path]) -> RunSpec:
    """Return a run of length `own` with the recipe of its encoder on its task (Appendix F, Table 6).

    Peak rate, batch and warming up are the table's, and so are length and layer-wise decay; the rest is the common
    set-up of Section 3. A method that has a decay of its own keeps it.

    Args:
        spec: A run; one of another length comes back as it is.
        folders: `baselines` folders; the first that has the paper's tables is read.

    Raises:
        ValueError: the table has no recipe of the encoder on the task, or no folder has the table.

    Example:
        >>> run = with_own_recipe(RunSpec(task="rte", encoder="xlnet-large", length="own"), [Path("baselines")])
        >>> run.steps, run.recipe.learning_rate, int(run.recipe.warmup_ratio * run.steps), run.layerwise_decay
        (800, 3e-05, 200, None)
    """
    if spec.length != "own":
        return spec
    with _said_of(spec.encoder, spec.task, folders) as said:
        return _with(spec, said)


def _with(spec: RunSpec, said: Mapping[str, Mapping[str, str]]) -> RunSpec:
    length, warmup, decay = said["training_length"], said["warmup"], said["llrd"]["value"]
    number = int(length["value"])
    # half a step more, so that no rounding takes one away when the share is multiplied again
    share = (int(warmup["value"]) + 0.5) / number if warmup["unit"] == "steps" else int(warmup["value"]) / 100
    recipe = replace(
        spec.recipe,
        learning_rate=float(said["learning_rate"]["value"]),
        batch_size=int(said["batch_size"]["value"]),
        warmup_ratio=share,
    )
    in_steps = length["unit"] == "steps"
    return replace(
        spec,
        recipe=recipe,
        steps=number if in_steps else None,
        epochs=None if in_steps else number,
        layerwise_decay=float(decay) if decay else None,
    )


@contextmanager
def _said_of(encoder: str, task: str, folders: Sequence[Path]) -> Iterator[dict[str, dict[str, str]]]:
    """Give the table's lines of an encoder on a task, by parameter."""
    folder = next((folder for folder in folders if (folder / "paper").is_dir()), None)
    if folder is None:
        raise ValueError(f"the paper's tables are in none of {', '.join(map(str, folders))}")
    with paper_table(6, folder) as table:
        lines = [line for line in table if f"{line['model']}-large" == encoder]
        found = {line["parameter"]: line for line in lines if line["dataset"] in (task, _ALL)}
        tasks = sorted({line["dataset"] for line in lines})
        if found:
            yield found
    if not found:
        known = f"for {encoder} it has {', '.join(tasks)}" if tasks else "its encoders are the five of the paper"
        raise ValueError(f"length 'own': Table 6 has no recipe of {encoder!r} on {task!r}: {known}")
