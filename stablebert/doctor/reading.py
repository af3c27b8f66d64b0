"""From a file to a set-up: a Python script, which is read and never run, or JSON."""

from pathlib import Path

from stablebert.doctor.arguments_of_trainer import json_facts
from stablebert.doctor.facts import Facts, Setup, SetupError, setup_of
from stablebert.doctor.script import script_facts

_READERS = {".py": script_facts, ".json": json_facts}


def read_setup(path: Path) -> Setup:
    """Return what a file says of a set-up.

    Args:
        path: A Python script, or a JSON file of TrainingArguments or of facts.

    Raises:
        SetupError: it is not there, of neither kind, not well formed, or says nothing of fine-tuning.
    """
    if not path.is_file():
        raise SetupError(f"{path} is no file; give a Python script or a JSON file")
    if path.suffix not in _READERS:
        raise SetupError(f"{path} is neither a Python script (.py) nor JSON (.json)")
    try:
        facts: Facts = _READERS[path.suffix](path)
    except RecursionError as error:
        raise SetupError(f"{path} is nested more deeply than can be read") from error
    except ValueError as error:
        raise SetupError(f"{path}: {error}") from error
    if not any(value is not None for value, _ in facts.values()):
        parsed = b"HfArgumentParser" in path.read_bytes()
        hint = ": its command line does, which a JSON file of TrainingArguments says too" if parsed else ""
        raise SetupError(f"{path} says nothing of fine-tuning that is known here{hint}; --fact NAME=VALUE says it")
    return setup_of(facts)
