"""The same seeds of a cell in two environment classes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stablebert.baselines.cells import BaselineError
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.runs import EnvironmentClass, RunRow, RunSpec, cell_id, record_key, row_of

_STREAMS = ("head", "order", "dropout")


@dataclass(frozen=True)
class SharedSeeds:
    """Rows of the same seeds.

    Attributes:
        one: Of the first class.
        other: Of the second class.
    """

    one: list[RunRow]
    other: list[RunRow]

    @property
    def failed(self) -> int:
        """Failed runs on both sides."""
        return sum(row.failed for row in (*self.one, *self.other))

    @property
    def pairing(self) -> str:
        """`paired` where every seed drew the same random numbers on both sides, else `welch`."""
        pairs = zip(self.one, self.other, strict=True)
        agree = all(getattr(a, name) == getattr(b, name) for a, b in pairs for name in _STREAMS)
        return "paired" if agree else "welch"

    def scores(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return the scores of `other` and of `one` by seed, without the seeds that have failed on a side."""
        lost = {row.seed for row in (*self.one, *self.other) if row.failed}
        other, one = ({row.seed: row.test for row in rows if row.seed not in lost} for rows in (self.other, self.one))
        return other, one


def load_sides(
    spec: RunSpec, one: EnvironmentClass, other: EnvironmentClass, seeds: Sequence[int], store: RunStore
) -> SharedSeeds:
    """Return the stored runs of both classes.

    Args:
        spec: Any run of the cell.
        one: Environment class.
        other: Environment class.
        seeds: The seeds.
        store: Where their records lie.

    Raises:
        BaselineError: a seed has no record in a class.
        StoreError: a record is damaged.
    """
    return SharedSeeds(_rows(spec, one, seeds, store), _rows(spec, other, seeds, store))


def _rows(spec: RunSpec, environment_class: EnvironmentClass, seeds: Sequence[int], store: RunStore) -> list[RunRow]:
    ours = in_class(spec, environment_class)
    found = {seed: store.load(_key(ours.with_seed(seed), environment_class)) for seed in seeds}
    missing = [seed for seed, record in found.items() if record is None]
    if missing:
        raise BaselineError(
            f"{cell_id(ours)}: no record of {len(missing)} of {len(seeds)} seeds in {store.folder}; "
            f"`stablebert run {cell_id(ours)} --seed-block {min(seeds)} --seeds {len(seeds)}` makes them "
            f"where the class is {environment_class}"
        )
    return [row_of(record) for record in found.values() if record is not None]


def run_on_both(
    spec: RunSpec, one: EnvironmentClass, other: EnvironmentClass, seeds: Sequence[int], store: RunStore
) -> list[int]:
    """Return the seeds that have a record in both classes; arguments as in `load_sides`."""
    return [
        seed
        for seed in seeds
        if all(store.path(_key(in_class(spec, name).with_seed(seed), name)).exists() for name in (one, other))
    ]


def in_class(spec: RunSpec, environment_class: EnvironmentClass) -> RunSpec:
    """Return a run in the precision of an environment class.

    Example:
        >>> in_class(RunSpec(task="trec"), EnvironmentClass("cpu", "bf16")).precision
        'bf16'
    """
    return replace(spec, precision=environment_class.precision)


def _key(spec: RunSpec, environment_class: EnvironmentClass) -> str:
    # a store may be shared with a machine of another device
    keys = run_keys(spec)
    return record_key(keys.spec, keys.code, environment_class.device, environment_class.precision)
