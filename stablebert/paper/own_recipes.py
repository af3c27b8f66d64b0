"""The recipes of Table 6: what each model's own paper or repository says, which length `own` stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stablebert.paper.printed import read_table
from stablebert.runs import Recipe

_ALL = "all"


@dataclass(frozen=True)
class OwnRecipe:
    """How an encoder is fine-tuned on a task by its own recipe (Appendix F, Table 6).

    Attributes:
        recipe: Hyperparameters: peak rate, batch and share of warming up; the rest is the common set-up.
        length: `10ep` (epochs) or `2036st` (steps).
        decay: Factor of layer-wise learning-rate decay, in (0, 1], or None for one rate.
    """

    recipe: Recipe
    length: str
    decay: float | None


def own_recipe(encoder: str, task: str, folders: Sequence[Path]) -> OwnRecipe:
    """Return the recipe of Table 6 of an encoder on a task.

    Args:
        encoder: Encoder id, e.g. `xlnet-large`.
        task: Task id; the table has `rte`, `mrpc`, `stsb` and `cola`.
        folders: `baselines` folders; the first that has the paper's tables is read.

    Raises:
        ValueError: the table has no such row, or no folder has it.

    Example:
        >>> own = own_recipe("xlnet-large", "rte", [Path("baselines")])
        >>> own.length, own.recipe.learning_rate, int(own.recipe.warmup_ratio * 800), own.decay
        ('800st', 3e-05, 200, None)
    """
    folder = next((folder for folder in folders if (folder / "paper").is_dir()), None)
    if folder is None:
        raise ValueError(f"the paper's tables are in none of {', '.join(map(str, folders))}")
    lines = [line for line in read_table(6, folder) if f"{line['model']}-large" == encoder]
    found = {line["parameter"]: line for line in lines if line["dataset"] in (task, _ALL)}
    if not found:
        tasks = sorted({line["dataset"] for line in lines})
        known = f"for {encoder} it has {', '.join(tasks)}" if tasks else "its encoders are the five of the paper"
        raise ValueError(f"Table 6 has no recipe of {encoder!r} on {task!r}: {known}")
    length, warmup, decay = found["training_length"], found["warmup"], found["llrd"]["value"]
    # half a step more, so that no rounding takes one away when the share is multiplied again
    steps = warmup["unit"] == "steps"
    share = (int(warmup["value"]) + 0.5) / int(length["value"]) if steps else int(warmup["value"]) / 100
    recipe = Recipe(
        learning_rate=float(found["learning_rate"]["value"]),
        batch_size=int(found["batch_size"]["value"]),
        warmup_ratio=share,
    )
    unit = {"steps": "st", "epochs": "ep"}[length["unit"]]
    return OwnRecipe(recipe, length["value"] + unit, float(decay) if decay else None)
