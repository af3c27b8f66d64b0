"""Where GLUE would come from, asked without reading it."""

import os
import socket
from functools import cache
from pathlib import Path

from stablebert.tasks.cards import card_of

_HUB_HOST = "huggingface.co"


def glue_folder(source: str | Path | None = None) -> Path | None:
    """Return the GLUE folder in force: the one given, else `$GLUE_DIR`, else None, which means the hub."""
    chosen = source or os.environ.get("GLUE_DIR")
    return Path(chosen) if chosen else None


def source_available(name: str) -> bool:
    """Return whether a task's data can be had: embedded, in `GLUE_DIR`, or from a reachable hub.

    A `GLUE_DIR` that lacks the task counts as available: that is a mistake to be named when the task is read.
    """
    return card_of(name).kind == "embedded" or glue_folder() is not None or _hub_reachable()


def missing_source_message(name: str) -> str:
    """Return what to do where `source_available` says no."""
    return (
        f"task {name!r} needs GLUE files: set GLUE_DIR to a folder in the classic layout "
        f"(GLUE_DIR/{card_of(name).folder}/train.tsv, dev.tsv), or make the Hugging Face hub reachable"
    )


@cache
def _hub_reachable() -> bool:
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0", "false", "False"):
        return False
    try:
        socket.create_connection((_HUB_HOST, 443), timeout=1).close()
    except OSError:
        return False
    return True
