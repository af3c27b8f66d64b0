"""Say where the records lie, how many there are, and whether one is damaged."""

import argparse
import json
from collections import Counter

from stablebert.commands import selecting
from stablebert.runs import cell_id
from stablebert.store import RunStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    selecting.add_folders(parser)
    parser.add_argument("--json", action="store_true", help="print as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Read every record, and count them by cell."""
    store = RunStore(selecting.store_of(arguments))
    counts = Counter(cell_id(record.spec) for record in store.records())
    if arguments.json:
        print(json.dumps({"folder": str(store.folder), "cells": counts}, indent=2))
        return 0
    for cell, number in sorted(counts.items()):
        print(f"{cell}  {number}")
    print(f"{sum(counts.values())} records in {store.folder}, none damaged")
    return 0
