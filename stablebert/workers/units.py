"""Which runs a process makes at once: the seeds of a stack side by side, where their class says so."""

from collections.abc import Sequence
from dataclasses import replace

from stablebert.runs import RunSpec, format_precision

Unit = tuple[int, ...]


def side_by_side(specs: Sequence[RunSpec], seeds: int) -> list[RunSpec]:
    """Return runs in the class of so many seeds side by side, but those that cannot be stacked as they are.

    Args:
        specs: The runs.
        seeds: Of a cell in one stack, in [1, 99].

    Raises:
        ValueError: there is no such class.

    Example:
        >>> side_by_side([RunSpec(task="trec"), RunSpec(task="trec", optimizer="torch.optim:SGD")], 4)[0].precision
        'fp32x4'
    """
    if seeds == 1:
        return list(specs)
    alone = {kind for kind in _kinds(specs) if _why_alone(kind)}
    return [
        spec if _kind(spec) in alone else replace(spec, precision=format_precision(spec.arithmetic, seeds))
        for spec in specs
    ]


def units_of(specs: Sequence[RunSpec]) -> list[Unit]:
    """Return the runs as units that a process makes at once, as indices: those of one stack together.

    Args:
        specs: The runs.

    Example:
        >>> units_of([RunSpec(task="trec", precision="fp32x2", seed=seed) for seed in range(4)])
        [(0, 1), (2, 3)]
    """
    units: dict[RunSpec, list[int]] = {}
    for index, spec in enumerate(specs):
        units.setdefault(spec.stack[0], []).append(index)
    return [tuple(indices) for indices in units.values()]


def lines_of_those_alone(specs: Sequence[RunSpec]) -> list[str]:
    """Return one line a cell whose seeds cannot be trained side by side, which says why.

    Example:
        >>> lines_of_those_alone([RunSpec(task="trec", method="transfer")])
        ['trec_transfer_3ep_minilm_fp32: one seed at a time: transfer begins with a run of its own each']
    """
    found = {kind: _why_alone(kind) for kind in _kinds(specs)}
    return [f"{kind.cell.id}: one seed at a time: {why}" for kind, why in found.items() if why]


def _kind(spec: RunSpec) -> RunSpec:
    """Return a run that differs from another of its kind in the seeds alone."""
    return replace(spec, seed=0, data_seed=None)


def _kinds(specs: Sequence[RunSpec]) -> list[RunSpec]:
    return list(dict.fromkeys(map(_kind, specs)))


def _why_alone(spec: RunSpec) -> str | None:
    # its families load torch, which most sessions of this process do without
    from stablebert.training.stacked.alone import why_alone

    return why_alone(spec)
