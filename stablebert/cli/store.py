"""Say where the records lie, how many there are, and which are damaged."""

import argparse
import json
import sys
from collections import Counter

from stablebert.cli.arguments import add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.records import RunStore, StoreError
from stablebert.runs import cell_id
from stablebert.tables import aligned


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_options(parser, "store")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Read every record, count them by cell, and exit 2 if one is damaged."""
    store = RunStore(project_of(arguments).store)
    counts: Counter[str] = Counter()
    damaged: list[str] = []
    for path in sorted(store.folder.glob("??/*.json")):
        try:
            record = store.load(path.stem)
        except StoreError as error:
            damaged.append(str(error))
            continue
        if record is not None:
            counts[cell_id(record.spec)] += 1
    if arguments.json:
        print(json.dumps({"folder": str(store.folder), "cells": counts, "damaged": damaged}, indent=2, sort_keys=True))
    else:
        for line in aligned([(cell, str(number)) for cell, number in sorted(counts.items())]):
            print(line)
        there = "" if store.folder.is_dir() else ", which is no folder yet"
        print(f"{sum(counts.values())} records in {store.folder}{there}, {len(damaged) or 'none'} damaged")
    print("".join(f"{line}\n" for line in damaged), end="", file=sys.stderr)
    return Exit.UNUSABLE if damaged else Exit.DONE
