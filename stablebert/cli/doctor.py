"""Say what this machine has: versions, cores, caches, sources of data."""

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from stablebert.assets import WHEELS, asset_state, cache_folder
from stablebert.cli.arguments import FOLDERS, add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.encoders.unpacked import EMBEDDED, embedded_state
from stablebert.machine import processor_name
from stablebert.tables import aligned
from stablebert.tasks import source_available
from stablebert.training.fast.native.compiling import portable_note

_LIBRARIES = ("torch", "transformers", "datasets", "pytest", "pytest-xdist", "hypothesis", "pandas", "scipy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_options(parser, *FOLDERS)
    parser.add_argument("--json", action="store_true", help="print as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Print what was found; exit 2 if a library is missing."""
    project = project_of(arguments)
    versions = {name: _version(name) for name in _LIBRARIES}
    glue = os.environ.get("GLUE_DIR")
    # of an encoder that is fetched only when asked for it is enough to know whether it is there
    parts = {wheel for encoder in EMBEDDED.values() if not encoder.usual for wheel in encoder.wheels}
    found = {
        "python": platform.python_version(),
        **{name: text or "missing" for name, text in versions.items()},
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "native kernels": portable_note() or "compiled for this processor",
        "records": str(project.store),
        "baselines": ", ".join(str(folder) for folder in project.baselines if folder.is_dir()) or "none",
        "cache": str(cache_folder()),
        **{f"asset {name}": asset_state(name) for name in WHEELS if name not in parts},
        **{f"encoder {name}": embedded_state(name) for name in EMBEDDED},
        "GLUE_DIR": "not set" if not glue else f"{glue} ({'a folder' if Path(glue).is_dir() else 'not a folder'})",
        "GLUE source": _glue_source(glue),
    }
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        print(*aligned([(name, str(value)) for name, value in found.items()], left=(0, 1)), sep="\n")
    return Exit.DONE if all(versions.values()) else Exit.UNUSABLE


def _glue_source(folder: str | None) -> str:
    if folder:
        return "GLUE_DIR"
    return "the hub" if source_available("rte") else "none: set GLUE_DIR, or make the hub reachable"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
