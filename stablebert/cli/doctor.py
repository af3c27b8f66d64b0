"""Say what this machine has; of a script or JSON, which known causes of instability its set-up has."""

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from stablebert.assets import WHEELS, asset_state, cache_folder
from stablebert.cli.arguments import FOLDERS, add_options, project_of, reading_project
from stablebert.cli.exits import Exit
from stablebert.doctor import diagnose, given_facts, read_setup
from stablebert.doctor.facts import FACTS
from stablebert.encoders.unpacked import EMBEDDED, embedded_state
from stablebert.machine import processor_name
from stablebert.tables import aligned
from stablebert.tasks import source_available
from stablebert.training.fast.native.compiling import portable_note

_LIBRARIES = ("torch", "transformers", "datasets", "pytest", "pytest-xdist", "hypothesis", "pandas", "scipy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    text = "Python script (read, never run), or JSON of TrainingArguments or of facts (default: this machine)"
    parser.add_argument("setup", nargs="?", type=Path, metavar="SETUP", help=text)
    text = f"what SETUP does not say, again for more; names: {', '.join(FACTS)}"
    parser.add_argument("--fact", action="append", default=[], metavar="NAME=VALUE", help=text)
    add_options(parser, *FOLDERS)
    parser.add_argument("--json", action="store_true", help="print as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Print what was found; of a machine exit 2 if a library is missing, of a set-up 1 if it has a cause."""
    if arguments.setup is not None:
        return _of_setup(arguments)
    if arguments.fact:
        raise ValueError(f"--fact {arguments.fact[0]} goes with a script or a JSON file")
    return _of_machine(arguments)


def _of_setup(arguments: argparse.Namespace) -> int:
    setup = read_setup(arguments.setup).with_facts(given_facts(arguments.fact, "--fact"))
    found = diagnose(setup, reading_project(arguments).baselines)
    print(json.dumps(found.as_json(), indent=2) if arguments.json else f"{arguments.setup}: {found}")
    return Exit.FAIL if found.findings else Exit.DONE


def _of_machine(arguments: argparse.Namespace) -> int:
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
