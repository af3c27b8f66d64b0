"""Which runs a process makes at once: seeds of one cell side by side, as many as are asked for."""

from collections.abc import Sequence
from dataclasses import replace

from stablebert.runs import RunSpec

Unit = tuple[int, ...]


def units_of(specs: Sequence[RunSpec], most: int) -> list[Unit]:
    """Return the runs as units that a process makes at once, as indices, cell after cell.

    Args:
        specs: The runs.
        most: Seeds of a cell in one unit at the most, >= 1; runs that cannot be stacked stand alone.

    Raises:
        ValueError: `most` is below 1.

    Example:
        >>> units_of([RunSpec(task="trec", optimizer="torch.optim:SGD", seed=seed) for seed in range(2)], 4)
        [(0,), (1,)]
    """
    if most < 1:
        raise ValueError(f"{most} seeds side by side; it must be >= 1")
    if most == 1:
        return [(index,) for index in range(len(specs))]
    units: list[Unit] = []
    for kind, indices in _of_one_kind(specs).items():
        width = 1 if _why_alone(kind) else most
        units += [tuple(indices[start : start + width]) for start in range(0, len(indices), width)]
    return units


def lines_of_those_alone(specs: Sequence[RunSpec]) -> list[str]:
    """Return one line a cell whose seeds cannot be trained side by side, which says why.

    Example:
        >>> lines_of_those_alone([RunSpec(task="trec", method="transfer")])
        ['trec_transfer_3ep_minilm_fp32: one seed at a time: transfer begins with a run of its own each']
    """
    found = {kind: _why_alone(kind) for kind in _of_one_kind(specs)}
    return [f"{kind.cell.id}: one seed at a time: {why}" for kind, why in found.items() if why]


def _of_one_kind(specs: Sequence[RunSpec]) -> dict[RunSpec, list[int]]:
    """Return indices of runs that differ in their seeds alone, by such a run."""
    kinds: dict[RunSpec, list[int]] = {}
    for index, spec in enumerate(specs):
        kinds.setdefault(replace(spec, seed=0, data_seed=None), []).append(index)
    return kinds


def _why_alone(spec: RunSpec) -> str | None:
    # its families load torch, which most sessions of this process do without
    from stablebert.training.stacked.alone import why_alone

    return why_alone(spec)
