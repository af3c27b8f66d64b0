"""Where an encoder's files are, and the digest of its weights. Imports no torch."""

import hashlib
from pathlib import Path

from stablebert.assets import kept_digest
from stablebert.encoders.minilm import extract_minilm
from stablebert.runs import digest_of

EMBEDDED = "minilm"
# configurations, weights, and the vocabularies of every kind of tokenizer
_DECISIVE = ("*.json", "*.safetensors", "*.txt", "*.model", "*.vocab", "*.tiktoken")


class EncoderError(ValueError):
    """An encoder is unknown, cannot be had, or is of a kind that cannot be used."""


def custom_id(source: str) -> str:
    """Return the id of a user's encoder: `custom-` and six hex digits of its hub name or resolved folder.

    Example:
        >>> custom_id("google/electra-small-discriminator")
        'custom-e664ee'
    """
    folder = Path(source)
    text = str(folder.resolve()) if folder.is_dir() else source
    return "custom-" + hashlib.sha256(text.encode()).hexdigest()[:6]


def encoder_folder(name: str, source: str | None = None) -> Path:
    """Return the local folder with an encoder's configuration, weights and tokenizer, fetching them if need be.

    Args:
        name: `minilm`, or any other id together with a source.
        source: Hub name or local folder.

    Raises:
        EncoderError: the encoder is unknown, out of reach, or has no safetensors weights.
    """
    if source is None:
        if name != EMBEDDED:
            raise EncoderError(f"encoder {name!r} has no source; known without one: {EMBEDDED}")
        return extract_minilm()
    folder = Path(source)
    if not folder.is_dir():
        folder = _from_hub(source)
    if not (folder / "config.json").is_file():
        raise EncoderError(f"encoder {source!r}: {folder} has no config.json")
    if not list(folder.glob("*.safetensors")):
        found = ", ".join(sorted(path.name for path in folder.glob("*.bin"))) or "none"
        raise EncoderError(
            f"encoder {source!r}: no *.safetensors weights in {folder} (pickle files, which can run code when loaded: "
            f"{found}); convert them with transformers' save_pretrained"
        )
    return folder


def encoder_digest(name: str, source: str | None = None) -> str:
    """Return the SHA-256 over an encoder's files that decide weights or token ids, 64 hex digits.

    Those of the embedded encoder are all pinned, and its digest is of weights and configuration. The digest of a file
    is computed once and kept by its path, size and time of change.

    Raises:
        EncoderError: as `encoder_folder`.
    """
    folder = encoder_folder(name, source)
    if source is None:
        files = [folder / "config.json", *sorted(folder.glob("*.safetensors"))]
        return hashlib.sha256(b"".join(bytes.fromhex(kept_digest(path)) for path in files)).hexdigest()
    files = sorted({path for pattern in _DECISIVE for path in folder.glob(pattern) if path.is_file()})
    return digest_of([(path.name, kept_digest(path)) for path in files])


def _from_hub(source: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(source, allow_patterns=list(_DECISIVE)))
    except Exception as error:
        raise EncoderError(
            f"encoder {source!r} is neither a local folder nor to be had from the hub ({type(error).__name__}: {error})"
        ) from error
