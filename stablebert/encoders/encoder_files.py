"""The files of an encoder's folder: which decide weights and token ids, and their facts, unloaded. Imports no torch."""

import json
import math
import struct
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from stablebert.assets import kept_digest
from stablebert.runs import digest_of

# what loading an encoder never reads: words and pictures, weights in other formats, what a Trainer leaves. Anything
# else may decide, since every tokenizer has files of its own
UNREAD = (
    *(".*", "*.md", "*.rst", "*.png", "*.jpg", "*.svg", "*.log", "LICENSE*", "NOTICE*"),
    *("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack", "*.ot", "*.npz", "*.gguf", "*.tflite"),
    *("*.onnx", "*.onnx_data", "*.mlmodel", "*.pb", "*.tar", "*.gz", "*.zip"),
    *("trainer_state.json", "all_results.json", "train_results.json", "eval_results.json"),
)
WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
_CONFIGURATION = "config.json"
_POINTER = b"version https://git-lfs."


def decisive_files(folder: Path) -> list[Path]:
    """Return the files of a folder that may decide an encoder's weights or a text's token ids, by name.

    Args:
        folder: As `encoder_folder` returns it; transformers reads no folder below it.
    """
    return sorted(
        path for path in folder.iterdir() if path.is_file() and not any(fnmatch(path.name, unread) for unread in UNREAD)
    )


def files_digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 over the names and contents of files, 64 hex digits; that of each is kept."""
    return digest_of([(path.name, kept_digest(path)) for path in files])


def weight_files(folder: Path) -> list[Path]:
    """Return the files with weights that transformers reads, by name: the whole, else the parts that an index names."""
    if (folder / WHOLE).is_file():
        return [folder / WHOLE]
    try:
        named = set(map(str, json.loads((folder / INDEX).read_text())["weight_map"].values()))
        return sorted(folder / name for name in named if (folder / name).is_file())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # transformers says what is wrong with it
        return []


def is_pointer(path: Path) -> bool:
    """Return whether a file is what Git LFS leaves in the place of one that was not fetched."""
    with path.open("rb") as stream:
        return stream.read(len(_POINTER)) == _POINTER


def tokenizer_files(folder: Path) -> list[Path]:
    """Return the files that decide token ids, by name: all decisive ones but weights and configuration of the model."""
    model = {folder / _CONFIGURATION, *folder.glob("*.safetensors"), *folder.glob("*.safetensors.index.json")}
    return [path for path in decisive_files(folder) if path not in model]


def parameter_count(folder: Path) -> int:
    """Return the number of values in the weights, read from the heads of their files.

    Args:
        folder: As `encoder_folder` returns it.

    Raises:
        ValueError: a file is no safetensors file.
    """
    return sum(tensor_sizes(folder))


def tensor_sizes(folder: Path) -> list[int]:
    """Return the number of values of each tensor in the weights; argument and errors as in `parameter_count`."""
    return [size for path in weight_files(folder) for _, size in _head(path).values()]


def stored_types(folder: Path) -> dict[str, str]:
    """Return the dtype of each tensor in the weights by its name, as safetensors writes it (`F32`, `I8`).

    Args:
        folder: As `encoder_folder` returns it.

    Raises:
        ValueError: a file is no safetensors file.
    """
    return {name: dtype for path in weight_files(folder) for name, (dtype, _) in _head(path).items()}


def _head(path: Path) -> dict[str, tuple[str, int]]:
    """Return dtype and number of values of each tensor by its name."""
    try:
        with path.open("rb") as stream:
            (size,) = struct.unpack("<Q", stream.read(8))
            if size > path.stat().st_size:
                raise ValueError(f"its head is said to have {size} bytes")
            head = json.loads(stream.read(size))
        tensors = {name: tensor for name, tensor in head.items() if name != "__metadata__"}
        return {name: (str(tensor["dtype"]), math.prod(map(int, tensor["shape"]))) for name, tensor in tensors.items()}
    except (struct.error, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"{path} is no safetensors file: {error}") from error
