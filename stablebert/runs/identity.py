"""What names a run: its id for people, and the keys, digests of what it means, that find records and baselines."""

import json
import re
from dataclasses import asdict
from typing import Any

from stablebert.runs.cell import Cell
from stablebert.runs.spec import RunSpec, training_length, training_method

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


def digest_of(data: Any) -> str:
    """Return the SHA-256 of plain data in canonical JSON, 64 hex digits.

    Example:
        >>> digest_of({"b": 1, "a": (2, 3)}) == digest_of({"a": [2, 3], "b": 1})
        True
    """
    # its library takes longer to load than all else that naming a run needs
    import hashlib

    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def cell_key(spec: RunSpec, data_digest: str, weights_digest: str) -> str:
    """Return the key that finds a baseline: a cell's meaning without seed, precision class and optimizer of others.

    Args:
        spec: Any run of the cell.
        data_digest: Digest of the rows of the splits.
        weights_digest: Digest of the encoder's weights.

    Raises:
        ValueError: the length is `long` or `own` and what it stands for is not known.
    """
    return digest_of(
        {
            "task": spec.task,
            "data": data_digest,
            "encoder": spec.encoder,
            "weights": weights_digest,
            "method": training_method(spec),
            "length": training_length(spec),
            "recipe": asdict(spec.recipe),
            "fidelity": spec.fidelity,
        }
    )


def spec_id(spec: RunSpec, data_digest: str, weights_digest: str) -> str:
    """Return the key of a run's meaning: the cell key, the seeds and what others have put in its place, if any."""
    return digest_of(
        {
            "cell": cell_key(spec, data_digest, weights_digest),
            "seed": spec.seed,
            "data_seed": spec.data_seed,
            "optimizer": spec.optimizer,
            "optimizer_arguments": spec.optimizer_arguments,
            "method_sources": spec.method_sources,
        }
    )


def record_key(spec_key: str, code_digest: str, device: str, precision: str) -> str:
    """Return the key that finds a stored record: meaning, code and environment class.

    Args:
        spec_key: Result of `spec_id`.
        code_digest: Digest of the sources of floors 1 and 2 and of what is of others.
        device: Device type, `cpu` or `cuda`.
        precision: Resolved precision class.
    """
    return digest_of({"spec": spec_key, "code": code_digest, "device": device, "precision": precision})
