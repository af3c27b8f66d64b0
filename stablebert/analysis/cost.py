"""What runs cost before they are made: hours by the seconds of those that were, GPU hours by counting operations."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from stablebert.paper import intermediate_run, paper_table
from stablebert.paper.methods import LONG_STEPS
from stablebert.runs import RunSpec, total_steps, training_length, training_method
from stablebert.tasks import TASKS

# weights of the blocks: 24 of 12 matrices of 1024 x 1024 and their biases; XLNet has one more for positions, BART's
# decoder four more
BLOCK_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "bert-large": 302e6,
        "roberta-large": 302e6,
        "electra-large": 302e6,
        "xlnet-large": 327e6,
        "bart-large": 353e6,
    }
)
# the released code pads to as many; ours packs, and needs fewer
TOKENS = 128
# what one data-centre GPU sustains in mixed precision at such sizes, of a peak of several hundred; not measured here
FLOP_A_SECOND = 50e12
_EMBEDDED_SIZES = (1000, 500, 2000)
_SMALL = 1000


@dataclass(frozen=True)
class Cost:
    """What a selection of runs costs.

    Attributes:
        label: What it is called.
        cells: Number of cells.
        runs: Number of runs.
        first_stages: Intermediate tasks that are trained before, once each, and are no runs of a cell.
        stored: Runs and first stages that the store holds.
        missing: Runs and first stages to be made; two that are one by another name (`long` and `800st`) are one.
        seconds: Of one process for those to be made of which a like run was timed.
        untimed: Those to be made of which none was.
        gpu_seconds: For those to be made, counted; None where a run is of no encoder of the paper.
        unchosen: Runs of `long` to be made whose number of updates is not chosen, counted as the most of its search.
    """

    label: str
    cells: int
    runs: int
    first_stages: int
    stored: int
    missing: int
    seconds: float
    untimed: int
    gpu_seconds: float | None
    unchosen: int

    def to_dict(self) -> dict[str, int | float | str | None]:
        """Return plain data."""
        return asdict(self)


class Prices:
    """What one run costs.

    Args:
        stored: Runs that need not be made.
        timed: Runs that were, with the seconds that each took.
        folders: `baselines` folders, for the sizes of the paper's data sets (Table 3, rounded as printed).
        each: Seconds of any run, in place of those timed.

    Raises:
        ValueError: a run is of one of the paper's data sets, and no folder has the table.
    """

    def __init__(
        self,
        stored: Iterable[RunSpec],
        timed: Iterable[tuple[RunSpec, float]],
        folders: Sequence[Path],
        each: float | None = None,
    ) -> None:
        self._folders = folders
        self._each = each
        self._stored = {same_run(spec) for spec in stored}
        sums: dict[tuple[object, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for spec, seconds in timed:
            for kind in _kinds_of(spec):
                sums[kind][0] += seconds
                sums[kind][1] += self.passes(spec)
        self._rates = {kind: seconds / passes for kind, (seconds, passes) in sums.items()}

    def is_stored(self, spec: RunSpec) -> bool:
        """Return whether the store holds a run, by whatever name."""
        return same_run(spec) in self._stored

    def passes(self, spec: RunSpec) -> int:
        """Return a run's work as examples taken forward once; backward counts as two more."""
        train, validation, test = self._sizes_of(spec.task)
        updates = total_steps(_length_of(spec), train, spec.recipe.batch_size)
        return 3 * updates * spec.recipe.batch_size + spec.recipe.evaluations * validation + test

    def seconds(self, spec: RunSpec) -> float | None:
        """Return the seconds of one process that a run takes, by the passes of those that were timed.

        Those of its cell with its optimizer tell, else those of its task, encoder and class; None where there are none.
        """
        if self._each is not None:
            return self._each
        known = (self._rates[kind] for kind in _kinds_of(spec) if kind in self._rates)
        return next((rate * self.passes(spec) for rate in known), None)

    def gpu_seconds(self, spec: RunSpec) -> float | None:
        """Return the seconds of one GPU that a run takes, counted; None for an encoder that is not the paper's."""
        weights = BLOCK_WEIGHTS.get(spec.encoder)
        return None if weights is None else 2 * weights * TOKENS * self.passes(spec) / FLOP_A_SECOND

    def cost(self, label: str, cells: int, specs: Sequence[RunSpec]) -> Cost:
        """Return what runs cost together, with the first stages that they need.

        Args:
            label: What they are called.
            cells: How many cells they are of.
            specs: The runs.
        """
        first = dict.fromkeys(stage for spec in specs if (stage := intermediate_run(spec)) is not None)
        wanted = [*specs, *first]
        lacking = [spec for spec in wanted if not self.is_stored(spec)]
        missing = list({same_run(spec): spec for spec in lacking}.values())
        seconds = [self.seconds(spec) for spec in missing]
        on_gpu = [found for spec in missing if (found := self.gpu_seconds(spec)) is not None]
        return Cost(
            label=label,
            cells=cells,
            runs=len(specs),
            first_stages=len(first),
            stored=len(wanted) - len(lacking),
            missing=len(missing),
            seconds=sum(found for found in seconds if found is not None),
            untimed=sum(found is None for found in seconds),
            gpu_seconds=sum(on_gpu) if len(on_gpu) == len(missing) else None,
            unchosen=sum(spec.length == "long" and spec.steps is None for spec in missing),
        )

    @cached_property
    def _sizes(self) -> dict[str, tuple[int, int, int]]:
        return _printed_sizes(self._folders)

    def _sizes_of(self, task: str) -> tuple[int, int, int]:
        printed = task in TASKS and TASKS[task].kind == "glue"
        sizes = self._sizes if printed else {}
        train, validation, test = sizes.get(task.removesuffix("-1k"), _EMBEDDED_SIZES)
        return (_SMALL if task.endswith("-1k") else train), validation, test


def same_run(spec: RunSpec) -> RunSpec:
    """Return a run with its length and method as they are trained: `long` of 800 updates is `800st`.

    Example:
        >>> same_run(RunSpec("trec", length="long", steps=800)) == same_run(RunSpec("trec", length="800st"))
        True
    """
    try:
        length = training_length(spec)
    except ValueError:
        return spec
    method = training_method(spec)
    return replace(spec, length=length, method=method, steps=None, epochs=None, layerwise_decay=None)


def _length_of(spec: RunSpec) -> str:
    if spec.length == "long" and spec.steps is None:
        return f"{LONG_STEPS[-1]}st"
    return training_length(spec)


def _kinds_of(spec: RunSpec) -> tuple[tuple[object, ...], ...]:
    """Return whose runs take as long as a run, the most like it first."""
    return (
        (spec.cell, spec.optimizer, spec.optimizer_arguments),
        (spec.task.removesuffix("-1k"), spec.encoder, spec.precision),
    )


def _printed_sizes(folders: Sequence[Path]) -> dict[str, tuple[int, int, int]]:
    folder = next((folder for folder in folders if (folder / "paper").is_dir()), None)
    if folder is None:
        raise ValueError(f"the paper's tables are in none of {', '.join(map(str, folders))}")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with paper_table(3, folder) as lines:
        for line in lines:
            if line["unit"] == "samples":
                found[line["dataset"]][line["field"]] = int(line["value"])
        return {task: (sizes["n_train"], sizes["n_validation"], sizes["n_test"]) for task, sizes in found.items()}
