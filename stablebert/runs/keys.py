"""Keys: digests of what a run means, so that nothing is trained twice and nothing different is mixed (design: keys)."""

import json
from dataclasses import asdict
from typing import Any

from stablebert.runs.length import training_length
from stablebert.runs.method_text import format_method, parse_method
from stablebert.runs.spec import RunSpec


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
        ValueError: the length is `long` and no choice is recorded.
    """
    return digest_of(
        {
            "task": spec.task,
            "data": data_digest,
            "encoder": spec.encoder,
            "weights": weights_digest,
            "method": format_method(parse_method(spec.method)),
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
