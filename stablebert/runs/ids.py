"""Run ids: a cell's id and a seed, `TASK_METHOD_LENGTH_ENCODER_CLASS_SEED`, as a bijection (design: ids)."""

import re
from dataclasses import asdict

from stablebert.runs.cell import Cell
from stablebert.runs.spec import RunSpec

_SEED = re.compile(r"s(\d{3,})|i(\d{3,})d(\d{3,})")


def cell_id(spec: RunSpec) -> str:
    """Return the id of the run's cell: the run id without its seed.

    Example:
        >>> cell_id(RunSpec(task="rte-1k", method="reinit.blocks5"))
        'rte-1k_reinit.blocks5_3ep_minilm_fp32'
    """
    return spec.cell.id


def seed_id(spec: RunSpec) -> str:
    """Return a run's seed as ids show it: `s007`, or `i003d007` where two are held apart.

    Example:
        >>> seed_id(RunSpec(task="trec", seed=7))
        's007'
    """
    return f"s{spec.seed:03d}" if spec.data_seed is None else f"i{spec.seed:03d}d{spec.data_seed:03d}"


def format_id(spec: RunSpec) -> str:
    """Return the id of a run: the cell's id and the seed, three digits or more.

    Example:
        >>> format_id(RunSpec(task="trec", seed=3, data_seed=7))
        'trec_debiased_3ep_minilm_fp32_i003d007'
    """
    return f"{spec.cell.id}_{seed_id(spec)}"


def parse_id(text: str) -> RunSpec:
    """Return the run that an id names, with the recipe of its encoder: ids do not show hyperparameters.

    Args:
        text: A run id.

    Raises:
        ValueError: the text is not a run id.

    Example:
        >>> parse_id("trec_debiased_3ep_minilm_fp32_s007").seed
        7
    """
    cell, _, last = text.rpartition("_")
    seed = _SEED.fullmatch(last)
    if seed is None:
        raise ValueError(f"{text!r} is not a run id; one looks like trec_debiased_3ep_minilm_fp32_s007")
    try:
        found = Cell.parse(cell)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a run id: {error}") from None
    data_seed = None if seed[3] is None else int(seed[3])
    spec = RunSpec(**asdict(found), seed=int(seed[1] or seed[2]), data_seed=data_seed)
    if format_id(spec) != text:
        raise ValueError(f"{text!r} is not in canonical form; that would be {format_id(spec)!r}")
    return spec
