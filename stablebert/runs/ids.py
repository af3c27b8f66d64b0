"""Run ids: `TASK_METHOD_LENGTH_ENCODER_CLASS_SEED`, parsed and formatted as a bijection (design: ids)."""

import re

from stablebert.runs.method_text import format_method, parse_method
from stablebert.runs.spec import RunSpec

_SEED = re.compile(r"s(\d{3,})|i(\d{3,})d(\d{3,})")
_FIELD = re.compile(r"[A-Za-z0-9.+\-]+")
_RELEASED = ".released"


def cell_id(spec: RunSpec) -> str:
    """Return the id of the run's cell: the run id without its seed.

    Example:
        >>> cell_id(RunSpec(task="rte-1k", method="reinit.blocks5"))
        'rte-1k_reinit.blocks5_3ep_minilm_fp32'
    """
    method = format_method(parse_method(spec.method)) + (_RELEASED if spec.fidelity == "released" else "")
    return "_".join((spec.task, method, spec.length, spec.encoder, spec.precision))


def format_id(spec: RunSpec) -> str:
    """Return the id of a run: the cell's id and the seed, three digits or more.

    Example:
        >>> format_id(RunSpec(task="trec", seed=3, data_seed=7))
        'trec_debiased_3ep_minilm_fp32_i003d007'
    """
    seed = f"s{spec.seed:03d}" if spec.data_seed is None else f"i{spec.seed:03d}d{spec.data_seed:03d}"
    return f"{cell_id(spec)}_{seed}"


def parse_id(text: str) -> RunSpec:
    """Return the run that an id names, with the default recipe: ids do not show hyperparameters.

    Args:
        text: A run id.

    Raises:
        ValueError: the text is not a run id.

    Example:
        >>> parse_id("trec_debiased_3ep_minilm_fp32_s007").seed
        7
    """
    fields = text.split("_")
    seed = _SEED.fullmatch(fields[-1])
    if len(fields) != 6 or seed is None or not all(_FIELD.fullmatch(item) for item in fields):
        raise ValueError(f"{text!r} is not a run id; one looks like trec_debiased_3ep_minilm_fp32_s007")
    task, method, length, encoder, precision, _ = fields
    released = method.endswith(_RELEASED)
    spec = RunSpec(
        task=task,
        method=method.removesuffix(_RELEASED),
        length=length,
        encoder=encoder,
        precision=precision,
        seed=int(seed[1] or seed[2]),
        data_seed=None if seed[3] is None else int(seed[3]),
        fidelity="released" if released else "corrected",
    )
    if format_id(spec) != text:
        raise ValueError(f"{text!r} is not in canonical form; that would be {format_id(spec)!r}")
    return spec
